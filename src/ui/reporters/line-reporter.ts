import type { RunEvent } from "../../core/records/events.ts";
import type { Reporter } from "../../ports/reporter.ts";
import { escapeLine } from "../text/escape.ts";
import { formatDuration } from "../text/format-duration.ts";
import type { Output } from "../text/output.ts";

/**
 * Plain lines for logs and pipes: no colour, nothing redrawn, nothing wrapped, and every line says by
 * itself what it is about, so that it can be searched for.
 */
export function lineReporter(output: Output): Reporter {
  let last = "";
  return {
    emit: (event) => {
      for (const line of eventLines(event)) {
        // Progress often says the same thing again; in a log once is enough.
        if (line !== last) output.write(`${line}\n`);
        last = line;
      }
    },
  };
}

function eventLines(event: RunEvent): readonly string[] {
  switch (event.type) {
    case "stage_started":
      return [escapeLine(`${event.stage}: ${event.text}`)];
    case "stage_done":
      return [escapeLine(`${event.stage}: ${event.text} (${formatDuration(event.ms)})`)];
    case "finding":
      // The whole plan is printed next.
      return [];
    case "step_started":
      return [escapeLine(`step ${event.step.id}: ${event.step.tool}, ${event.index + 1} of ${event.of}`)];
    case "step_waiting":
      return [escapeLine(`step ${event.step}: ${event.text}`)];
    case "step_retrying":
      return [escapeLine(`step ${event.step}: attempt ${event.attempt}: ${event.reason}`)];
    case "step_ended": {
      const reason = event.reason === "" ? "" : `: ${event.reason}`;
      return [escapeLine(`step ${event.step}: ${event.state} (${formatDuration(event.ms)})${reason}`)];
    }
    case "health":
      return [
        escapeLine(`health: ${event.text}`),
        ...event.reports.map(({ check, healthy, observed }) =>
          escapeLine(`health: ${check} ${healthy ? "ok" : "failing"}: ${observed}`),
        ),
      ];
    case "run_ended": {
      const reason = event.reason === "" ? "" : `: ${event.reason}`;
      return [escapeLine(`ended: ${event.outcome}${reason}`), escapeLine(`result: ${event.resultPath}`)];
    }
    case "undo_started":
      return [escapeLine(`undo ${event.step}: ${event.tool}, ${event.index + 1} of ${event.of}`)];
    case "undo_ended":
      return [
        escapeLine(`undo ${event.step}: ${event.state} (${formatDuration(event.ms)}): ${event.reason}`),
      ];
    case "undo_done":
      return [
        escapeLine(`ended: ${event.outcome}: ${event.reason}`),
        escapeLine(`account: ${event.accountPath}`),
      ];
    case "note":
      return event.text.split("\n").map(escapeLine);
  }
}
