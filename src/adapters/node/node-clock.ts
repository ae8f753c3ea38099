import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";

/** The clock of this machine. */
export const nodeClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: async (ms, signal) => {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      // Node throws its own AbortError; callers tell a deadline from a Ctrl-C by the reason.
      signal.throwIfAborted();
      throw error;
    }
  },
};
