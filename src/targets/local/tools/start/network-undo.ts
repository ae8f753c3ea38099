import { z } from "zod";
import type { LackingNetwork } from "../../facts/change-facts.ts";
import { engineRefusal } from "../../causes/engine-refusal.ts";
import { errorText, RepairError } from "../../../../core/errors.ts";
import { readFact, type Facts } from "../../../../core/fact.ts";
import type { Json } from "../../../../core/text/json.ts";
import { containerId, containerNetworksLacking } from "../../facts/local-facts.ts";
import type { Execution, StepContext } from "../../../define-tool.ts";
import type { LocalWritePorts } from "../define-local-tool.ts";
import { isConnected, otherContainer } from "./network-connections.ts";

const ConnectionSchema = z.strictObject({
  service: z.string(),
  /** Ids of the container and of the network; `name` and `of` are what they are called. */
  container: z.string(),
  name: z.string(),
  network: z.string(),
  of: z.string(),
});
const UndoConnectionsSchema = z.strictObject({ connections: z.array(ConnectionSchema) });

/** A container and the networks that it is to be connected to: those that it is not on at this moment. */
export interface Connections {
  readonly service: string;
  readonly id: string;
  readonly name: string;
  readonly networks: readonly LackingNetwork[];
}

/**
 * Looks at the containers again: somebody may have connected one since the facts were read. Throws RepairError `plan_stale`
 * when one is another than the facts say.
 */
export async function connectionsToMake(
  chosen: readonly string[],
  facts: Facts,
  { docker }: Pick<LocalWritePorts, "docker">,
  { target: { project } }: Pick<StepContext, "target">,
): Promise<readonly Connections[]> {
  const found: Connections[] = [];
  for (const service of chosen) {
    const container = await docker.inspect(readFact(facts, containerId(service)) ?? "");
    const other = otherContainer(container, service, project ?? "");
    if (other !== undefined) throw new RepairError("plan_stale", other);
    const networks = (readFact(facts, containerNetworksLacking(service)) ?? []).filter(
      (network) => !isConnected(container, network),
    );
    found.push({ service, id: container.id, name: container.name, networks });
  }
  return found;
}

/** What `takeOffAll` needs: exactly the connections that will be made. */
export function recordOf(connections: readonly Connections[]): Json {
  return {
    connections: connections.flatMap(({ service, id, name, networks }) =>
      networks.map(({ network, id: networkId }) => ({
        service,
        container: id,
        name,
        network: networkId,
        of: network,
      })),
    ),
  };
}

export function previewTakeOff(record: Json): string {
  return UndoConnectionsSchema.parse(record)
    .connections.toReversed()
    .map(({ name, of }) => `disconnect container ${name} from network ${of}\n`)
    .join("");
}

/** Takes the containers off the networks of the record, last first, and looks whether they are. */
export async function takeOffAll(
  record: Json,
  write: LocalWritePorts,
  context: StepContext,
): Promise<Execution> {
  const problems: string[] = [];
  for (const connection of UndoConnectionsSchema.parse(record).connections.toReversed()) {
    const problem = await takeOff(connection, write, context);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) return { kind: "failed", transient: false, message: problems.join("; ") };
  return { kind: "done", note: "the containers are off the networks that they were connected to" };
}

/** Undefined when the container is off the network, also where it is gone itself. */
async function takeOff(
  { service, container, name, network, of }: z.infer<typeof ConnectionSchema>,
  { docker }: LocalWritePorts,
  context: StepContext,
): Promise<string | undefined> {
  try {
    const found = await docker.inspect(container);
    const other = otherContainer(found, service, context.target.project ?? "");
    if (other !== undefined) return other;
    const connection: LackingNetwork = { network: of, id: network, aliases: [] };
    if (!isConnected(found, connection)) return undefined;
    await docker.disconnectNetwork(network, container);
    return isConnected(await docker.inspect(container), connection) ? `${name} is still on ${of}` : undefined;
  } catch (thrown) {
    if (thrown instanceof Error && "failure" in thrown && thrown.failure === "not_found") return undefined;
    return `${context.redact(engineRefusal(thrown) ?? errorText(thrown))} (${name} could not be taken off ${of})`;
  }
}
