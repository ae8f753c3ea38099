import type { LackingNetwork } from "../../facts/change-facts.ts";
import { engineRefusal } from "../../causes/engine-refusal.ts";
import { errorText } from "../../../../core/errors.ts";
import type { ContainerDetails } from "../../ports/docker.ts";
import type { Execution, StepContext } from "../../../define-tool.ts";
import type { LocalWritePorts } from "../define-local-tool.ts";

// Compose's labels (docs.docker.com, Compose file reference, labels).
const PROJECT_LABEL = "com.docker.compose.project";
const SERVICE_LABEL = "com.docker.compose.service";
const ONE_OFF_LABEL = "com.docker.compose.oneoff";

/** Why a container is not the one of this project's service that the facts mean; undefined when it is. */
export function otherContainer(
  { name, labels }: ContainerDetails,
  service: string,
  project: string,
): string | undefined {
  const isOneOff = labels[ONE_OFF_LABEL]?.toLowerCase() === "true";
  if (labels[PROJECT_LABEL] === project && labels[SERVICE_LABEL] === service && !isOneOff) return undefined;
  return `container ${name} is none of service ${service} in project ${project}`;
}

/**
 * A stopped container lists a network that it was just connected to by its name alone, and one that is gone by an id that
 * leads nowhere: to connect it to a network that was made again under that name takes the place of the old one (Engine 26
 * and 28, tried).
 */
export function isConnected({ networks }: ContainerDetails, { network, id }: LackingNetwork): boolean {
  return networks.some((joined) => (joined.id === "" ? joined.name === network : joined.id === id));
}

/** Connects a container to networks, one after another; undefined when all of it is done. */
export async function connectAll(
  container: Pick<ContainerDetails, "id" | "name">,
  networks: readonly LackingNetwork[],
  { docker }: Pick<LocalWritePorts, "docker">,
  context: StepContext,
): Promise<Exclude<Execution, { kind: "done" }> | undefined> {
  for (const lacking of networks) {
    const { network, id, aliases, ipv4, ipv6 } = lacking;
    if (context.signal.aborted) return { kind: "interrupted" };
    const fixed = { ...(ipv4 !== undefined && { ipv4 }), ...(ipv6 !== undefined && { ipv6 }) };
    try {
      await docker.connectNetwork(id, container.id, { aliases, ...fixed });
    } catch (thrown) {
      const said = engineRefusal(thrown);
      if (said !== undefined && (await isOnItFromItsNextStart(said, container, lacking, docker))) {
        context.onLine(`connected ${container.name} to ${network}, which it is on from its next start`);
        continue;
      }
      const what = `container ${container.name} could not be connected to network ${network}`;
      const message = `${context.redact(said ?? errorText(thrown))} (${what})`;
      return said === undefined
        ? { kind: "unknown", message }
        : { kind: "failed", transient: false, message };
    }
    context.onLine(`connected ${container.name} to ${network}`);
  }
  return undefined;
}

/**
 * Engine 28 answers so for a container that waits for its next start, and connects it with that start all the same; asked
 * again it says that the endpoint exists (28.5, tried). After another refusal the network may be listed too, without
 * effect: a fixed address that is taken (26.1, tried).
 */
async function isOnItFromItsNextStart(
  said: string,
  { id }: Pick<ContainerDetails, "id">,
  lacking: LackingNetwork,
  docker: LocalWritePorts["docker"],
): Promise<boolean> {
  if (!/\bnetwork sandbox for container \S{1,80} not found\b/.test(said)) return false;
  const now = await docker.inspect(id).catch(() => undefined);
  return now !== undefined && isConnected(now, lacking);
}

/** The networks that a container was on and is not any more, with the names that it had there. */
export function lostNetworks(before: ContainerDetails, after: ContainerDetails): readonly LackingNetwork[] {
  const own = (alias: string): boolean => alias !== before.name && !before.id.startsWith(alias);
  const service = before.labels[SERVICE_LABEL];
  return before.networks
    .filter(({ id, name }) => !after.networks.some((still) => still.name === name || still.id === id))
    .map(({ id, name, aliases }) => ({
      network: name,
      // One that has never run names its networks without their ids; the engine takes the name as well.
      id: id === "" ? name : id,
      aliases: aliases?.filter(own) ?? (service === undefined ? [] : [service]),
    }));
}
