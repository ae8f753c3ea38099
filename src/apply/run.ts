import { digestJson } from "../core/digest.ts";
import { RepairError } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import type { Result, StepReport } from "../core/result.ts";
import { deadlineIn } from "./deadline.ts";
import { endAfterStop, verifyHealth, type RunEnd } from "./end-run.ts";
import { freshFacts } from "./fresh-facts.ts";
import type { Run, RunRequest, Stop } from "./run-context.ts";
import { runLog } from "./run-log.ts";
import { haltOf, reportOf, runStep } from "./run-step.ts";
import type { Undoable } from "./undo-steps.ts";

/** The account of a run: the result but for its signer. */
export type RunAccount = Omit<Result, "signer">;

/**
 * Runs a plan: for each step read the facts again, approve, journal the intent, execute, verify,
 * journal the outcome. Ends with every step accounted for, however it ends. Throws only before
 * anything was done: a plan without steps, facts that cannot be read, a journal that cannot be begun.
 */
export async function runPlan(request: RunRequest): Promise<RunAccount> {
  const { plan, clock } = request;
  if (plan.steps.length === 0) {
    throw new RepairError("bad_plan", `the plan "${request.planPath}" has no steps to run`);
  }
  const startedAt = clock.now().toISOString();
  const run = await begin(request);
  const { end, steps } = await runSteps(run);
  const unrecorded = (await run.log.record({ kind: "run_ended", outcome: end.outcome, reason: end.reason }))
    ? ""
    : `; the journal does not hold all of it: ${run.log.problem() ?? ""}`;
  const after = end.facts ?? (await factsNow(run));
  return {
    apiVersion: "devlake-repair.result/v1",
    plan: { name: plan.metadata.name, path: request.planPath, digest: request.planDigest },
    target: plan.metadata.target,
    executor: request.executor,
    startedAt,
    endedAt: clock.now().toISOString(),
    outcome: end.outcome,
    reason: `${end.reason}${unrecorded}`,
    steps: [...steps],
    health: [...end.health],
    factsBefore: digestFacts(run.before),
    ...(after !== undefined && { factsAfter: digestFacts(after) }),
    journal: { path: request.journalPath, length: request.journal.length, head: request.journal.head },
  };
}

async function begin(request: RunRequest): Promise<Run> {
  const { plan, clock } = request;
  const deadline = deadlineIn(request.timeoutMs, clock);
  const fresh = freshFacts(request.eyes, clock, request.inspected);
  const reading = await fresh.read();
  if (reading.kind === "unreadable") {
    throw new RepairError("internal", `the target cannot be looked at: ${reading.reason}`, {
      hint: "nothing was changed",
    });
  }
  const log = runLog(request.journal);
  const begun = await log.record({
    kind: "run_started",
    planDigest: request.planDigest,
    planName: plan.metadata.name,
    target: plan.metadata.target,
    executor: request.executor,
    resumed: false,
  });
  if (!begun) throw log.failure();
  return { request, log, fresh, deadline, before: reading.facts };
}

async function runSteps(run: Run): Promise<{ readonly end: RunEnd; readonly steps: readonly StepReport[] }> {
  const { plan, reporter, clock } = run.request;
  const reports: StepReport[] = [];
  const undoables: Undoable[] = [];
  let stop: Stop | undefined;
  for (const [index, step] of plan.steps.entries()) {
    stop ??= haltOf(run);
    if (stop !== undefined) {
      reports.push(reportOf(step, "not-run", stop.reason));
      continue;
    }
    const start = clock.monotonicMs();
    const ran = await runStep(run, step, index);
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
      ms: clock.monotonicMs() - start,
    });
  }
  const end =
    stop === undefined ? await verifyHealth(run, reports) : await endAfterStop(run, stop, undoables, reports);
  return { end, steps: end.steps };
}

async function factsNow({ fresh }: Run): Promise<Facts | undefined> {
  fresh.forget();
  const reading = await fresh.read();
  return reading.kind === "read" ? reading.facts : undefined;
}

function digestFacts(facts: Facts): string {
  return digestJson(Object.fromEntries(facts));
}
