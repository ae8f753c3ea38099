import { readFile } from "node:fs/promises";
import { RepairError } from "../../core/errors.ts";
import type { DockerReader, DockerWriter, EngineStatus, Network } from "../../targets/local/ports/docker.ts";
import type { EngineImage } from "../../targets/local/ports/made-settings.ts";
import {
  hasTerminal,
  toContainerDetails,
  toContainers,
  toNetworks,
  toStatus,
  toVolumes,
} from "./docker-answers.ts";
import { toImage } from "./docker-made.ts";
import { inspectImage } from "./docker-client.ts";
import { openDockerCalls, type DockerCalls, type Deadlines } from "./docker-calls.ts";
import { resolveDockerEndpoint, type EndpointLookup } from "./docker-endpoint.ts";
import { DockerCallError } from "./docker-error.ts";
import { logLines } from "./docker-log-lines.ts";

export interface DockerEngineOptions extends Omit<EndpointLookup, "readFile"> {
  readonly readFile?: EndpointLookup["readFile"];
  /** Ends every call; they reject with its reason. */
  readonly signal?: AbortSignal;
  readonly deadlines?: Deadlines;
}

export type DockerEngine = DockerReader &
  DockerWriter & {
    /** Drops all connections; calls in flight fail. */
    readonly close: () => void;
  };

/**
 * Finds the Engine as the docker CLI does and returns the way to talk to it. Connects at the first call.
 * Calls reject with a DockerCallError; writes that the state of a thing forbids with RepairError `plan_stale`.
 */
export async function openDockerEngine(options: DockerEngineOptions): Promise<DockerEngine> {
  const resolution = await resolveDockerEndpoint({ readFile: (path) => readFile(path), ...options });
  const calls = openDockerCalls(resolution, options);
  const { endpoint } = resolution;

  async function networks(): Promise<readonly Network[]> {
    const [listed, containers] = await Promise.all([
      calls.read((client, call) => client.listNetworks(call), toNetworks),
      calls.read((client, call) => client.listContainers({ ...call, all: true }), toContainers),
    ]);
    return listed.map((network) => ({
      ...network,
      containers: containers.filter(({ networks: joined }) =>
        joined.some(({ id, name }) => (id === "" ? name === network.name : id === network.id)),
      ).length,
    }));
  }

  return {
    endpoint,
    status: () => engineStatus(calls),
    networks,
    containers: () =>
      calls.read((client, call) => client.listContainers({ ...call, all: true }), toContainers),
    inspect: (id) =>
      calls.read((client, call) => client.getContainer(checkedId(id)).inspect(call), toContainerDetails),
    volumes: () => calls.read((client, call) => client.listVolumes(call), toVolumes),
    image: (nameOrId) => readImage(calls, nameOrId),
    logs: (id, tail) => readLogs(calls, id, tail),
    removeContainer: (id) =>
      removal(
        () =>
          calls.write((client, call) =>
            client.getContainer(checkedId(id)).remove({ ...call, v: false, force: false }),
          ),
        `container ${id} was not removed`,
      ),
    startContainer: async (id, bounds) => {
      try {
        await calls.write((client, call) => client.getContainer(checkedId(id)).start(call), bounds);
      } catch (error) {
        if (!(error instanceof DockerCallError && error.failure === "unchanged")) throw error;
      }
    },
    connectNetwork: (network, container, address) =>
      calls.write((client, call) =>
        client.getNetwork(checkedId(network)).connect({
          ...call,
          Container: checkedId(container),
          EndpointConfig: endpointConfig(address),
        }),
      ),
    disconnectNetwork: (network, container) =>
      calls.write((client, call) =>
        client.getNetwork(checkedId(network)).disconnect({ ...call, Container: checkedId(container) }),
      ),
    close: () => calls.close(),
  };
}

async function engineStatus(calls: DockerCalls): Promise<EngineStatus> {
  try {
    return await calls.status(
      (client, call) => Promise.all([client.info(call), client.version(call)]),
      ([info, version]) => toStatus(info, version),
    );
  } catch (error) {
    if (!(error instanceof DockerCallError)) throw error;
    const kind = error.failure === "permission_denied" ? "permission_denied" : "unreachable";
    return { kind, error: error.message };
  }
}

async function readImage(calls: DockerCalls, nameOrId: string): Promise<EngineImage | undefined> {
  if (!isImageName(nameOrId)) return undefined;
  try {
    return await calls.read((client, call) => inspectImage(client, nameOrId, call), toImage);
  } catch (error) {
    if (error instanceof DockerCallError && error.failure === "not_found" && saysNoImage.test(error.message))
      return undefined;
    throw error;
  }
}

/** The words of Docker and of Podman. A proxy that lets such questions not through answers 404 too. */
const saysNoImage = /no such image|image not known|image \S+ not found|unable to find image/i;

/** dockerode puts it into the request's path as it is; what fits no image's name names none. */
function isImageName(text: string): boolean {
  return text.length <= 512 && /^[a-zA-Z0-9][\w.-]*(?:[/:@][a-zA-Z0-9][\w.-]*)*$/.test(text);
}

async function readLogs(calls: DockerCalls, id: string, tail: number): Promise<readonly string[]> {
  const [terminal, log] = await Promise.all([
    calls.read((client, call) => client.getContainer(checkedId(id)).inspect(call), hasTerminal),
    calls.read(
      (client, call) =>
        client.getContainer(checkedId(id)).logs({ ...call, follow: false, stdout: true, stderr: true, tail }),
      // dockerode parses an answer that happens to be JSON, as a terminal's log of one line may.
      (answer) => (Buffer.isBuffer(answer) ? answer : Buffer.from(JSON.stringify(answer))),
    ),
  ]);
  return logLines(log, terminal).slice(-tail);
}

/** As the Engine API has it: names to be known by, and the addresses that the files fix. */
function endpointConfig({
  aliases,
  ipv4,
  ipv6,
}: Parameters<DockerWriter["connectNetwork"]>[2]): Readonly<Record<string, unknown>> {
  const fixed = {
    ...(ipv4 !== undefined && { IPv4Address: ipv4 }),
    ...(ipv6 !== undefined && { IPv6Address: ipv6 }),
  };
  return { Aliases: aliases, ...(Object.keys(fixed).length > 0 && { IPAMConfig: fixed }) };
}

async function removal(remove: () => Promise<void>, what: string): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof DockerCallError)) throw error;
    if (error.failure === "not_found") return;
    if (error.failure === "conflict")
      throw new RepairError("plan_stale", `${what}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** dockerode puts ids into the request's path as they are. */
function checkedId(id: string): string {
  if (/^[a-zA-Z0-9][\w.-]*$/.test(id)) return id;
  throw new RepairError("internal", `"${id}" cannot be the id or name of a container or network`);
}
