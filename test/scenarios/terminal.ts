import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandOptions, mustRun, runCommand } from "../stack/run-command.ts";
import { waitUntil } from "../stack/wait-until.ts";

/** A real terminal (tmux), with one command in it. */
export interface Terminal extends AsyncDisposable {
  /** All that is on the screen and above it; lines are not wrapped again. */
  text(): Promise<string>;
  /** Until the text shows after everything that earlier waits have seen. Returns the whole text. */
  waitFor(shown: string): Promise<string>;
  /** Types a line and Enter. */
  type(line: string): Promise<void>;
  press(key: string): Promise<void>;
  /** Waits for the command's end. */
  exitCode(): Promise<number>;
}

/**
 * Runs the command and keeps its exit code in a file. tmux's own `pane_dead_status` is no help: tmux 3.3a
 * sometimes misses the signal that its child ended, and then never knows (seen: the child a zombie, the pane
 * dead, no status). Ctrl-C goes to the whole terminal; this shell must outlive it.
 */
const recordExitCode =
  'trap : INT; "$@"; echo $? >"$EXIT_CODE_FILE.part"; mv "$EXIT_CODE_FILE.part" "$EXIT_CODE_FILE"';

export async function openTerminal(
  command: readonly string[],
  { cwd = "/", env = {} }: CommandOptions,
  columns = 80,
): Promise<Terminal> {
  const name = `gh-devlake-test-${process.pid}-${randomBytes(3).toString("hex")}`;
  const exitCodeFile = join(tmpdir(), `${name}.exit-code`);
  // -u: a terminal of UTF-8, also where the machine names no locale.
  const server = ["-u", "-L", name, "-f", "/dev/null"];
  const tmux = (...args: readonly string[]) => mustRun("tmux", [...server, ...args]);
  const variables = Object.entries({ ...env, EXIT_CODE_FILE: exitCodeFile }).map(
    ([key, value]) => `${key}=${value}`,
  );
  // As at a desk: neither a CI nor a test runner.
  const atDesk = ["env", "-u", "CI", "-u", "NO_COLOR", "-u", "FORCE_COLOR", ...variables];
  const recorded = ["sh", "-c", recordExitCode, "terminal", ...command];
  const settings = ["set", "-g", "remain-on-exit", "on", ";", "set", "-g", "history-limit", "9999"];
  const session = ["new-session", "-d", "-x", String(columns), "-y", "50", "-c", cwd, "--"];
  await tmux("start-server", ";", ...settings, ";", ...session, ...atDesk, ...recorded);
  let seen = 0;
  // -J: a line that is wider than the terminal comes as one.
  const text = () => tmux("capture-pane", "-p", "-J", "-S", "-");
  const end = async (): Promise<number | undefined> => {
    const code = await readFile(exitCodeFile, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw cause;
    });
    return code === undefined ? undefined : Number(code);
  };
  return {
    text,
    async waitFor(shown) {
      let all = "";
      await waitUntil(`the terminal shows "${shown}"`, async () => {
        all = await text();
        if (!all.includes(shown, seen) && (await end()) !== undefined) {
          throw new Error(`the command ended without showing "${shown}":\n${all}`);
        }
        return all.includes(shown, seen);
      });
      seen = all.indexOf(shown, seen) + shown.length;
      return all;
    },
    async type(line) {
      await tmux("send-keys", "-l", line);
      await tmux("send-keys", "Enter");
    },
    async press(key) {
      await tmux("send-keys", key);
    },
    async exitCode() {
      let code: number | undefined;
      let last = "";
      const ended = waitUntil("the command in the terminal ended", async () => {
        last = await text();
        code = await end();
        // Dead: all that the command wrote has been read.
        return code !== undefined && (await tmux("display-message", "-p", "#{pane_dead}")) === "1";
      });
      await ended.catch((cause: unknown) => {
        throw new Error(`the command did not end; the terminal shows:\n${last}`, { cause });
      });
      return code ?? -1;
    },
    async [Symbol.asyncDispose]() {
      await runCommand("tmux", [...server, "kill-server"]);
      await rm(exitCodeFile, { force: true });
    },
  };
}
