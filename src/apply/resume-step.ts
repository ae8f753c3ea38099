import type { AnyTool } from "../targets/define-tool.ts";
import { needsApproval } from "../core/effect.ts";
import type { Facts } from "../core/fact.ts";
import type { Step } from "../core/plan.ts";
import type { StepReport } from "../core/records/result.ts";
import type { PastStep } from "./past-run.ts";
import type { Run, Stop } from "./run-context.ts";
import { haltOf, knownTool, reportOf, runStep, unfitReason, type StepRun } from "./run-step.ts";
import { undoRecorded } from "./undo-steps.ts";

/** A step that a run had begun before it was cut off: what is done stays done, what is not is looked at. */
export async function resumeStep(run: Run, step: Step, index: number, past: PastStep): Promise<StepRun> {
  const tool = knownTool(run.request.family, step);
  if (typeof tool === "string") return ended(step, past, "unknown", tool);
  const { outcome } = past;
  if (outcome?.state === "done") return ended(step, past, "done", outcome.reason, tool);
  if (run.request.resume?.isRestoring === true) {
    return ended(step, past, outcome?.state ?? "unknown", outcome?.reason ?? CUT_OFF, tool);
  }
  if (outcome === undefined || outcome.state === "unknown") return probe({ run, step, index, past, tool });
  if (outcome.transient && past.attempts < tool.retry.attempts)
    return again({ run, step, index, past, tool });
  return ended(step, past, outcome.state, outcome.reason, tool);
}

/** However often it was cut off. */
const MAX_ATTEMPTS = 3;
const CUT_OFF = "cut off before its end was recorded";

interface Begun {
  readonly run: Run;
  readonly step: Step;
  readonly index: number;
  readonly past: PastStep;
  readonly tool: AnyTool;
}

/** Nobody knows what the step did, so the deployment is asked: done, untouched, or something in between. */
async function probe(begun: Begun): Promise<StepRun> {
  const { run, step, past, tool } = begun;
  const { redact } = run.fresh;
  const was = past.outcome?.reason ?? CUT_OFF;
  const reading = await run.fresh.read();
  const unmet = reading.kind === "read" ? tool.verify(step.args, reading.facts) : undefined;
  const isSeen = unmet?.length === 0;
  const missing = unmet?.map(({ message }) => message).join("; ") ?? "";
  const seen =
    reading.kind === "unreadable"
      ? `its effect could not be looked at: ${reading.reason}`
      : isSeen
        ? "its effect was then seen"
        : `not seen: ${redact(missing)}`;
  const state = isSeen ? "done" : "unknown";
  const reason = `${was}; ${seen}`;
  if (past.outcome === undefined || isSeen) {
    const entry = { kind: "step_outcome", step: step.id, attempt: past.attempts, state, reason } as const;
    if (!(await run.log.record(entry)))
      return ended(step, past, "unknown", `${reason}; ${run.log.problem() ?? ""}`, tool);
  }
  const known = { ...begun, past: { ...past, outcome: { state, reason, transient: false } } as const };
  if (isSeen || reading.kind === "unreadable") return ended(step, known.past, state, reason, tool);
  return goOn(known, reading.facts, reason);
}

/** Its effect is not there: begun anew when all is as before it, else put back first. */
async function goOn(begun: Begun, facts: Facts, reason: string): Promise<StepRun> {
  const { run, step, past, tool } = begun;
  const why = obstacle(begun, facts);
  if (why === undefined) return again(begun);
  if (past.undo === undefined || tool.undo === undefined)
    return ended(step, past, "unknown", `${reason}; it may not be repeated: ${why}`, tool);
  const undone = await undoRecorded(run, { step, tool, record: past.undo });
  const back: PastStep = { ...past, undone, undo: undone.restored ? undefined : past.undo };
  if (!undone.restored) return ended(step, back, "unknown", reason, tool);
  run.fresh.forget();
  const reading = await run.fresh.read();
  const still =
    reading.kind === "unreadable" ? reading.reason : obstacle({ ...begun, past: back }, reading.facts);
  if (still === undefined) return again({ ...begun, past: back });
  return ended(step, back, "unknown", `${reason}; it may not be repeated: ${still}`, tool);
}

function obstacle({ run, step, past, tool }: Begun, facts: Facts): string | undefined {
  if (tool.effect === "destructive") return "what cannot be undone is never done twice";
  if (past.attempts >= MAX_ATTEMPTS) return `it has been tried ${past.attempts} times`;
  const unfit = unfitReason(run, step, tool, facts, past.attempts);
  return unfit === undefined ? undefined : run.fresh.redact(unfit);
}

async function again({ run, step, index, past, tool }: Begun): Promise<StepRun> {
  const halt = haltOf(run);
  if (halt !== undefined) {
    // A mutating step gets here only when nothing of it was seen to be left.
    const state = needsApproval(tool.effect) ? "failed" : "unknown";
    return ended(step, past, state, `${past.outcome?.reason ?? CUT_OFF}; not begun again`, tool, halt);
  }
  const { report, stop, undoable } = await runStep(run, step, index, past);
  const attempts = Math.max(report.attempts, past.attempts);
  const startedAt = past.startedAt ?? report.startedAt;
  return { report: { ...report, attempts, ...(startedAt !== undefined && { startedAt }) }, stop, undoable };
}

function ended(
  step: Step,
  past: PastStep,
  state: StepReport["state"],
  reason: string,
  tool?: AnyTool,
  halt?: Stop,
): StepRun {
  const { attempts, startedAt, endedAt, approval, undo, undone, run } = past;
  const back = undone?.restored === true;
  const isKnownAgain = back && (state === "done" || state === "unknown");
  const taken = undone === undefined ? "" : `; ${back ? "taken back" : "not taken back"}: ${undone.reason}`;
  const report: StepReport = {
    ...reportOf(step, isKnownAgain ? "restored" : state, `${reason}${taken}`),
    attempts,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(approval !== undefined && { approval }),
    earlierRun: run,
  };
  const isFine = state === "done";
  const failed: Stop = { outcome: "failed", reason: `step ${step.id} ${state}: ${reason}` };
  return {
    report,
    stop: halt ?? (isFine ? undefined : failed),
    undoable: undo === undefined || tool === undefined ? undefined : { step, tool, record: undo },
  };
}
