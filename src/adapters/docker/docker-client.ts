import type { Agent } from "node:http";
import { setImmediate } from "node:timers/promises";

interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/**
 * The calls of dockerode that are used, with answers that are not trusted yet. Its own types leave out
 * `abortSignal` where the code takes it, and promise shapes that Podman and old Engines do not keep.
 */
export interface DockerClient {
  info(options: CallOptions): Promise<unknown>;
  version(options: CallOptions): Promise<unknown>;
  listContainers(options: CallOptions & { all: boolean }): Promise<unknown>;
  listNetworks(options: CallOptions): Promise<unknown>;
  listVolumes(options: CallOptions): Promise<unknown>;
  getContainer(id: string): {
    inspect(options: CallOptions): Promise<unknown>;
    logs(
      options: CallOptions & { follow: false; stdout: boolean; stderr: boolean; tail: number },
    ): Promise<unknown>;
    remove(options: CallOptions & { v: boolean; force: boolean }): Promise<unknown>;
    start(options: CallOptions): Promise<unknown>;
  };
  /** What all of its calls go through. */
  readonly modem: {
    dial(
      request: CallOptions & {
        readonly path: string;
        readonly method: "GET";
        readonly statusCodes: Readonly<Record<number, true | string>>;
      },
      done: (error: Error | null, answer: unknown) => void,
    ): void;
  };
  getNetwork(id: string): {
    remove(options: CallOptions): Promise<unknown>;
    connect(
      options: CallOptions & { Container: string; EndpointConfig: Readonly<Record<string, unknown>> },
    ): Promise<unknown>;
    disconnect(options: CallOptions & { Container: string }): Promise<unknown>;
  };
}

/** dockerode's own call for it takes no signal, so that an answer without an end could not be broken off. */
export function inspectImage(client: DockerClient, name: string, call: CallOptions): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  client.modem.dial(
    {
      ...call,
      path: `/images/${name}/json`,
      method: "GET",
      statusCodes: { 200: true, 404: "no such image", 500: "server error" },
    },
    (error, answer) => (error === null ? resolve(answer) : reject(error)),
  );
  return promise;
}

/**
 * Loads dockerode, which takes some 30 ms of the event loop, so it is loaded at the first call, and after the work that was begun beside it has started its processes.
 */
export async function loadDockerClient(agent: Agent, basePath: string): Promise<DockerClient> {
  await setImmediate();
  const { default: Dockerode } = await import("dockerode");
  // The agent decides where connections go. All that dockerode would take from DOCKER_HOST is given, so
  // that its own reading of the environment, which knows no contexts, decides nothing. With a host it would
  // call the deprecated `url.parse`, which Node warns of; the socket's path is never looked at.
  const options = { agent, protocol: "http" as const, host: "", socketPath: "decided by the agent" };
  // dockerode puts the version in front of every path and knows no other prefix.
  return new Dockerode(basePath === "" ? options : { ...options, version: basePath });
}
