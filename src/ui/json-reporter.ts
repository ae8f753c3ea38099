import type { RunEvent } from "../core/events.ts";
import type { Reporter } from "../ports/reporter.ts";
import { escapeJson } from "./escape.ts";
import type { Output } from "./output.ts";

/**
 * One JSON object a line: `{"type": ..., "at": ..., ...}`. `at` is UTC in ISO 8601. The other members
 * are those of the run event of that type (core/events.ts); durations are in milliseconds, `index` of
 * a step counts from 0. Readers skip types and members that they do not know.
 *
 * | type | members |
 * |---|---|
 * | `stage_started` | `stage`, `text` |
 * | `stage_done` | `stage`, `text`, `ms` |
 * | `finding` | `finding`: as in the plan file |
 * | `step_started` | `step`: as in the plan file, `index`, `of` |
 * | `step_waiting` | `step`: its id, `text`: the last progress line |
 * | `step_retrying` | `step`, `attempt`, `reason` |
 * | `step_ended` | `step`, `tool`, `state`, `reason`, `ms` |
 * | `health` | `reports`: `check`, `healthy`, `observed` each; `healthy`, `text` |
 * | `run_ended` | `outcome`, `reason`, `resultPath`; the last line of a run |
 * | `note` | `text` |
 */
export function jsonReporter(output: Output, now: () => Date): Reporter {
  return {
    emit: (event: RunEvent) => {
      const { type, ...members } = event;
      output.write(`${escapeJson(JSON.stringify({ type, at: now().toISOString(), ...members }))}\n`);
    },
  };
}
