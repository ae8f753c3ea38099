import { digestFacts } from "../core/text/digest.ts";
import { RepairError } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import type { EndedAccount } from "../core/records/journal-record.ts";
import type { Result, StepReport } from "../core/records/result.ts";
import { shellWord } from "../core/text/shell-word.ts";
import { deadlineIn } from "./deadline.ts";
import { endAfterStop, verifyHealth, type RunEnd } from "./end-run.ts";
import { freshFacts } from "./fresh-facts.ts";
import type { Run, RunRequest, Stop } from "./run-context.ts";
import { runLog } from "./run-log.ts";
import { resumeStep } from "./resume-step.ts";
import { haltOf, reportOf, runStep, type StepRun } from "./run-step.ts";
import type { Undoable } from "./undo-steps.ts";

/** The account of a run: the result but for its signer. */
export type RunAccount = Omit<Result, "signer">;

/**
 * Runs a plan: for each step read the facts again, approve, journal the intent, execute, verify,
 * journal the outcome. Ends with every step accounted for, however it ends. With `resume` it goes on where
 * an earlier run was cut off. Throws only before anything was done: a plan without steps, facts that cannot
 * be read, a journal that cannot be begun.
 */
export async function runPlan(request: RunRequest): Promise<RunAccount> {
  const { plan, clock } = request;
  if (plan.steps.length === 0) {
    throw new RepairError("bad_plan", `the plan "${request.planPath}" has no steps to run`);
  }
  const startedAt = request.resume?.startedAt ?? clock.now().toISOString();
  const run = await begin(request);
  const end = await runSteps(run);
  const { outcome, reason } = end;
  const after = end.facts ?? (await factsNow(run));
  const account: EndedAccount = {
    apiVersion: "devlake-repair.result/v1",
    plan: { name: plan.metadata.name, path: request.planPath, digest: request.planDigest },
    target: plan.metadata.target,
    executor: request.executor,
    ...(request.resume !== undefined && { earlierRuns: [...request.resume.earlierRuns] }),
    startedAt,
    endedAt: clock.now().toISOString(),
    outcome,
    reason,
    steps: [...end.steps],
    health: [...end.health],
    factsBefore: run.before.facts,
    ...(after !== undefined && { factsAfter: digestFacts(after) }),
  };
  // With the whole account: should signing be cut off, the result is made from here.
  const unrecorded = (await run.log.record({ kind: "run_ended", outcome, reason, account }))
    ? ""
    : `; the journal does not hold all of it: ${run.log.problem() ?? ""}`;
  return {
    ...account,
    reason: `${reason}${unrecorded}`,
    journal: { path: request.journalPath, length: request.journal.length, head: request.journal.head },
  };
}

async function begin(request: RunRequest): Promise<Run> {
  const { plan, clock, resume } = request;
  const deadline = deadlineIn(request.timeoutMs, clock);
  const fresh = freshFacts(request.eyes, clock, request.inspected);
  const reading = await fresh.read();
  if (reading.kind === "unreadable") {
    throw new RepairError("internal", `the target cannot be looked at: ${reading.reason}`, {
      hint: "nothing was changed",
    });
  }
  const before =
    resume === undefined
      ? { facts: digestFacts(reading.facts), footprint: request.family.footprint.of(reading.facts) }
      : resume.before;
  if (before === undefined) {
    throw new RepairError(
      "run_unfinished",
      "the run that was cut off did not record what was there before it",
      {
        hint: `an older version of this program began it: make a new plan under another name: gh devlake repair --plan-only --dir ${shellWord(request.directory)}`,
      },
    );
  }
  const log = runLog(request.journal);
  const begun = await log.record({
    kind: "run_started",
    planDigest: request.planDigest,
    planName: plan.metadata.name,
    target: plan.metadata.target,
    executor: request.executor,
    directory: request.directory,
    ...(resume === undefined ? { resumed: false, before } : { resumed: true }),
  });
  if (!begun) throw log.failure();
  return { request, log, fresh, deadline, before };
}

async function runSteps(run: Run): Promise<RunEnd> {
  const { plan, reporter, clock, resume } = run.request;
  const reports: StepReport[] = [];
  const undoables: Undoable[] = [];
  let stop: Stop | undefined;
  for (const [index, step] of plan.steps.entries()) {
    const past = resume?.steps.get(step.id);
    const wasBegun = past !== undefined && past.attempts > 0;
    if (!wasBegun) stop ??= (resume?.isRestoring === true ? WAS_RESTORING : undefined) ?? haltOf(run);
    if (stop !== undefined) {
      reports.push(reportOf(step, "not-run", stop.reason));
      continue;
    }
    const start = clock.monotonicMs();
    reporter.emit({ type: "step_started", step, index, of: plan.steps.length });
    const ran: StepRun = wasBegun
      ? await resumeStep(run, step, index, past)
      : await runStep(run, step, index, past);
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
      ms: (wasBegun ? undefined : ownTime(ran.report)) ?? clock.monotonicMs() - start,
    });
  }
  if (resume?.isRestoring === true) stop ??= WAS_RESTORING;
  return stop === undefined ? verifyHealth(run, reports) : endAfterStop(run, stop, undoables, reports);
}

/** Milliseconds of the step itself, without the question before it; undefined when it never began. */
function ownTime({ startedAt, endedAt }: StepReport): number | undefined {
  if (startedAt === undefined || endedAt === undefined) return undefined;
  return Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}

const WAS_RESTORING: Stop = {
  outcome: "failed",
  reason: "an earlier run had failed and was taking its steps back when it was cut off",
};

async function factsNow({ fresh }: Run): Promise<Facts | undefined> {
  fresh.forget();
  const reading = await fresh.read();
  return reading.kind === "read" ? reading.facts : undefined;
}
