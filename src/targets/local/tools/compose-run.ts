import { composeCause } from "../causes/compose-cause.ts";
import { maskComposeMessage, nothingKnown, withoutQuotedValues } from "../causes/compose-message.ts";
import type { ComposeRunOptions, ComposeRunOutcome } from "../ports/compose.ts";
import type { Execution, StepContext } from "../../define-tool.ts";

/** Said on every call to everyone whose file has a `version:`, as many DevLake files do. */
function isNoise(line: string): boolean {
  return line.includes("the attribute `version` is obsolete");
}

export function composeRunOptions(context: StepContext): ComposeRunOptions {
  const { directory, target, signal, timeoutMs } = context;
  return {
    directory,
    project: target.project ?? "",
    signal,
    timeoutMs,
    onLine: (line) => {
      if (!isNoise(line)) context.onLine(context.redact(withoutFilesWords(line)));
    },
  };
}

/**
 * Failures of the network between engine and registry, and one that Compose brings on itself: a `compose up` that
 * was killed while it made a container anew leaves the new one under a name such as `f11169cfa9de_devlake-grafana-1`,
 * and the next one removes it but wants that name before it is free (seen with 2.26). All others come back the same.
 */
const transientFailure =
  /TLS handshake timeout|i\/o timeout|connection reset by peer|context deadline exceeded|unexpected EOF|The container name "\/[0-9a-f]{12}_[^"]+" is already in use/i;

export function isTransientFailure(said: string): boolean {
  return transientFailure.test(said);
}

export function executionOf(outcome: ComposeRunOutcome, done: string, context: StepContext): Execution {
  switch (outcome.kind) {
    case "ok":
      return { kind: "done", note: done };
    case "failed":
      return {
        kind: "failed",
        transient: isTransientFailure(outcome.stderr),
        message: failureText(
          context.redact(composeCause(withoutFilesWords(outcome.stderr))),
          outcome.exitCode,
        ),
      };
    case "timed_out":
      return {
        kind: "unknown",
        message: `compose did not end within ${Math.round(context.timeoutMs / 1000)} s`,
      };
    case "interrupted":
      return { kind: "interrupted" };
  }
}

/** What only a file that has been changed since it was looked at brings about, and quotes from it. */
const aboutFiles =
  /^\s*(?:yaml: |go-yaml |validating |failed to (?:read|parse) |error while interpolating |(?:services|volumes|networks)\.|env file |[Ii]nvalid |The "[^\n]* variable is not set|time="[^"]*" level=\w+ msg="The )/;

function withoutFilesWords(said: string): string {
  return withoutQuotedValues(said)
    .split("\n")
    .map((line) => (aboutFiles.test(line) ? maskComposeMessage(line, nothingKnown) : line))
    .join("\n");
}

/** The cause comes first. No exit code of Compose says more than that it failed: 2.26 has others than later ones. */
function failureText(cause: string, exitCode: number): string {
  return cause === ""
    ? `compose failed and said nothing, exit code ${exitCode}`
    : `${cause} (said by compose)`;
}
