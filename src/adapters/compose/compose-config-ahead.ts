import { platform } from "node:os";
import { composeEnvironment, relativeDockerPlace } from "../process/child-environment.ts";
import { createRunCommand, type Environment } from "../process/run-command.ts";
import { type CommandResult, type RunCommand } from "../process/command.ts";

/** The slowest question of an inspection, and the one everything else waits for. */
export const composeConfigCommand = {
  file: "docker",
  args: ["compose", "config", "--format", "json"],
  timeoutMs: 20_000,
} as const;

export interface BegunAhead {
  readonly cwd: string;
  readonly result: Promise<CommandResult>;
  /** Ends it when nobody has asked; without that, a Docker that hangs would hold up the end of every command. */
  readonly abandon: () => void;
}

/**
 * Begins `docker compose config` when the command line is one that will ask for it in the current directory,
 * so that it runs while the program is still loading: 50 ms less to wait. It changes nothing, and for a
 * command line that turns out to be wrong its answer is not looked at. Not for `--apply`: what a run rests on
 * is looked at under its lock.
 */
export function beginComposeConfig(
  rawArgs: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Environment },
): BegunAhead | undefined {
  const [command, next, ...others] = rawArgs;
  const isRepair = command === "repair" && (next === undefined || next.startsWith("-"));
  const asksElsewhere = [next, ...others].some((arg) =>
    /^(?:-h|--(?:help|version|dir|facts|apply)(?:=.*)?)$/.test(arg ?? ""),
  );
  const search = { env, platform: platform() };
  // Of a setting that is refused nothing may come: whoever opens the deployment says so.
  if (!isRepair || asksElsewhere || relativeDockerPlace(search) !== undefined) return undefined;
  const { file, args, timeoutMs } = composeConfigCommand;
  const abandoned = new AbortController();
  const result = createRunCommand(composeEnvironment(search))(file, args, {
    cwd,
    timeoutMs,
    signal: abandoned.signal,
  });
  // Whoever asks gets the failure; nobody may.
  result.catch(() => undefined);
  return { cwd, result, abandon: () => abandoned.abort() };
}

/** `run`, which answers the first time from what was begun ahead, and anew ever after. */
export function runBegunAhead(run: RunCommand, ahead: BegunAhead | undefined): RunCommand {
  let left = ahead;
  return (file, args, options) => {
    const { file: begunFile, args: begunArgs } = composeConfigCommand;
    const isBegun = file === begunFile && options.cwd === left?.cwd && args.join(" ") === begunArgs.join(" ");
    if (left === undefined || !isBegun) return run(file, args, options);
    const { result } = left;
    left = undefined;
    return result;
  };
}
