import { spawn, type ChildProcessByStdio } from "node:child_process";
import { platform } from "node:os";
import type { Readable } from "node:stream";
import { errnoCode } from "../../core/errors.ts";

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * A program with all that it starts. `docker compose` is two processes, and whoever kills the first alone leaves the
 * second behind, where a Compose file of a stranger can make it take all memory.
 */
export interface ChildGroup {
  readonly child: Child;
  /** Ends them all. */
  readonly kill: (signal: NodeJS.Signals) => void;
}

const running = new Set<ChildGroup>();
/** Windows has no such groups; there the first process alone can be ended. */
const hasGroups = platform() !== "win32";

/** Starts it in a group of its own, with nothing on stdin. Throws what `spawn` throws. */
export function startGroup(
  file: string,
  args: readonly string[],
  options: {
    readonly cwd: string | undefined;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): ChildGroup {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    detached: hasGroups,
  });
  const group = { child, kill: (signal: NodeJS.Signals) => killGroup(child, signal) };
  running.add(group);
  child.once("close", () => running.delete(group));
  child.once("error", () => running.delete(group));
  return group;
}

/** A terminal's Ctrl-C reaches our own group alone, so it is passed on; and none of them outlives us. */
export function signalRunning(signal: NodeJS.Signals): void {
  for (const group of running) group.kill(signal);
}

function killGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (!hasGroups) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (thrown) {
    // None of it is left; macOS says EPERM of one that has ended and was not waited for yet.
    if (!["ESRCH", "EPERM"].includes(errnoCode(thrown) ?? "")) throw thrown;
  }
}
