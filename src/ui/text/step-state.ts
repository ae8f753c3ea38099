import type { RunOutcome, StepState } from "../../core/records/result.ts";
import type { UndoOutcome, UndoState } from "../../core/records/undo-account.ts";
import type { Paint, Style, Symbols } from "./style.ts";
import { paint, symbolsOf } from "./style.ts";

type Mark = "ok" | "bad" | "warn" | "info";

const markPaint = { ok: "green", bad: "red", warn: "yellow", info: "dim" } as const satisfies Record<
  Mark,
  Paint
>;

const stateMarks = {
  done: "ok",
  skipped: "info",
  declined: "warn",
  stale: "warn",
  failed: "bad",
  restored: "warn",
  unknown: "bad",
  "not-run": "info",
} as const satisfies Record<StepState, Mark & keyof Symbols>;

const outcomes = {
  repaired: ["ok", "Repaired"],
  unhealthy: ["bad", "All steps ran, but DevLake is still not healthy"],
  declined: ["warn", "Stopped: a step was not approved"],
  stale: ["warn", "Stopped: the deployment has changed since the plan was made"],
  "failed-restored": ["bad", "Failed; what was changed has been put back"],
  failed: ["bad", "Failed; what was changed so far still stands"],
  interrupted: ["warn", "Interrupted"],
} as const satisfies Record<RunOutcome, readonly [Mark, string]>;

const undoMarks = {
  restored: "ok",
  failed: "bad",
  stale: "warn",
  declined: "warn",
  skipped: "info",
  "not-run": "info",
} as const satisfies Record<UndoState, Mark>;

const undoOutcomes = {
  restored: ["ok", "Taken back"],
  "partly-restored": ["warn", "Taken back in part"],
  "not-restored": ["bad", "Nothing was taken back"],
} as const satisfies Record<UndoOutcome, readonly [Mark, string]>;

/** The coloured mark of a state: one cell wide. */
export function stateMark(state: StepState, style: Style): string {
  return coloured(stateMarks[state], style);
}

export function healthMark(healthy: boolean, style: Style): string {
  return coloured(healthy ? "ok" : "bad", style);
}

export function outcomeMark(outcome: RunOutcome, style: Style): string {
  return coloured(outcomes[outcome][0], style);
}

/** An outcome in a few words, without a full stop. */
export function outcomeText(outcome: RunOutcome): string {
  return outcomes[outcome][1];
}

export function undoMark(state: UndoState, style: Style): string {
  return coloured(undoMarks[state], style);
}

/** `✓ Taken back`; `mark` is coloured. */
export function undoHeadline(
  outcome: UndoOutcome,
  style: Style,
): { readonly mark: string; readonly text: string } {
  const [mark, text] = undoOutcomes[outcome];
  return { mark: coloured(mark, style), text };
}

function coloured(mark: Mark, style: Style): string {
  return paint(style, markPaint[mark], symbolsOf(style)[mark]);
}
