import { randomBytes } from "node:crypto";
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

export async function openTerminal(
  command: readonly string[],
  { cwd = "/", env = {} }: CommandOptions,
  columns = 80,
): Promise<Terminal> {
  const server = [
    // A terminal of UTF-8, also where the machine names no locale.
    "-u",
    "-L",
    `gh-devlake-test-${process.pid}-${randomBytes(3).toString("hex")}`,
    "-f",
    "/dev/null",
  ];
  const tmux = (...args: readonly string[]) => mustRun("tmux", [...server, ...args]);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  // As at a desk: neither a CI nor a test runner.
  const atDesk = ["env", "-u", "CI", "-u", "NO_COLOR", "-u", "FORCE_COLOR", ...variables];
  const settings = ["set", "-g", "remain-on-exit", "on", ";", "set", "-g", "history-limit", "9999"];
  const session = ["new-session", "-d", "-x", String(columns), "-y", "50", "-c", cwd, "--"];
  await tmux("start-server", ";", ...settings, ";", ...session, ...atDesk, ...command);
  let seen = 0;
  // -J: a line that is wider than the terminal comes as one.
  const text = () => tmux("capture-pane", "-p", "-J", "-S", "-");
  // The terminal is dead a moment before tmux knows how the command ended: a status, or a signal's number.
  const end = async (): Promise<number | undefined> => {
    const format = "#{pane_dead_status} #{pane_dead_signal}";
    const [status = "", signal = ""] = (await tmux("display-message", "-p", format)).split(" ");
    if (signal !== "") return 128 + Number(signal);
    return status === "" ? undefined : Number(status);
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
        return code !== undefined;
      });
      await ended.catch((cause: unknown) => {
        throw new Error(`the command did not end; the terminal shows:\n${last}`, { cause });
      });
      return code ?? -1;
    },
    async [Symbol.asyncDispose]() {
      await runCommand("tmux", [...server, "kill-server"]);
    },
  };
}
