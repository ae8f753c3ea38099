import type { VolumeUser } from "../facts/change-facts.ts";
import { FactsDraft, type Facts } from "../../../core/fact.ts";
import { containerVolumeUsers } from "../facts/local-facts.ts";
import type { Redact } from "../../../core/masking/redact.ts";
import type { ComposeModel } from "../ports/compose.ts";
import type { Container, ContainerDetails, Mount } from "../ports/docker.ts";
import { chosenContainer, PROJECT_LABEL } from "./containers.ts";

/** Who else runs on the volumes of each service's container. */
export function volumeUserFacts(
  model: ComposeModel,
  own: readonly ContainerDetails[],
  all: readonly Container[],
  redact: Redact,
): Facts {
  const draft = new FactsDraft();
  const chosen = model.services.flatMap(({ name }) => {
    const container = chosenContainer(own, name);
    return container === undefined ? [] : [{ service: name, container }];
  });
  const meant = new Set(chosen.map(({ container }) => container.id));
  for (const { service, container } of chosen) {
    const users = volumeUsers(container, all, meant, redact);
    if (users.length > 0) draft.set(containerVolumeUsers(service), [...users]);
  }
  return draft.facts();
}

/**
 * Containers that run on a volume or host directory of `container` and may write to it. `meant`: ids of the containers that
 * the files want, which share what the files let them share.
 */
function volumeUsers(
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
