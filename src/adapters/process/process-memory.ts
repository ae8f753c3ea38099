import { readFile } from "node:fs/promises";
import { platform } from "node:os";
import { errnoCode } from "../../core/errors.ts";
import type { RunCommand } from "./command.ts";

const ASK_MS = 2000;

/**
 * How many bytes of memory a process takes, swapped ones included where the system says so; undefined when it is
 * gone or nobody can tell. Linux says it in a file, the others by a program of theirs.
 */
export async function memoryOf(
  pid: number,
  run: RunCommand,
  system: NodeJS.Platform = platform(),
): Promise<number | undefined> {
  if (system === "linux") return statusMemory(pid);
  const [file, ...args] =
    system === "win32"
      ? ["tasklist", "/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]
      : ["/bin/ps", "-o", "rss=", "-p", String(pid)];
  const asked = await run(file, args, { timeoutMs: ASK_MS });
  if (asked.kind !== "exited") return undefined;
  return system === "win32" ? memoryInTasklist(asked.stdout) : kibibytes(asked.stdout);
}

/** The same on Linux, without a program. */
export async function statusMemory(pid: number): Promise<number | undefined> {
  return memoryInStatus(await statusOf(pid));
}

async function statusOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/status`, "utf8");
  } catch (thrown) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(errnoCode(thrown) ?? "")) return "";
    throw thrown;
  }
}

/** proc_pid_status(5): `VmRSS:	  103456 kB`. */
function memoryInStatus(text: string): number | undefined {
  const found = [...text.matchAll(/^(?:VmRSS|VmSwap):\s*(\d+) kB$/gm)];
  return found.length === 0 ? undefined : found.reduce((sum, [, digits]) => sum + Number(digits) * 1024, 0);
}

/** The last column, `"103,456 K"`, with the separators of the user's language. */
function memoryInTasklist(text: string): number | undefined {
  const column = /^"[^"]*","\d+",.*"([^"]*)"\s*$/m.exec(text)?.[1];
  return column === undefined ? undefined : kibibytes(column.replaceAll(/\D/g, ""));
}

function kibibytes(text: string): number | undefined {
  const digits = text.trim();
  return /^\d+$/.test(digits) ? Number(digits) * 1024 : undefined;
}
