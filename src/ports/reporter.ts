import type { RunEvent } from "../core/records/events.ts";

/** Where progress goes: a live terminal, plain lines, JSON lines, or a test's list. Must not throw. */
export interface Reporter {
  readonly emit: (event: RunEvent) => void;
}
