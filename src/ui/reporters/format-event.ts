import type { RunEvent } from "../../core/records/events.ts";
import { escapeLine, escapeText } from "../text/escape.ts";
import { formatDuration } from "../text/format-duration.ts";
import { lines, titled } from "../text/section.ts";
import { healthMark, stateMark, undoMark } from "../text/step-state.ts";
import { paint, symbolsOf, type Style } from "../text/style.ts";
import { hang } from "../text/wrap-text.ts";

/** What stays on the screen of an event; undefined for what only moves the live line. */
export function formatEvent(event: RunEvent, style: Style): string | undefined {
  switch (event.type) {
    case "stage_started":
    case "step_started":
    case "step_waiting":
    case "undo_started":
      return undefined;
    case "finding":
      // The whole plan is printed next.
      return undefined;
    case "stage_done":
      // Whether all is well is for the health event to say, which follows.
      if (event.stage === "verify") return undefined;
      return marked(paint(style, "green", symbolsOf(style).ok), event.text, formatDuration(event.ms), style);
    case "step_retrying":
      return marked(
        paint(style, "yellow", symbolsOf(style).warn),
        `${event.step} attempt ${event.attempt}: ${event.reason}`,
        undefined,
        style,
      );
    case "step_ended":
      return lines(
        marked(
          stateMark(event.state, style),
          `${event.step} ${event.tool}`,
          `${event.state} ${formatDuration(event.ms)}`,
          style,
        ),
        event.reason === "" ? undefined : hang(" ".repeat(5), escapeText(event.reason), style.width),
      );
    case "health":
      return marked(healthMark(event.healthy, style), event.text, undefined, style);
    case "undo_ended":
      return lines(
        marked(
          undoMark(event.state, style),
          `${event.step} ${event.tool}`,
          `${event.state} ${formatDuration(event.ms)}`,
          style,
        ),
        hang(" ".repeat(5), escapeText(event.reason), style.width),
      );
    case "undo_done":
    case "run_ended":
      // The whole result is printed next.
      return undefined;
    case "note":
      return hang("  ", escapeText(event.text), style.width);
  }
}

/** `✓ text  aside`. */
function marked(mark: string, text: string, aside: string | undefined, style: Style): string {
  return titled({ lead: `${mark} `, leadWidth: 2, text: escapeLine(text), aside: aside ?? "" }, style);
}
