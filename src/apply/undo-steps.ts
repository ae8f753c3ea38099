import type { AnyTool, Execution } from "../catalog/define-tool.ts";
import { errorText } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Step } from "../core/plan.ts";
import type { Redact } from "../core/redact.ts";
import { stepContext, type RunRequest } from "./run-context.ts";

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
export async function undoSteps(
  request: RunRequest,
  undoables: readonly Undoable[],
  redact: Redact,
): Promise<readonly UndoOutcome[]> {
  const outcomes: UndoOutcome[] = [];
  for (const { step, tool, record } of [...undoables].reverse()) {
    await request.journal.append({ kind: "undo_intent", step: step.id });
    const outcome = await undoOne(request, step, tool, record, redact);
    await request.journal.append({
      kind: "undo_outcome",
      step: step.id,
      outcome: outcome.restored ? "restored" : "not-restored",
      reason: outcome.reason,
    });
    outcomes.push(outcome);
  }
  return outcomes;
}

async function undoOne(
  request: RunRequest,
  step: Step,
  tool: AnyTool,
  record: Json,
  redact: Redact,
): Promise<UndoOutcome> {
  let execution: Execution;
  try {
    if (tool.undo === undefined)
      return { step: step.id, restored: false, reason: `${tool.name} cannot be undone` };
    execution = await tool.undo(
      record,
      request.write,
      stepContext(request, step, redact, tool.retry.timeoutMs),
    );
  } catch (thrown) {
    execution = { kind: "failed", transient: false, message: redact(errorText(thrown)) };
  }
  if (execution.kind === "done") return { step: step.id, restored: true, reason: execution.note };
  const reason = "message" in execution ? execution.message : "interrupted";
  return { step: step.id, restored: false, reason };
}
