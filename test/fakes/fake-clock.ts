import type { Clock } from "../../src/ports/clock.ts";

const EPOCH = Date.parse("2026-11-22T10:00:00Z");

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/** Virtual time: it passes only when something waits or takes time, and scheduled events happen on the way. */
export class FakeClock implements Clock {
  #ms = 0;
  #events: Event[] = [];

  now = (): Date => new Date(EPOCH + this.#ms);
  monotonicMs = (): number => this.#ms;

  /** Lets `ms` pass; what was scheduled for then happens at its own time, in order. */
  pass(ms: number): void {
    const end = this.#ms + ms;
    for (;;) {
      const next = this.#events.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#events = this.#events.filter((event) => event !== next);
      this.#ms = Math.max(this.#ms, next.at);
      next.happen();
    }
    this.#ms = Math.max(this.#ms, end);
  }

  /** Schedules an event `ms` from now. */
  in(ms: number, happen: () => void): void {
    this.#events.push({ at: this.#ms + ms, happen });
  }

  wait = async (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const end = this.#ms + ms;
    // In small steps, so that an abort ends the wait when it happens.
    while (this.#ms < end) {
      this.pass(Math.min(50, end - this.#ms));
      signal.throwIfAborted();
    }
    await Promise.resolve();
  };
}
