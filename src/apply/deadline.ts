import type { Clock } from "../ports/clock.ts";

/** The time that a whole run may take. */
export interface Deadline {
  /**
   * Whole milliseconds, rounded down: the clock counts fractions of them, and what ends a process or sets a
   * timer takes whole ones alone.
   */
  readonly remainingMs: () => number;
  /** Waits for a person; that time does not count. */
  readonly whileAsked: <T>(wait: () => Promise<T>) => Promise<T>;
}

export function deadlineIn(ms: number, clock: Clock): Deadline {
  let end = clock.monotonicMs() + ms;
  return {
    remainingMs: () => Math.max(0, Math.floor(end - clock.monotonicMs())),
    whileAsked: async (wait) => {
      const begin = clock.monotonicMs();
      try {
        return await wait();
      } finally {
        end += clock.monotonicMs() - begin;
      }
    },
  };
}
