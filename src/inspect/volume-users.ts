import type { VolumeUser } from "../core/change-facts.ts";
import type { Redact } from "../core/redact.ts";
import type { Container, ContainerDetails, Mount } from "../ports/docker.ts";
import { PROJECT_LABEL } from "./containers.ts";

/**
 * Containers that run on a volume or host directory of `container` and may write to it. `meant`: ids of the containers that
 * the files want, which share what the files let them share.
 */
export function volumeUsers(
  container: ContainerDetails,
  all: readonly Container[],
  meant: ReadonlySet<string>,
  redact: Redact,
): readonly VolumeUser[] {
  const data = new Set((container.mounts ?? []).filter(isData).map(({ source }) => source));
  return all
    .filter(({ id, state }) => id !== container.id && !meant.has(id) && up.has(state))
    .flatMap(({ name, labels, mounts = [] }) =>
      mounts
        .filter((mount) => isData(mount) && data.has(mount.source))
        .map(({ source }) => {
          const project = labels[PROJECT_LABEL];
          return {
            name: redact(name),
            volume: redact(source),
            ...(project !== undefined && { project: redact(project) }),
          };
        }),
    )
    .sort((a, b) => (a.name + a.volume < b.name + b.volume ? -1 : 1));
}

const up: ReadonlySet<string> = new Set(["running", "restarting", "paused"]);

/** Of host directories only those that stand where programs keep their data: others are shared for their settings. */
function isData({ type, source, target, readOnly }: Mount): boolean {
  if (source === "" || readOnly === true) return false;
  return type === "volume" || (type === "bind" && target.startsWith("/var/lib/"));
}
