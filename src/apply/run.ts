import { toolNamed } from "../catalog/index.ts";
import type { AnyTool } from "../catalog/define-tool.ts";
import { digestBytes, digestJson } from "../core/digest.ts";
import type { Facts } from "../core/fact.ts";
import type { Step } from "../core/plan.ts";
import type { HealthReport, Result, RunOutcome, StepReport } from "../core/result.ts";
import { describeMove, movedFacts } from "../core/expectations.ts";
import { approveStep } from "./approve-step.ts";
import { attemptStep, type StepEnd } from "./attempt-step.ts";
import { freshFacts, type FreshFacts } from "./fresh-facts.ts";
import type { RunRequest } from "./run-context.ts";
import { settledHealth } from "./settle.ts";
import { undoSteps, type Undoable } from "./undo-steps.ts";

/** The account of a run: the result but for its signer. */
export type RunAccount = Omit<Result, "signer">;

/** Why a run stopped before its last step, and how it ends because of that. */
interface Stop {
  readonly outcome: RunOutcome;
  readonly reason: string;
}

/**
 * Runs a plan: for each step read the facts again, approve, journal the intent, execute, verify,
 * journal the outcome. Ends with every step accounted for, however it ends.
 */
export async function runPlan(request: RunRequest): Promise<RunAccount> {
  const { plan, journal, clock, reporter } = request;
  const startedAt = clock.now();
  const deadline = clock.monotonicMs() + request.timeoutMs;
  const fresh = freshFacts(request.eyes, clock);
  const before = (await fresh.read()).facts;
  await journal.append({
    kind: "run_started",
    planDigest: request.planDigest,
    planName: plan.metadata.name,
    target: plan.metadata.target,
    executor: request.executor,
    resumed: false,
  });

  const reports: StepReport[] = [];
  const undoables: Undoable[] = [];
  let stop: Stop | undefined;
  for (const [index, step] of plan.steps.entries()) {
    stop ??= interrupted(request) ?? overdue(request, deadline);
    if (stop !== undefined) {
      reports.push(reportOf(step, "not-run", stop.reason));
      continue;
    }
    const ran = await runStep(request, step, index, fresh);
    if (ran.undoable !== undefined) undoables.push(ran.undoable);
    reports.push(ran.report);
    stop = ran.stop;
    const { state, reason, tool } = ran.report;
    reporter.emit({
      type: "step_ended",
      step: step.id,
      tool,
      state,
      reason,
      ms: durationOf(ran.report),
    });
  }

  const end =
    stop === undefined
      ? await verifyHealth(request)
      : await afterStop(request, stop, undoables, reports, fresh);
  await journal.append({ kind: "run_ended", outcome: end.outcome, reason: end.reason });
  fresh.forget();
  return {
    apiVersion: "devlake-repair.result/v1",
    plan: { name: plan.metadata.name, path: request.planPath, digest: request.planDigest },
    target: plan.metadata.target,
    executor: request.executor,
    startedAt: startedAt.toISOString(),
    endedAt: clock.now().toISOString(),
    outcome: end.outcome,
    reason: end.reason,
    steps: reports,
    health: [...end.health],
    factsBefore: digestFacts(before),
    factsAfter: digestFacts((await fresh.read()).facts),
    journal: { path: request.journalPath, length: journal.length, head: journal.head },
  };
}

interface StepRun {
  readonly report: StepReport;
  readonly stop: Stop | undefined;
  readonly undoable: Undoable | undefined;
}

async function runStep(request: RunRequest, step: Step, index: number, fresh: FreshFacts): Promise<StepRun> {
  const tool = toolNamed(step.tool);
  // The compiler has already refused plans with unknown tools.
  if (tool === undefined) return stopped(step, "not-run", `the catalog has no tool ${step.tool}`, "failed");
  const { reporter, clock, plan } = request;
  reporter.emit({ type: "step_started", step, index, of: plan.steps.length });

  const stale = staleReason(step, tool, (await fresh.read()).facts);
  if (stale !== undefined) return stopped(step, "stale", stale, "stale");
  const approval = await approveStep(request, step, index);
  if (approval.kind === "declined") return stopped(step, "declined", approval.reason, "declined");

  // Somebody may have thought about it for a while: what counts are the facts of this moment.
  const { facts, redact } = await fresh.read();
  const staleNow = staleReason(step, tool, facts);
  if (staleNow !== undefined) return stopped(step, "stale", staleNow, "stale");

  const startedAt = clock.now().toISOString();
  const end = await attemptStep(request, step, tool, facts, redact, fresh);
  const report: StepReport = {
    ...reportOf(step, end.state, end.reason),
    attempts: end.attempts,
    startedAt,
    endedAt: clock.now().toISOString(),
    ...(approval.kind === "approved" && { approval: approval.record }),
  };
  const undoable = end.undo === undefined ? undefined : { step, tool, record: end.undo };
  return { report, stop: stopAfter(step, end), undoable };
}

