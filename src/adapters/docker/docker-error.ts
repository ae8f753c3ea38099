import { errnoCode, errorText } from "../../core/errors.ts";
import type { EngineEndpoint } from "../../targets/local/ports/docker.ts";

/** What went wrong in a call, as far as a caller can act on it. */
export type DockerFailure =
  | "unreachable"
  /** No answer before the deadline; whether a write took effect is not known. */
  | "timed_out"
  | "permission_denied"
  /** The container, network or volume does not exist (HTTP 404). */
  | "not_found"
  /** The Engine will not do it in the thing's present state (HTTP 403 or 409). */
  | "conflict"
  /** It is so already (HTTP 304). */
  | "unchanged"
  /** It answered with another error, or with something that is not the Engine's API. */
  | "refused";

/** A call to the Engine that failed; the message is one line and names the address. */
export class DockerCallError extends Error {
  readonly failure: DockerFailure;
  /** The Engine's own words, where it answered. */
  readonly said: string | undefined;

  constructor(failure: DockerFailure, message: string, cause?: unknown, said?: string) {
    super(message, { cause });
    this.name = "DockerCallError";
    this.failure = failure;
    this.said = said;
  }
}

/** Why a connection through ssh ended; made by the connection, explained here. */
export class SshFailure extends Error {}

/** Turns anything thrown by dockerode, HTTP, TLS, a socket or ssh into words. */
export function explainDockerError(thrown: unknown, endpoint: EngineEndpoint): DockerCallError {
  if (thrown instanceof DockerCallError) return thrown;
  const [failure, message, said] = classify(thrown, endpoint.address);
  return new DockerCallError(failure, message, thrown, said);
}

type Explanation = readonly [failure: DockerFailure, message: string, said?: string];

function classify(thrown: unknown, address: string): Explanation {
  if (thrown instanceof SshFailure) return explainSsh(thrown.message, address);
  const status = statusOf(thrown);
  if (status !== undefined) return explainStatus(status, errorText(thrown), address);
  const code = errnoCode(thrown) ?? "";
  switch (code) {
    case "EACCES":
    case "EPERM":
      return ["permission_denied", `permission denied on the Docker socket at ${address} (${code})`];
    case "ENOENT":
    case "ENOTDIR":
      return ["unreachable", `no Docker Engine at ${address}: the socket does not exist (${code})`];
    case "ECONNREFUSED":
    case "ENOTSOCK":
      return ["unreachable", `no Docker Engine listens at ${address} (${code})`];
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return ["unreachable", `the host of ${address} cannot be found (${code})`];
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return ["unreachable", `${address} cannot be reached (${code})`];
    case "ECONNRESET":
    case "EPIPE":
      return ["unreachable", `${address} closed the connection without an answer (${code})`];
    default:
      return explainOther(code, oneLine(errorText(thrown)), address);
  }
}

function explainOther(code: string, text: string, address: string): Explanation {
  if (code.startsWith("HPE_")) {
    return ["unreachable", `${address} does not speak HTTP, so it is not a Docker Engine (${code})`];
  }
  if (/wrong version number|packet length too long/i.test(text)) {
    return [
      "unreachable",
      `${address} does not speak TLS: unset DOCKER_TLS_VERIFY or use its TLS port (${code})`,
    ];
  }
  if (/^(?:ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_)/.test(code)) {
    return ["unreachable", `TLS with ${address} failed: ${tlsReason(code, text)}`];
  }
  return ["unreachable", `no answer from ${address}: ${text}`];
}

/** OpenSSL's own texts are long and hold addresses in memory: only the code is told then. */
function tlsReason(code: string, text: string): string {
  return text.includes("error:") || text === "" ? code : `${text} (${code})`;
}

function explainStatus(status: number, text: string, address: string): Explanation {
  // dockerode writes "(HTTP code 404) no such container - MESSAGE ".
  const said = oneLine(text.replace(/^\(HTTP code \d+\) [^-]* - /, ""));
  const message = `the Docker Engine at ${address} answered HTTP ${status}: ${said}`;
  if (status === 304) return ["unchanged", message, said];
  if (status === 404) return ["not_found", message, said];
  if (status === 403 || status === 409) return ["conflict", message, said];
  if (/HTTP request to an HTTPS server/.test(said)) {
    return ["unreachable", `${address} speaks TLS only: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH`];
  }
  return ["refused", message, said];
}

function explainSsh(text: string, address: string): Explanation {
  const said = oneLine(text);
  // What the other machine's docker CLI says when its user may not use the socket there.
  if (/permission denied while trying to connect to the docker/i.test(said)) {
    return ["permission_denied", `permission denied on the Docker socket of ${address}: ${said}`];
  }
  return ["unreachable", `ssh to ${address} failed: ${said}`];
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null || !("statusCode" in thrown)) return undefined;
  return typeof thrown.statusCode === "number" ? thrown.statusCode : undefined;
}

/** The text on one line without control characters, at most 300 characters. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 300);
}
