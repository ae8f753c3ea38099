import { readdir, readFile } from "node:fs/promises";
import { platform } from "node:os";
import { statusMemory } from "./process-memory.ts";

/** Compose can add 500 MB a second. */
const LOOK_MS = 100;
/** Nothing of ours starts more. */
const MOST_PROCESSES = 64;

/**
 * Looks now and then how much memory a process and its descendants take, and says once when it is too much. Linux
 * alone says so in files; elsewhere the deadline is the only bound. Returns how to stop watching.
 */
export function watchMemory(pid: number | undefined, mostBytes: number, onTooMuch: () => void): () => void {
  if (pid === undefined || platform() !== "linux") return () => undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    const bytes = await memoryOfTree(pid);
    if (isOver) return;
    if (bytes > mostBytes) onTooMuch();
    else timer = setTimeout(() => void look(), LOOK_MS);
  };
  let timer = setTimeout(() => void look(), LOOK_MS);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

async function memoryOfTree(root: number): Promise<number> {
  const seen = new Set([root]);
  let bytes = 0;
  for (const pid of seen) {
    bytes += (await statusMemory(pid)) ?? 0;
    for (const child of await childrenOf(pid)) if (seen.size < MOST_PROCESSES) seen.add(child);
  }
  return bytes;
}

/** Each thread has the children that it started (proc_tid_children(5)). */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(ended([]));
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(ended(""))),
  );
  return lists.flatMap((list) => list.split(" ").filter((id) => id !== "")).map(Number);
}

/** A process that ends while it is looked at takes nothing any more. */
function ended<Nothing>(nothing: Nothing): () => Nothing {
  return () => nothing;
}
