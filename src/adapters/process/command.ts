export type CommandResult =
  | { readonly kind: "exited"; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** No such program on the PATH, or one that may not be executed. */
  | { readonly kind: "not_found" }
  /** Ended by something else than itself and us, such as the kernel when memory runs out; `reason` names the program. */
  | { readonly kind: "broken_off"; readonly reason: string }
  | { readonly kind: "timed_out" };

export interface CommandOptions {
  /** A bound: a program that still runs then is killed with all it started, for it only answers questions. */
  readonly timeoutMs: number;
  readonly cwd?: string;
  /** Ends the program; the promise then rejects. */
  readonly signal?: AbortSignal;
}

/** Runs one short program to its end, without a shell and with nothing on its stdin. Nothing that it starts outlives it. */
export type RunCommand = (
  file: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandResult>;
