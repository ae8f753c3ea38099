import { stat } from "node:fs/promises";
import { platform } from "node:os";
import type { Readable } from "node:stream";
import { errnoCode, RepairError } from "../../core/errors.ts";
import { childEnvironment } from "./child-environment.ts";
import { startGroup } from "./child-group.ts";
import type { CommandResult, RunCommand } from "./command.ts";
import { watchMemory } from "./group-memory.ts";
import { findProgram } from "./program-path.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** Compose takes some 50 MiB; aliases that multiply, or a file without end, make it take all there is. */
const MAX_MEMORY_BYTES = 1024 * 1024 * 1024;

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

interface Run {
  readonly timeoutMs: number;
  readonly cwd: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly env: Environment;
  /** What people call the program. */
  readonly shownAs: string;
}

async function finished(file: string, args: readonly string[], run: Run): Promise<CommandResult> {
  if (run.signal?.aborted === true) throw aborted();
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const group = startGroup(file, args, run);
  const { child } = group;
  const brokenOff = (why: string): void =>
    resolve({ kind: "broken_off", reason: `\`${run.shownAs}\` ${why}` });
  const output = collect(child, () => brokenOff(`printed more than ${inMiB(MAX_OUTPUT_BYTES)}`));
  const timer = setTimeout(() => resolve({ kind: "timed_out" }), run.timeoutMs);
  const unwatch = watchMemory(child.pid, MAX_MEMORY_BYTES, () =>
    brokenOff(`took more than ${inMiB(MAX_MEMORY_BYTES)} of memory`),
  );
  const onAbort = (): void => reject(aborted());
  run.signal?.addEventListener("abort", onAbort, { once: true });
  child.once("error", (error) => {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errnoCode(error) ?? "")) resolve({ kind: "not_found" });
    else reject(error);
  });
  child.once("close", (exitCode, signal) => {
    if (exitCode === null) brokenOff(`was ended by ${signal}`);
    else resolve({ kind: "exited", exitCode, stdout: output.stdout(), stderr: output.stderr() });
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    unwatch();
    run.signal?.removeEventListener("abort", onAbort);
    // Also what it has left behind, and what still holds its output open.
    group.kill("SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function aborted(): Error {
  return Object.assign(new Error("The operation was aborted"), { name: "AbortError", code: "ABORT_ERR" });
}

function collect(
  { stdout, stderr }: { readonly stdout: Readable; readonly stderr: Readable },
  onTooMuch: () => void,
): { readonly stdout: () => string; readonly stderr: () => string } {
  const textOf = (stream: Readable): (() => string) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) onTooMuch();
      else chunks.push(chunk);
    });
    return () => Buffer.concat(chunks).toString("utf8");
  };
  return { stdout: textOf(stdout), stderr: textOf(stderr) };
}

function inMiB(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`;
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
