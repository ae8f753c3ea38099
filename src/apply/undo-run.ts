import { errorText, RepairError } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import { createRedactor } from "../core/masking/redact.ts";
import type { UndoAccount, UndoOutcome, UndoStepReport } from "../core/records/undo-account.ts";
import { deadlineIn } from "./deadline.ts";
import type { TargetEyes } from "../targets/target-eyes.ts";
import { runLog } from "./run-log.ts";
import type { UndoRequest, Undoing } from "./undo-context.ts";
import { digestNow } from "./undo-files.ts";
import { undoRecordedStep } from "./undo-recorded-step.ts";

export type UndoEnd = Pick<UndoAccount, "outcome" | "interrupted" | "reason" | "steps" | "stillRunning"> & {
  /** The last facts, when the target could be looked at. */
  readonly facts: Facts | undefined;
};

/**
 * Takes back the steps of a run, the last first, each asked for and read back. Files are only put back
 * when they still are what the run left; a step of which one has moved is left alone as a whole.
 * Throws RepairError `wrong_target` before anything is done when the files belong to another project.
 */
export async function undoRun(request: UndoRequest): Promise<UndoEnd> {
  const { reporter, clock, result, signal } = request;
  const begin = clock.monotonicMs();
  const before = await look(request);
  const undoing: Undoing = {
    request,
    log: runLog(request.journal),
    deadline: deadlineIn(request.timeoutMs, clock),
    redact: before?.redact ?? createRedactor([]),
  };
  refuseOtherTarget(request, before?.facts);
  reporter.emit({ type: "stage_started", stage: "undo", text: `taking back the run of ${result.plan.name}` });
  const reports: UndoStepReport[] = [];
  // The steps of the plan that the journal has nothing of never began.
  const backwards = result.steps.toReversed();
  for (const [index, { id, tool, version, state }] of backwards.entries()) {
    const recorded = request.steps.find((step) => step.id === id);
    reporter.emit({ type: "undo_started", step: id, tool, index, of: backwards.length });
    const start = clock.monotonicMs();
    const step = { id, tool, version, state, recorded, index, of: backwards.length };
    const report = await undoRecordedStep(undoing, step);
    reports.push(report);
    const ms = clock.monotonicMs() - start;
    reporter.emit({ type: "undo_ended", step: id, tool, state: report.state, reason: report.reason, ms });
  }
  const facts = (await look(request))?.facts;
  const steps = await Promise.all(reports.map((report) => readAgain(report, undoing)));
  const { outcome, reason } = conclusion(steps, undoing);
  reporter.emit({ type: "stage_done", stage: "undo", text: reason, ms: clock.monotonicMs() - begin });
  return {
    outcome,
    interrupted: signal.aborted,
    reason,
    steps,
    stillRunning: facts === undefined ? [] : request.family.stillRunning(facts),
    facts,
  };
}

async function look({ eyes }: UndoRequest): Promise<Awaited<ReturnType<TargetEyes["inspect"]>> | undefined> {
  try {
    return await eyes.inspect();
  } catch (thrown) {
    // Files can be put back on a machine whose engine is down; what cannot be seen is then not claimed.
    if (thrown instanceof RepairError) return undefined;
    throw thrown;
  }
}

/** While later questions stood, somebody may have changed what was back already: the account says what is. */
async function readAgain(report: UndoStepReport, { request, redact }: Undoing): Promise<UndoStepReport> {
  try {
    const files = await Promise.all(
      report.files.map(async (file) => ({
        ...file,
        now: await digestNow(file.path, request.write.files, request.keyed),
      })),
    );
    const changed = files.filter(({ now, original }) => now !== original).map(({ path }) => path);
    if (report.state !== "restored" || changed.length === 0) return { ...report, files };
    const reason = `it was taken back, and ${changed.join(", ")} has been changed again by somebody else`;
    return { ...report, files, state: "stale", reason };
  } catch (thrown) {
    if (report.state !== "restored") return report;
    const reason = `it was taken back, but could not be read again: ${redact(errorText(thrown))}`;
    return { ...report, state: "failed", reason };
  }
}

function refuseOtherTarget({ result, family }: UndoRequest, facts: Facts | undefined): void {
  const other = facts && family.identity.otherHere(result.target, facts);
  if (other?.is === undefined) return;
  throw new RepairError("wrong_target", `the run was on ${other.was}, and this directory is ${other.is}`, {
    hint: "name the deployment's directory with --dir; nothing was changed",
  });
}

function conclusion(
  reports: readonly UndoStepReport[],
  { log }: Undoing,
): { readonly outcome: UndoOutcome; readonly reason: string } {
  const back = reports.filter(({ state }) => state === "restored").map(({ id }) => id);
  const open = reports.filter(({ state }) => state !== "restored" && state !== "skipped");
  const unrecorded = log.problem();
  const notes = [
    ...(back.length > 0 ? [`step ${back.join(", ")} taken back and read back`] : []),
    ...open.map(({ id, state, reason }) => `step ${id} ${state}: ${reason}`),
    ...(unrecorded === undefined ? [] : [`the journal does not hold all of it: ${unrecorded}`]),
  ];
  const reason = notes.join("; ") || "there was nothing to take back";
  if (open.length === 0 && unrecorded === undefined && back.length > 0)
    return { outcome: "restored", reason };
  return { outcome: back.length > 0 ? "partly-restored" : "not-restored", reason };
}
