import path from "node:path";
import type { RunCommand } from "./run-command.ts";

const TIMEOUT_MS = 2_000;

/** A repository may name programs that git runs on it; a question needs none of them. */
const quietly = ["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

/**
 * The commit that last changed a file, when the file is in a work tree and as it was committed;
 * undefined for every other case: no git, no repository, not committed, changed since, no answer in 2 s.
 */
export async function commitOf(file: string, run: RunCommand): Promise<string | undefined> {
  const cwd = path.dirname(file);
  const ask = async (...args: readonly string[]): Promise<string | undefined> => {
    const answer = await run("git", [...quietly, ...args, "--", path.basename(file)], {
      timeoutMs: TIMEOUT_MS,
      cwd,
    });
    return answer.kind === "exited" && answer.exitCode === 0 ? answer.stdout.trim() : undefined;
  };
  // A path with glob characters is only a name here.
  if ((await ask("--literal-pathspecs", "status", "--porcelain", "--ignored")) !== "") return undefined;
  const commit = await ask("--literal-pathspecs", "log", "-1", "--format=%H");
  return commit !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) ? commit : undefined;
}
