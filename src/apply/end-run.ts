import { needsApproval } from "../core/effect.ts";
import { errorText } from "../core/errors.ts";
import { toolNamed } from "../targets/family.ts";
import type { Facts } from "../core/fact.ts";
import type { HealthReport, StepReport } from "../core/records/result.ts";
import type { Run, Stop } from "./run-context.ts";
import { settledHealth } from "./settle.ts";
import { undoSteps, type Undoable } from "./undo-steps.ts";

export interface RunEnd extends Stop {
  readonly health: readonly HealthReport[];
  readonly steps: readonly StepReport[];
  /** The last facts, when the end was to look at them. */
  readonly facts?: Facts | undefined;
}

/** All steps are done: whether that was a repair is seen at the deployment, and nowhere else. */
export async function verifyHealth(run: Run, steps: readonly StepReport[]): Promise<RunEnd> {
  const { reporter, clock, signal } = run.request;
  const begin = clock.monotonicMs();
  reporter.emit({ type: "stage_started", stage: "verify", text: "watching that it stays healthy" });
  const { held, reports, problem, facts } = await settledHealth(run);
  await run.log.record({ kind: "health", reports: [...reports] });
  const sick = reports
    .filter(({ healthy }) => !healthy)
    .map(({ check, observed }) => `${check} (${observed})`);
  const seen =
    [...sick, ...(problem === undefined ? [] : [problem])].join(", ") || "nothing could be checked";
  const reason = held ? "every health check passed and kept passing" : `not healthy: ${seen}`;
  reporter.emit({ type: "stage_done", stage: "verify", text: reason, ms: clock.monotonicMs() - begin });
  reporter.emit({ type: "health", reports, healthy: held, text: reason });
  const end = { reason, health: reports, steps, facts };
  if (held) return { ...end, outcome: "repaired" };
  if (!signal.aborted) return { ...end, outcome: "unhealthy" };
  await recordInterruption(run);
  return { ...end, outcome: "interrupted", reason: "interrupted before it was seen to stay healthy" };
}

/** A failed step takes back what the steps before it changed; every other stop leaves things as they are. */
export async function endAfterStop(
  run: Run,
  stop: Stop,
  undoables: readonly Undoable[],
  steps: readonly StepReport[],
): Promise<RunEnd> {
  if (stop.outcome === "interrupted") await recordInterruption(run);
  if (stop.outcome !== "failed") return { ...stop, health: [], steps };
  const { back, stays } = keepsAll(run) ? keepAll(undoables) : whatToTakeBack(run, undoables, steps);
  run.fresh.forget();
  const undone = await undoSteps(run, back);
  const ended = steps.map((report) => {
    const undo = undone.find(({ step }) => step === report.id);
    if (undo === undefined) return report;
    const reason = `${report.reason}; ${undo.restored ? "taken back" : "not taken back"}: ${undo.reason}`;
    // The step that failed stays failed: what became of what it left behind is in the reason.
    const isKnownAgain = undo.restored && (report.state === "done" || report.state === "unknown");
    return { ...report, state: isKnownAgain ? ("restored" as const) : report.state, reason };
  });
  const left = [
    ...undone.filter(({ restored }) => !restored).map(({ step }) => `step ${step} was not taken back`),
    ...ended.filter(({ state }) => state === "unknown").map(({ id }) => `what step ${id} did is unknown`),
    ...stays,
    ...(await differences(run)),
  ];
  if (left.length === 0) {
    return {
      outcome: "failed-restored",
      reason: `${stop.reason}; everything is as it was before`,
      health: [],
      steps: ended,
    };
  }
  return {
    outcome: "failed",
    reason: `${stop.reason}; left behind: ${left.join("; ")}`,
    health: [],
    steps: ended,
  };
}

/** What was being taken back when a run was cut off is taken back to the end. */
function keepsAll({ request }: Run): boolean {
  return request.onFailure === "keep" && request.resume?.isRestoring !== true;
}

function keepAll(undoables: readonly Undoable[]): ReturnType<typeof whatToTakeBack> {
  return {
    back: [],
    stays: undoables.map(({ step }) => `step ${step.id} stays, as onFailure: keep wants it`),
  };
}

/**
 * Once a step has brought services up, they run on what the steps before it wrote: to take that
 * back would leave services whose files say something else, and their next start broken again.
 */
function whatToTakeBack(
  { request: { family } }: Run,
  undoables: readonly Undoable[],
  steps: readonly StepReport[],
): { readonly back: readonly Undoable[]; readonly stays: readonly string[] } {
  const up = steps.findLastIndex(
    ({ state, effect, tool }) =>
      state === "done" &&
      effect !== "read" &&
      (!needsApproval(effect) || toolNamed(family, tool)?.bringsUp === true),
  );
  const isBefore = ({ step }: Undoable): boolean => steps.findIndex(({ id }) => id === step.id) < up;
  return {
    back: undoables.filter((undoable) => !isBefore(undoable)),
    stays: undoables
      .filter(isBefore)
      .map(({ step }) => `step ${step.id} stays, because ${steps[up]?.id ?? ""} brought services up on it`),
  };
}

async function differences(run: Run): Promise<readonly string[]> {
  run.fresh.forget();
  const reading = await run.fresh.read();
  if (reading.kind === "unreadable") return [`it could not be looked at: ${reading.reason}`];
  const { footprint } = run.request.family;
  return footprint.differences(run.before.footprint, footprint.of(reading.facts));
}

async function recordInterruption({ request, log }: Run): Promise<void> {
  const signal = /SIG[A-Z]+/.exec(errorText(request.signal.reason))?.[0] ?? "SIGINT";
  await log.record({ kind: "interrupted", signal });
}
