export interface Clock {
  readonly now: () => Date;
  /** Milliseconds from some fixed point; never goes back. */
  readonly monotonicMs: () => number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}
