import type { ChildProcess } from "node:child_process";
import { platform } from "node:os";
import type { Ending } from "./copilot-ending.ts";
import { memoryOf } from "../process/process-memory.ts";
import type { RunCommand } from "../process/command.ts";

/** The runtime takes some 100 to 140 MiB in a conversation as ours are. */
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
/** All that it says to us in a conversation; ours take some hundred KiB. */
const MAX_SAID_BYTES = 32 * 1024 * 1024;
/** A provider on this machine can add 500 MB a second. Where it takes a program to look, seldomer. */
const LOOK_MS = platform() === "linux" ? 50 : 500;

/**
 * Ends a conversation whose provider sends without end, or what unpacks to that: the runtime keeps all of an
 * answer in its memory, has no limit of its own, and no event tells of an answer that is still coming. It is
 * killed at once, since to ask it to stop would let it go on for a while. Returns how to stop watching.
 */
export function boundRuntime(child: ChildProcess, ending: Ending, run: RunCommand): () => void {
  const end = (problem: string): void => {
    ending.settle("provider_failed", problem);
    child.kill("SIGKILL");
  };
  let said = 0;
  const count = (chunk: Buffer | string): void => {
    said += chunk.length;
    if (said > MAX_SAID_BYTES) end(`the provider said more than ${inMiB(MAX_SAID_BYTES)}`);
  };
  child.stdout?.on("data", count);
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (isAsking || child.pid === undefined) return;
    isAsking = true;
    try {
      const bytes = await memoryOf(child.pid, run);
      if (bytes !== undefined && bytes > MAX_MEMORY_BYTES && !ending.isOver()) {
        end(
          `the provider's answer was too large: the Copilot runtime took more than ${inMiB(MAX_MEMORY_BYTES)}`,
        );
      }
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => {
    // What cannot be looked at is not bounded, so it is not gone on with.
    look().catch((thrown: unknown) => end(`the Copilot runtime cannot be watched: ${String(thrown)}`));
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    child.stdout?.off("data", count);
  };
}

function inMiB(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`;
}
