import type { Output, Timer } from "../../src/ui/text/output.ts";

/** An output that keeps what is written, and what a terminal with one live line would show of it. */
export class RecordingOutput implements Output {
  readonly isTty = true;
  columns: number | undefined;
  written = "";

  constructor(columns: number | undefined = 80) {
    this.columns = columns;
  }

  write(text: string): void {
    this.written += text;
  }

  /** The lines on the screen; the last is the live one, empty when there is none. */
  screen(): readonly string[] {
    return this.written.split("\n").map((line) => line.split("\r\u001b[K").at(-1) ?? "");
  }
}

/** A timer that stands still until it is told. */
export class ManualTimer implements Timer {
  #now = 0;
  readonly #ticks = new Set<{ readonly ms: number; readonly tick: () => void; due: number }>();

  monotonicMs = (): number => this.#now;

  every = (ms: number, tick: () => void): (() => void) => {
    const entry = { ms, tick, due: this.#now + ms };
    this.#ticks.add(entry);
    return () => this.#ticks.delete(entry);
  };

  get running(): number {
    return this.#ticks.size;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#ticks].sort((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#now = next.due;
      next.due += next.ms;
      next.tick();
    }
    this.#now = end;
  }
}
