import { platform } from "node:os";
import type { ComposeRunOptions, ComposeRunOutcome } from "../../targets/local/ports/compose.ts";
import { composeEnvironment } from "../process/child-environment.ts";
import { findProgram } from "../process/program-path.ts";
import type { Environment } from "../process/run-command.ts";

export interface ComposeAction extends ComposeRunOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Environment;
}

/** Compose stops its work on the first SIGINT; containers being created are finished first. */
const POLITE_MS = 10_000;
/** Errors stand at the end of Compose's output, so the end is what is kept. */
const KEPT_CHARACTERS = 64 * 1024;

/**
 * Runs one changing Compose command in its own process group, so that a Ctrl-C in the terminal reaches
 * us alone and the caller decides what it means. Stdin is closed on purpose: newer versions ask whether
 * a volume with another configuration should be recreated, and no answer means no.
 */
export async function runComposeAction(
  action: ComposeAction,
  politeMs: number = POLITE_MS,
): Promise<ComposeRunOutcome> {
  if (action.signal.aborted) return { kind: "interrupted" };
  const search = { env: action.environment, platform: platform() };
  const program = findProgram(action.file, search);
  if (program === undefined) {
    const reason = `${action.file} cannot be started: ENOENT, it is in no absolute directory of PATH`;
    return { kind: "failed", exitCode: 128, stderr: reason };
  }
  // Loading execa takes 120 ms: only those who change something pay for it.
  const { execa } = await import("execa");
  const subprocess = execa(program, action.args, {
    cwd: action.directory,
    env: composeEnvironment(search),
    extendEnv: false,
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
    timeout: action.timeoutMs,
    cancelSignal: action.signal,
    killSignal: "SIGINT",
    killDescendants: true,
    forceKillAfterDelay: politeMs,
  });
  const tail = new OutputTail(KEPT_CHARACTERS);
  for await (const line of linesOf(subprocess.iterable({ from: "all", binary: true }))) {
    tail.add(line);
    action.onLine(line);
  }
  const result = await subprocess;
  if (result.isCanceled) return { kind: "interrupted" };
  if (result.timedOut) return { kind: "timed_out" };
  if (!result.failed) return { kind: "ok" };
  // No exit code: it could not be started, or something else killed it.
  const reason = result.exitCode === undefined ? `${result.shortMessage}\n` : "";
  return { kind: "failed", exitCode: result.exitCode ?? 128, stderr: reason + tail.text() };
}

/**
 * The lines of an output. One that never ends would be kept whole until it does, so what is beyond
 * {@link KEPT_CHARACTERS} is left out.
 */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = (lines.pop() ?? "").slice(0, KEPT_CHARACTERS);
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

class OutputTail {
  readonly #limit: number;
  #lines: string[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(line: string): void {
    this.#lines.push(line.slice(-this.#limit));
    this.#size += line.length + 1;
    while (this.#size > this.#limit && this.#lines.length > 1)
      this.#size -= (this.#lines.shift() ?? "").length + 1;
  }

  text(): string {
    return this.#lines.join("\n");
  }
}
