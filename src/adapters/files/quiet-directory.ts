import { statSync } from "node:fs";
import path from "node:path";
import type { RunCommand } from "../process/command.ts";

/**
 * Where programs are started that need no directory: the user's home, else the root of the disk. Never where
 * the user happens to be, which may be a checkout of a stranger: files there say to git, ssh and others what to
 * run, and Windows looks there for programs before it looks at PATH.
 */
export function quietDirectory(homeDirectory: string): string {
  const isUsable =
    path.isAbsolute(homeDirectory) &&
    statSync(homeDirectory, { throwIfNoEntry: false })?.isDirectory() === true;
  return isUsable ? homeDirectory : path.parse(import.meta.dirname).root;
}

/** `run`, which starts programs in this directory unless the caller names one. */
export function runIn(directory: string, run: RunCommand): RunCommand {
  return (file, args, options) => run(file, args, { cwd: directory, ...options });
}
