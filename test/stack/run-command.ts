import { execa } from "execa";

/** How a command ended. `exitCode` is -1 when it could not be started or was ended by a signal. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a command to its end. Never throws for how it ended. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await execa(command, [...args], {
    reject: false,
    timeout: options.timeoutMs ?? 120_000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    // Without a given input nobody may wait for one: there is no terminal.
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
  });
  const stderr =
    result.exitCode === undefined ? `${result.stderr ?? ""}\n${result.shortMessage}` : result.stderr;
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout ?? "", stderr: stderr ?? "" };
}

/** Like `runCommand`, for steps that must succeed. Returns stdout; throws with both outputs. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await runCommand(command, args, options);
  if (result.exitCode === 0) return result.stdout;
  throw new Error(
    `${command} ${args.join(" ")} ended with ${result.exitCode}\n${result.stdout}\n${result.stderr}`,
  );
}
