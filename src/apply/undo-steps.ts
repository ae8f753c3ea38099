import type { AnyTool, Execution } from "../targets/define-tool.ts";
import { errorText } from "../core/errors.ts";
import type { Json } from "../core/text/json.ts";
import type { Step } from "../core/plan.ts";
import { stepContext, type Run } from "./run-context.ts";
import { strayUndo } from "./undo-paths.ts";

export interface Undoable {
  readonly step: Step;
  readonly tool: AnyTool;
  readonly record: Json;
}

export interface UndoOutcome {
  readonly step: string;
  readonly restored: boolean;
  readonly reason: string;
}

/** Takes steps back, last first. An undo reads back what it wrote; a failed one does not stop the rest. */
export async function undoSteps(run: Run, undoables: readonly Undoable[]): Promise<readonly UndoOutcome[]> {
  const { reporter, clock } = run.request;
  const outcomes: UndoOutcome[] = [];
  for (const [index, undoable] of [...undoables].reverse().entries()) {
    const { id, tool } = undoable.step;
    reporter.emit({ type: "undo_started", step: id, tool, index, of: undoables.length });
    const start = clock.monotonicMs();
    const undone = await undoRecorded(run, undoable);
    outcomes.push(undone);
    const state = undone.restored ? "restored" : "failed";
    const ms = clock.monotonicMs() - start;
    reporter.emit({ type: "undo_ended", step: id, tool, state, reason: undone.reason, ms });
  }
  return outcomes;
}

/** Takes one step back, with its intent and its outcome in the journal. */
export async function undoRecorded(run: Run, undoable: Undoable): Promise<UndoOutcome> {
  const { log } = run;
  const step = undoable.step.id;
  if (!(await log.record({ kind: "undo_intent", step })))
    return { step, restored: false, reason: log.problem() ?? "the journal failed" };
  const { restored, reason } = await undoOne(run, undoable);
  const recorded = await log.record({
    kind: "undo_outcome",
    step,
    outcome: restored ? "restored" : "not-restored",
    reason,
  });
  if (recorded) return { step, restored, reason };
  return {
    step,
    restored: false,
    reason: `${reason}, but this could not be recorded: ${log.problem() ?? ""}`,
  };
}

async function undoOne(
  run: Run,
  { step, tool, record }: Undoable,
): Promise<Pick<UndoOutcome, "restored" | "reason">> {
  const { redact } = run.fresh;
  if (tool.undo === undefined) return { restored: false, reason: `${tool.name} cannot be undone` };
  // The record may come out of the journal of an earlier run.
  const stray = strayUndo(record, tool, run.request.family.footprint.sourcesRead(Object.keys(step.expects)));
  if (stray !== undefined) return { restored: false, reason: stray };
  let execution: Execution;
  try {
    execution = await tool.undo(record, run.request.write, stepContext(run, step, tool.retry.timeoutMs));
  } catch (thrown) {
    return { restored: false, reason: redact(errorText(thrown)) };
  }
  if (execution.kind === "done") return { restored: true, reason: redact(execution.note) };
  return { restored: false, reason: "message" in execution ? redact(execution.message) : "interrupted" };
}
