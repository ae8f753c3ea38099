import { ZodError } from "zod";
import { RepairError } from "../../core/errors.ts";
import type { CallBounds } from "../../targets/local/ports/docker.ts";
import { capAnswers, MAX_ANSWER_BYTES } from "./docker-answer-cap.ts";
import { DockerAgent } from "./docker-agent.ts";
import { loadDockerClient, type DockerClient } from "./docker-client.ts";
import type { EndpointResolution } from "./docker-endpoint.ts";
import { DockerCallError, explainDockerError } from "./docker-error.ts";

/** How long a call may take, in milliseconds. */
export interface Deadlines {
  readonly status: number;
  readonly read: number;
  readonly write: number;
}

const localDeadlines: Deadlines = { status: 5_000, read: 15_000, write: 60_000 };
/** A connection through ssh may take seconds by itself. */
const sshDeadlines: Deadlines = { status: 20_000, read: 30_000, write: 90_000 };

type Send<Answer> = (client: DockerClient, call: { readonly abortSignal: AbortSignal }) => Promise<Answer>;
type Call = <Answer, Value>(send: Send<Answer>, read: (answer: Answer) => Value) => Promise<Value>;

/** Calls with a deadline each, whose every failure is a DockerCallError (or the abort signal's reason). */
export interface DockerCalls {
  readonly status: Call;
  readonly read: Call;
  readonly write: (send: Send<unknown>, bounds?: CallBounds) => Promise<void>;
  readonly close: () => void;
}

export function openDockerCalls(
  resolution: EndpointResolution,
  options: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly home: string;
    readonly platform: NodeJS.Platform;
    readonly signal?: AbortSignal;
    readonly deadlines?: Deadlines;
  },
): DockerCalls {
  const { endpoint } = resolution;
  if (resolution.kind === "broken") {
    const fail = () => Promise.reject(new DockerCallError("unreachable", resolution.error));
    return { status: fail, read: fail, write: fail, close: () => undefined };
  }
  const { connection } = resolution;
  const agent = new DockerAgent(connection, options);
  const cap = capAnswers(agent);
  const deadlines = options.deadlines ?? (connection.kind === "ssh" ? sshDeadlines : localDeadlines);
  let loading: Promise<DockerClient> | undefined;

  async function call<Answer, Value>(
    ms: number,
    send: Send<Answer>,
    read: (answer: Answer) => Value,
    signals: readonly AbortSignal[] = options.signal === undefined ? [] : [options.signal],
  ): Promise<Value> {
    for (const signal of signals) signal.throwIfAborted();
    loading ??= loadDockerClient(agent, connection.kind === "tcp" ? connection.basePath : "");
    const client = await loading;
    const deadline = AbortSignal.timeout(ms);
    const tooLarge = new AbortController();
    const abortSignal = AbortSignal.any([deadline, tooLarge.signal, ...signals]);
    try {
      return read(
        await cap.within(tooLarge, () => unlessAborted(send(client, { abortSignal }), abortSignal)),
      );
    } catch (error) {
      if (error instanceof RepairError) throw error;
      for (const signal of signals) signal.throwIfAborted();
      if (deadline.aborted) {
        throw new DockerCallError(
          "timed_out",
          `${endpoint.address} did not answer within ${ms / 1000} s`,
          error,
        );
      }
      if (tooLarge.signal.aborted) {
        throw new DockerCallError(
          "refused",
          `${endpoint.address} answers with more than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`,
          error,
        );
      }
      if (error instanceof ZodError) {
        throw new DockerCallError(
          "refused",
          `${endpoint.address} answers, but not as a Docker Engine does`,
          error,
        );
      }
      throw explainDockerError(error, endpoint);
    }
  }

  return {
    status: (send, read) => call(deadlines.status, send, read),
    read: (send, read) => call(deadlines.read, send, read),
    write: (send, bounds) => {
      const ms = Math.min(deadlines.write, bounds?.timeoutMs ?? deadlines.write);
      const signals = [options.signal, bounds?.signal].filter((signal) => signal !== undefined);
      return call(ms, send, () => undefined, signals);
    },
    close: () => {
      cap.close();
      agent.destroy();
    },
  };
}

/** dockerode passes the signal on, but once an answer's body has begun it may settle never. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