function stopAfter(step: Step, end: StepEnd): Stop | undefined {
  if (end.interrupted) return { outcome: "interrupted", reason: `interrupted during step ${step.id}` };
  if (end.state === "done") return undefined;
  return {
    outcome: end.unhealthy ? "unhealthy" : "failed",
    reason: `step ${step.id} ${end.state}: ${end.reason}`,
  };
}

function stopped(step: Step, state: StepReport["state"], reason: string, outcome: RunOutcome): StepRun {
  return {
    report: reportOf(step, state, reason),
    stop: { outcome, reason: `step ${step.id}: ${reason}` },
    undoable: undefined,
  };
}

function staleReason(step: Step, tool: AnyTool, facts: Facts): string | undefined {
  const moved = movedFacts(step.expects, facts);
  if (moved.length > 0) return moved.map(describeMove).join("; ");
  const unmet = tool.check(step.args, facts);
  if (unmet.length > 0) return unmet.map(({ message }) => message).join("; ");
  return tool.preview(step.args, facts) === step.preview
    ? undefined
    : "it would now do something else than the plan shows";
}

function interrupted({ signal }: RunRequest): Stop | undefined {
  return signal.aborted ? { outcome: "interrupted", reason: "interrupted before the step began" } : undefined;
}

function overdue({ clock, timeoutMs }: RunRequest, deadline: number): Stop | undefined {
  if (clock.monotonicMs() < deadline) return undefined;
  return { outcome: "failed", reason: `the run took longer than ${Math.round(timeoutMs / 1000)} s` };
}

interface RunEnd extends Stop {
  readonly health: readonly HealthReport[];
}

async function verifyHealth(request: RunRequest): Promise<RunEnd> {
  const { reporter, clock, journal } = request;
  const begin = clock.monotonicMs();
  reporter.emit({ type: "stage_started", stage: "verify", text: "watching that it stays healthy" });
  const health = await settledHealth(request);
  await journal.append({ kind: "health", reports: [...health] });
  const sick = health.filter(({ healthy }) => !healthy);
  const healthy = sick.length === 0 && health.length > 0;
  const reason = healthy
    ? "every health check passed and kept passing"
    : `not healthy: ${sick.map(({ check, observed }) => `${check} (${observed})`).join(", ") || "nothing could be checked"}`;
  reporter.emit({ type: "stage_done", stage: "verify", text: reason, ms: clock.monotonicMs() - begin });
  reporter.emit({ type: "health", reports: health, healthy, text: reason });
  return { outcome: healthy ? "repaired" : "unhealthy", reason, health };
}

/** A failed step takes back what the steps before it changed; every other stop leaves things as they are. */
async function afterStop(
  request: RunRequest,
  stop: Stop,
  undoables: readonly Undoable[],
  reports: StepReport[],
  fresh: FreshFacts,
): Promise<RunEnd> {
  if (stop.outcome === "interrupted") await request.journal.append({ kind: "interrupted", signal: "SIGINT" });
  if (stop.outcome !== "failed") return { ...stop, health: [] };
  const { redact } = await fresh.read();
  fresh.forget();
  const undone = await undoSteps(request, undoables, redact);
  for (const { step, restored, reason } of undone) {
    const at = reports.findIndex(({ id }) => id === step);
    const report = reports[at];
    if (report === undefined) continue;
    // The step that failed stays failed: what it left behind is in the reason.
    const state = restored && report.state === "done" ? "restored" : report.state;
    reports[at] = {
      ...report,
      state,
      reason: `${report.reason}; ${restored ? "taken back" : "not taken back"}: ${reason}`,
    };
  }
  const isUnknown = reports.some(({ state }) => state === "unknown");
  const allBack = undone.every(({ restored }) => restored) && !isUnknown;
  return {
    outcome: allBack ? "failed-restored" : "failed",
    reason: allBack ? `${stop.reason}; what the steps before it changed has been taken back` : stop.reason,
    health: [],
  };
}

/** Of the step itself: the time that somebody thought about it does not count. */
function durationOf({ startedAt, endedAt }: StepReport): number {
  return startedAt === undefined || endedAt === undefined ? 0 : Date.parse(endedAt) - Date.parse(startedAt);
}

function reportOf(step: Step, state: StepReport["state"], reason: string): StepReport {
  const { id, tool, version, args, effect, preview } = step;
  return { id, tool, version, args, effect, state, reason, attempts: 0, previewDigest: digestBytes(preview) };
}

function digestFacts(facts: Facts): string {
  return digestJson(Object.fromEntries(facts));
}
