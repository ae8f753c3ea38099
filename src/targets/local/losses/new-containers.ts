import type { ProjectObject } from "../facts/change-facts.ts";
import type { Applied } from "../facts/fact-values.ts";
import { FactsDraft, readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { withRunning } from "../health/healthy-facts.ts";
import { withoutHolders } from "./kept-secrets.ts";
import {
  composeCommand,
  containerChanges,
  containerExitCode,
  containerId,
  containerName,
  containerNetworkCutOff,
  containerNetworksLacking,
  containerNotSeen,
  containerOnlySecrets,
  containerPublished,
  containerState,
  databaseMounts,
  filesApplied,
  projectNetworkStates,
  projectVolumeStates,
  serviceImage,
  serviceModel,
} from "../facts/local-facts.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { servicesMadeAlong } from "./made-along.ts";

/**
 * The facts once Compose has made the containers of these services from the files and started them: nothing in them
 * differs from the files any more, and what of networks and volumes they need is there.
 */
export function withNewContainers(facts: Facts, services: readonly string[]): Facts {
  // What ended of a cause that new containers do not address ends of it again; that is judged on what was seen.
  const gone = services.flatMap((service) => readFact(facts, containerName(service)) ?? []);
  const made = new FactsDraft(withoutHolders(withRunning(facts, services, "up"), gone));
  for (const service of services) {
    const isNew = (readFact(facts, containerState(service)) ?? "absent") === "absent";
    made
      .set(containerChanges(service), [])
      .set(containerPublished(service), [...(readFact(facts, serviceModel(service))?.ports ?? [])])
      .remove(containerId(service))
      .remove(containerNetworkCutOff(service))
      .remove(containerNetworksLacking(service))
      .remove(containerOnlySecrets(service));
    if (isNew) made.remove(containerName(service)).remove(containerNotSeen(service));
    if (readFact(facts, serviceModel(service))?.runsOnce === true)
      made.set(containerState(service), "exited").set(containerExitCode(service), 0);
    const image = readFact(facts, serviceImage(service));
    if (image !== undefined) {
      const { runningVersion: _before, ...same } = image;
      const { wanted, wantedVersion } = image;
      made.set(serviceImage(service), {
        ...same,
        running: wanted,
        moved: false,
        ...(wantedVersion !== undefined && { runningVersion: wantedVersion }),
      });
    }
  }
  applied(made, facts, services);
  const status = isLabelled(facts) ? "same" : "unlabelled";
  for (const ref of [projectNetworkStates(), projectVolumeStates()])
    present(made, facts, ref, servicesMadeAlong(facts, services), status);
  return made.facts();
}

function applied(made: FactsDraft, facts: Facts, services: readonly string[]): void {
  const isMade = (role: "backend" | "database"): boolean =>
    services.includes(serviceOfRole(facts, role)?.service ?? "");
  const files = readFact(facts, filesApplied());
  if (isMade("backend") && files !== undefined)
    made.set(filesApplied(), {
      secret: alike(files.secret),
      databaseUrl: alike(files.databaseUrl),
      ...(files.parts !== undefined && {
        parts: {
          scheme: alike(files.parts.scheme),
          user: alike(files.parts.user),
          password: alike(files.parts.password),
          host: alike(files.parts.host),
          port: alike(files.parts.port),
          database: alike(files.parts.database),
          parameters: alike(files.parts.parameters),
        },
      }),
    });
  if (isMade("database") && facts.has(databaseMounts().id)) made.set(databaseMounts(), "same");
}

/** What only the old container had is gone. */
function alike(was: Applied): Applied {
  return was === "only_container" || was === "neither" ? "neither" : "same";
}

/** Compose labels networks and volumes with a hash of their settings from 2.31 on (2.26 writes none). */
function isLabelled(facts: Facts): boolean {
  const [major = 0, minor = 0] = (readFact(facts, composeCommand())?.version ?? "").split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 31);
}

function present(
  made: FactsDraft,
  facts: Facts,
  ref: FactRef<ProjectObject[]>,
  services: readonly string[],
  status: "same" | "unlabelled",
): void {
  const objects = readFact(facts, ref);
  if (objects === undefined) return;
  const isUsed = (object: ProjectObject): boolean =>
    object.status === "absent" && object.services.some((service) => services.includes(service));
  made.set(
    ref,
    objects.map((object) => (isUsed(object) ? { ...object, status } : object)),
  );
}
