import { execFile, type ExecFileException } from "node:child_process";
import { stat } from "node:fs/promises";
import { platform } from "node:os";
import { errnoCode, RepairError } from "../core/errors.ts";
import { childEnvironment } from "./child-environment.ts";
import { findProgram } from "./program-path.ts";

export type CommandResult =
  | { readonly kind: "exited"; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** No such program on the PATH, or one that may not be executed. */
  | { readonly kind: "not_found" }
  /** Ended by something else than itself and us, such as the kernel when memory runs out; `reason` names the program. */
  | { readonly kind: "broken_off"; readonly reason: string }
  | { readonly kind: "timed_out" };

interface CommandOptions {
  /** A bound: a program that still runs then is killed, for it only answers questions. */
  readonly timeoutMs: number;
  readonly cwd?: string;
  /** Ends the program; the promise then rejects. */
  readonly signal?: AbortSignal;
}

/** Runs one short program to its end, without a shell and with nothing on its stdin. */
export type RunCommand = (
  file: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandResult>;

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/**
 * Questions of a few milliseconds go through node:child_process: loading execa takes longer (120 ms
 * measured) than `docker compose config` does. Throws RepairError `file_unreadable` when `cwd` is no directory.
 * The program gets no more than `environment`, of which {@link childEnvironment} leaves out what no child may have,
 * and is found as {@link findProgram} does: in no directory of strangers.
 */
export function createRunCommand(environment: Environment): RunCommand {
  const search = { env: environment, platform: platform() };
  const env = childEnvironment(search);
  return async (file, args, { timeoutMs, cwd, signal }) => {
    // Node reports a missing working directory as a missing program, and throws when it is a file.
    if (cwd !== undefined) await assertDirectory(cwd);
    const program = findProgram(file, search);
    if (program === undefined) return { kind: "not_found" };
    return finished(program, args, { timeoutMs, cwd, signal, env, shownAs: file });
  };
}

function finished(
  file: string,
  args: readonly string[],
  options: {
    timeoutMs: number;
    cwd: string | undefined;
    signal: AbortSignal | undefined;
    env: Environment;
    /** What people call the program. */
    shownAs: string;
  },
): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const child = execFile(
    file,
    args,
    {
      cwd: options.cwd,
      env: options.env,
      timeout: options.timeoutMs,
      killSignal: "SIGKILL",
      signal: options.signal,
      maxBuffer: MAX_OUTPUT_BYTES,
      windowsHide: true,
    },
    (error, stdout, stderr) => {
      if (error === null) resolve({ kind: "exited", exitCode: 0, stdout, stderr });
      else if (typeof error.code === "number")
        resolve({ kind: "exited", exitCode: error.code, stdout, stderr });
      else if (["ENOENT", "ENOTDIR", "EACCES"].includes(errnoCode(error) ?? ""))
        resolve({ kind: "not_found" });
      else if (error.killed === true && errnoCode(error) === undefined) resolve({ kind: "timed_out" });
      else {
        const reason = brokenOff(error);
        if (reason === undefined) reject(error);
        else resolve({ kind: "broken_off", reason: `\`${options.shownAs}\` ${reason}` });
      }
    },
  );
  child.stdin?.end();
  return promise;
}

/** The error's own message holds what the program printed, which nobody has looked through for secrets. */
function brokenOff(error: ExecFileException): string | undefined {
  if (errnoCode(error) === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
    return `printed more than ${MAX_OUTPUT_BYTES / 1024 / 1024} MiB`;
  return errnoCode(error) === undefined && typeof error.signal === "string"
    ? `was ended by ${error.signal}`
    : undefined;
}

async function assertDirectory(path: string): Promise<void> {
  const isDirectory = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (isDirectory) return;
  throw new RepairError("file_unreadable", `${path} is not a directory`, {
    hint: "name the directory of the deployment with --dir",
  });
}
