import type { RunEvent } from "../../core/records/events.ts";
import type { Reporter } from "../../ports/reporter.ts";
import { escapeLine } from "../text/escape.ts";
import { formatElapsed } from "../text/format-duration.ts";
import { formatEvent } from "./format-event.ts";
import type { Output, Timer } from "../text/output.ts";
import { paint, symbolsOf, type Style } from "../text/style.ts";
import { cutToWidth, displayWidth } from "../text/text-width.ts";

const REDRAW_MS = 100;
const CLEAR_LINE = "\r\u001b[K";

/** What goes on right now: the one line that is redrawn in place. */
interface Activity {
  readonly label: string;
  /** Moved on by the time that a person took to answer: the elapsed time is that of the work. */
  startedAt: number;
  progress: string;
}

/** A reporter that draws; it has to be quiet while someone else writes to the same terminal. */
export interface LiveReporter extends Reporter {
  /** Takes the live line away until `resume`; calls nest. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Takes the live line away for good; what is permanent stays. */
  readonly close: () => void;
}

/**
 * One line that lives (spinner, what goes on, for how long, the last progress line) below lines that
 * stay. The live line is cut at the width of the moment, so it never wraps.
 */
export function terminalReporter(output: Output, style: Style, timer: Timer): LiveReporter {
  let activity: Activity | undefined;
  let frame = 0;
  let paused = 0;
  let pausedAt = 0;
  let drawn = false;
  let stop: (() => void) | undefined;

  const erase = (): void => {
    if (drawn) output.write(CLEAR_LINE);
    drawn = false;
  };
  const draw = (): void => {
    if (activity === undefined || paused > 0) return;
    const elapsed = timer.monotonicMs() - activity.startedAt;
    output.write(CLEAR_LINE + liveLine(activity, elapsed, frame, output.columns, style));
    drawn = true;
  };
  const begin = (label: string): void => {
    activity = { label, startedAt: timer.monotonicMs(), progress: "" };
    draw();
    stop ??= timer.every(REDRAW_MS, () => {
      frame += 1;
      draw();
    });
  };
  const end = (): void => {
    activity = undefined;
    stop?.();
    stop = undefined;
    erase();
  };

  return {
    emit: (event) => {
      if (event.type === "step_waiting") {
        // Compose says several things a second; the next redraw shows the last of them.
        if (activity !== undefined) activity.progress = event.text;
        return;
      }
      if (endsActivity(event)) end();
      const text = formatEvent(event, style);
      if (text !== undefined) {
        erase();
        output.write(`${text}\n`);
        draw();
      }
      if (event.type === "stage_started") begin(event.text);
      if (event.type === "step_started") {
        begin(`${event.step.id} ${event.step.tool} (${event.index + 1} of ${event.of})`);
      }
      if (event.type === "undo_started") {
        begin(`taking back ${event.step} ${event.tool} (${event.index + 1} of ${event.of})`);
      }
    },
    pause: () => {
      if (paused === 0) pausedAt = timer.monotonicMs();
      paused += 1;
      erase();
    },
    resume: () => {
      if (paused === 0) return;
      paused -= 1;
      if (paused > 0) return;
      if (activity !== undefined) activity.startedAt += timer.monotonicMs() - pausedAt;
      draw();
    },
    close: end,
  };
}

function endsActivity(event: RunEvent): boolean {
  return ["stage_done", "step_ended", "run_ended", "undo_ended", "undo_done"].includes(event.type);
}

/** `⠙ s2 retry_local_compose_up (2 of 2)  12 s  Container devlake-mysql-1 Started` */
function liveLine(
  { label, progress }: Activity,
  elapsedMs: number,
  frame: number,
  columns: number | undefined,
  style: Style,
): string {
  const { spinner, ellipsis } = symbolsOf(style);
  // The last column stays free: some terminals wrap as soon as it is written to.
  const width = (columns ?? style.width) - 1;
  const glyph = spinner[frame % spinner.length] ?? "";
  const elapsed = formatElapsed(elapsedMs);
  const head = cutToWidth(escapeLine(label), width - elapsed.length - 4, ellipsis);
  const left = width - displayWidth(head) - elapsed.length - 6;
  const tail = progress === "" || left < 8 ? "" : `  ${cutToWidth(escapeLine(progress), left, ellipsis)}`;
  return `${paint(style, "cyan", glyph)} ${head}  ${elapsed}${paint(style, "dim", tail)}`;
}
