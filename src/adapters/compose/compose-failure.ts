import { withoutQuotedValues } from "../../targets/local/causes/compose-message.ts";
import type { ComposeConfigOutcome } from "../../targets/local/ports/compose.ts";

export type ConfigFailure = Exclude<ComposeConfigOutcome, { kind: "valid" }>;

/**
 * What a failed `config` says. Texts recorded from docker-compose 1.29.2 and Compose 2.26.1
 * (test/adapters/compose/compose-config-failures.ts), those of 2.40.3 and 5.5.0 beside them. No exit code is looked at:
 * 14 is any file error in 2.26, and all others know only 1.
 */
export function configFailureOf(stderr: string): ConfigFailure {
  const message = meaningfulLines(stderr);
  const envFile =
    /env file (?<v2>.+?) not found:/.exec(stderr)?.groups?.["v2"] ??
    /^Couldn't find env file: (?<v1>.+)$/m.exec(stderr)?.groups?.["v1"];
  if (envFile !== undefined) return { kind: "env_file_missing", path: envFile, message };
  if (
    /no configuration file provided|Can't find a suitable configuration file/.test(stderr) ||
    // A file that COMPOSE_FILE names.
    /^(?:stat|open) .+\.ya?ml: no such file or directory|No such file or directory: '.+\.ya?ml'/m.test(stderr)
  )
    return { kind: "no_compose_file", message };
  // Nothing about the files: the CLI did not get as far as reading them (unknown context, bad DOCKER_HOST).
  if (/^Failed to initialize:/m.test(stderr)) return { kind: "unavailable", message };
  return { kind: "invalid", message };
}

/** Whether a failed `docker compose ...` only means that the `docker` CLI has no Compose plugin. */
export function isPluginMissing(stderr: string): boolean {
  // Without the plugin, `docker` takes our flags for its own and prints its own usage (28.2), and Podman's `docker`
  // looks for a Compose to pass them on to.
  return /is not a docker command|unknown (?:docker )?command: "?(?:docker )?compose|^Usage: {1,2}docker \[OPTIONS\] COMMAND|unrecognized command .{1,20}compose|looking up compose provider/m.test(
    stderr,
  );
}

const noise = [
  /^time="[^"]*" level=(?:warning|info|debug)/,
  /^(?:WARN|INFO)\[\d+\]/,
  /^WARNING: /,
  /^Python-dotenv could not parse/,
];
const MAX_LINES = 6;
const MAX_CHARACTERS = 1000;

function meaningfulLines(stderr: string): string {
  const lines = withoutQuotedValues(stderr)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !noise.some((pattern) => pattern.test(line)))
    .map((line) => line.trim());
  // v1 prints the exceptions of Python's own modules with a leading dot: `.PermissionError: ...`.
  const text = lines.slice(0, MAX_LINES).join("\n").slice(0, MAX_CHARACTERS).replace(/^\./, "");
  return text === "" ? "Compose failed without saying why" : text;
}
