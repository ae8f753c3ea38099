import { platform } from "node:os";
import { basename } from "node:path";
import { prettifyError, ZodError } from "zod";
import { providerProblem } from "../../targets/local/facts/service-provider.ts";
import type {
  ComposeCommand,
  ComposeConfigOutcome,
  ComposeReader,
  ComposeRunOutcome,
  ComposeWriter,
} from "../../targets/local/ports/compose.ts";
import { compose1Environment, composeEnvironment } from "../process/child-environment.ts";
import { composeConfigCommand } from "./compose-config-ahead.ts";
import { configFailureOf, isPluginMissing } from "./compose-failure.ts";
import { composeHome } from "./compose-home.ts";
import { projectNameOf, readComposeModel } from "./compose-model.ts";
import { runComposeAction, type ComposeAction } from "./compose-run.ts";
import { createRunCommand, type Environment } from "../process/run-command.ts";
import { type CommandResult, type RunCommand } from "../process/command.ts";
import { NO_COMPOSE } from "../../targets/local/facts/compose-version.ts";

const VERSION_DEADLINE_MS = 10_000;

interface Installed extends ComposeCommand {
  readonly file: "docker" | "docker-compose";
  readonly prefix: readonly string[];
}

/**
 * Compose through its command line: the plugin of the docker CLI, else a standalone `docker-compose`
 * of any version. `environment` should be the caller's own, of which it sees all but what {@link composeEnvironment}
 * keeps from it: DOCKER_HOST, COMPOSE_FILE, COMPOSE_PROFILES and the variables of the Compose file come from there.
 */
export function createComposeCli(
  environment: Environment,
  run: RunCommand = createRunCommand(composeEnvironment({ env: environment, platform: platform() })),
): ComposeReader & ComposeWriter {
  const search = { env: environment, platform: platform() };
  let detection: Promise<Installed | undefined> | undefined;
  const installed = (): Promise<Installed | undefined> => (detection ??= detect(run));

  const act = async (
    action: Omit<ComposeAction, "file" | "args" | "environment">,
    argsFor: (found: Installed) => readonly string[],
  ): Promise<ComposeRunOutcome> => {
    const found = await installed();
    if (found === undefined) return { kind: "failed", exitCode: 127, stderr: NO_COMPOSE };
    if (action.signal.aborted) return { kind: "interrupted" };
    const begun = performance.now();
    const refused = whyNotStarted(await config(action.directory, environment, run, installed));
    if (refused !== undefined) return { kind: "failed", exitCode: 126, stderr: refused };
    return runComposeAction({
      ...action,
      timeoutMs: Math.max(1, Math.floor(action.timeoutMs - (performance.now() - begun))),
      file: found.file,
      args: [...found.prefix, "--project-name", action.project, ...argsFor(found)],
      environment: isVersion1(found) ? compose1Environment(search) : environment,
    });
  };

  return {
    command: async () => {
      const found = await installed();
      return found && { flavour: found.flavour, version: found.version };
    },
    config: (directory) => config(directory, environment, run, installed),
    createMissing: (options, services) =>
      act(options, (found) => ["up", "-d", "--no-recreate", ...onlyTheNamed(found), ...services]),
    recreate: (options, services) =>
      act(options, (found) => ["up", "-d", "--force-recreate", ...onlyTheNamed(found), ...services]),
    pull: (options, services) => act(options, () => ["pull", ...services]),
  };
}

/**
 * Nothing but the named services is touched, nothing is built or pulled, and no container of another service is removed,
 * whatever COMPOSE_REMOVE_ORPHANS says in `.env` (tried with 2.26, 2.40 and 5.5). 1.29 knows neither of the last two: it
 * removes no orphans unless told to, and pulls only what is missing, which is looked at before.
 */
function onlyTheNamed(found: Installed): readonly string[] {
  const all = ["--no-deps", "--no-build"];
  return isVersion1(found) ? all : [...all, "--pull", "never", "--remove-orphans=false"];
}

function isVersion1({ version }: Installed): boolean {
  return version.startsWith("1.");
}

/**
 * Why nothing may be brought up: Compose would start a program that the files name, or comes to no end with them.
 * The step's precondition has said so already; this is for files that have changed since.
 */
function whyNotStarted(outcome: ComposeConfigOutcome): string | undefined {
  if (outcome.kind === "unavailable") return outcome.message;
  if (outcome.kind !== "valid") return undefined;
  const named = outcome.model.services.find(({ provider }) => provider !== undefined);
  return named?.provider === undefined ? undefined : providerProblem(named.name, named.provider);
}

async function detect(run: RunCommand): Promise<Installed | undefined> {
  const candidates = [
    { flavour: "plugin", file: "docker", prefix: ["compose"] },
    { flavour: "standalone", file: "docker-compose", prefix: [] },
  ] as const;
  for (const candidate of candidates) {
    const result = await run(candidate.file, [...candidate.prefix, "version", "--short"], {
      timeoutMs: VERSION_DEADLINE_MS,
    });
    const version =
      result.kind === "exited" && result.exitCode === 0 ? /\d[^\s]*/.exec(result.stdout)?.[0] : undefined;
    if (version !== undefined) return { ...candidate, version };
  }
  return undefined;
}

/**
 * The plugin is asked at once, without asking first whether it is there: a process start is the largest
 * part of the cost, and nearly everyone has it.
 */
async function config(
  directory: string,
  environment: Environment,
  run: RunCommand,
  installed: () => Promise<Installed | undefined>,
): Promise<ComposeConfigOutcome> {
  const at = { timeoutMs: composeConfigCommand.timeoutMs, cwd: directory };
  const [asked, home] = await Promise.all([
    run(composeConfigCommand.file, composeConfigCommand.args, at),
    composeHome(directory, environment),
  ]);
  if (home.kind === "parent") {
    return {
      kind: "no_compose_file",
      message: `no compose file in ${directory}; Compose would use ${home.path} of a directory above: name that directory instead`,
    };
  }
  if (!isAbsent(asked)) return outcomeOf(asked, directory, home.projectName);
  const found = await installed();
  if (found === undefined) return { kind: "unavailable", message: NO_COMPOSE };
  // v1 prints YAML only, and knows no --format.
  const format = isVersion1(found) ? [] : ["--format", "json"];
  return outcomeOf(
    await run(found.file, [...found.prefix, "config", ...format], at),
    directory,
    home.projectName,
  );
}

function isAbsent(result: CommandResult): boolean {
  return (
    result.kind === "not_found" ||
    (result.kind === "exited" && result.exitCode !== 0 && isPluginMissing(result.stderr))
  );
}

function outcomeOf(
  result: CommandResult,
  directory: string,
  projectName: string | undefined,
): ComposeConfigOutcome {
  if (result.kind === "not_found") return { kind: "unavailable", message: NO_COMPOSE };
  if (result.kind === "broken_off") return { kind: "unavailable", message: result.reason };
  if (result.kind === "timed_out") {
    const seconds = composeConfigCommand.timeoutMs / 1000;
    return { kind: "unavailable", message: `\`config\` of Compose did not end within ${seconds} s` };
  }
  if (result.exitCode !== 0) return configFailureOf(result.stderr);
  try {
    const model = readComposeModel(result.stdout, projectName ?? projectNameOf(basename(directory)));
    return { kind: "valid", model };
  } catch (error) {
    // Only a schema error may be quoted: a syntax error carries a piece of the text, which holds secrets.
    const detail = error instanceof ZodError ? `: ${prettifyError(error)}` : "";
    return { kind: "invalid", message: `Compose printed a model of an unknown shape${detail}` };
  }
}
