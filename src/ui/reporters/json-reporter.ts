import type { RunEvent } from "../../core/records/events.ts";
import type { Reporter } from "../../ports/reporter.ts";
import { escapeJson } from "../text/escape.ts";
import type { Output } from "../text/output.ts";

/**
 * One JSON object a line: `{"type": ..., "at": ..., ...}`, as core/events.ts and docs/events.md have it.
 * `at` is UTC in ISO 8601; durations are in milliseconds.
 */
export function jsonReporter(output: Output, now: () => Date): Reporter {
  return {
    emit: (event: RunEvent) => {
      const { type, ...members } = event;
      output.write(`${escapeJson(JSON.stringify({ type, at: now().toISOString(), ...members }))}\n`);
    },
  };
}
