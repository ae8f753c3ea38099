/** A stream that text is shown on. */
export interface Output {
  readonly write: (text: string) => void;
  /** Read anew for every line, since a window can be resized. */
  readonly columns: number | undefined;
  readonly isTty: boolean;
}

/** The time, for elapsed times and for redrawing. */
export interface Timer {
  /** Milliseconds from some fixed point; never goes back. */
  readonly monotonicMs: () => number;
  /** Calls `tick` every `ms` until the returned function is called; must not keep the process alive. */
  readonly every: (ms: number, tick: () => void) => () => void;
}
