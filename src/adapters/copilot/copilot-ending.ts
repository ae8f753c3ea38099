import type { ModelEnd } from "../../ports/model.ts";

export interface Outcome {
  readonly end: ModelEnd;
  readonly problem: string | undefined;
}

/** The one end of a conversation: whatever comes first decides, all else is too late. */
export interface Ending {
  readonly outcome: Promise<Outcome>;
  readonly isOver: () => boolean;
  readonly settle: (end: ModelEnd, problem?: string) => void;
  /** Ends the timer and the listening; nothing is decided by it. */
  readonly release: () => void;
}

/** Starts the clock of the conversation: the deadline counts from here. */
export function beginEnding(limits: { readonly timeoutMs: number; readonly signal: AbortSignal }): Ending {
  const { timeoutMs, signal } = limits;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let over = false;
  const settle = (end: ModelEnd, problem?: string): void => {
    if (over) return;
    over = true;
    resolve({ end, problem });
  };
  const interrupt = (): void => settle("interrupted");
  const timer = setTimeout(() => settle("timed_out"), timeoutMs);
  signal.addEventListener("abort", interrupt, { once: true });
  if (signal.aborted) interrupt();
  return {
    outcome: promise,
    isOver: () => over,
    settle,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
    },
  };
}
