import type { AnyTool, UnmetPrecondition } from "../targets/define-tool.ts";
import { type TargetFamily, toolNamed } from "../targets/family.ts";
import { digestBytes } from "../core/text/digest.ts";
import { needsApproval } from "../core/effect.ts";
import { describeMove, movedFacts } from "../core/expectations.ts";
import type { Facts } from "../core/fact.ts";
import type { Step } from "../core/plan.ts";
import type { MaskedSetting } from "../core/reviewed-values.ts";
import type { RunOutcome, StepReport } from "../core/records/result.ts";
import { approveStep } from "./approve-step.ts";
import { attemptStep, type StepEnd } from "./attempt-step.ts";
import type { PastStep } from "./past-run.ts";
import { reviewedStep, unreviewedReason } from "./reviewed-step.ts";
import type { Run, Stop } from "./run-context.ts";
import type { Undoable } from "./undo-steps.ts";

export interface StepRun {
  readonly report: StepReport;
  readonly stop: Stop | undefined;
  readonly undoable: Undoable | undefined;
}

/**
 * One step from its freshness to its outcome. Never throws: whatever happens ends in the report. `past`:
 * what a run that was cut off has done about the step, which has been found fit to be run (again).
 */
export async function runStep(run: Run, step: Step, index: number, past?: PastStep): Promise<StepRun> {
  const { request } = run;
  const tool = knownTool(request.family, step);
  if (typeof tool === "string") return stopped(step, "not-run", tool, "failed");
  const attempted = past?.attempts ?? 0;

  const unfit = await unfitNow(run, step, tool, attempted);
  if (unfit.stop !== undefined) return unfit.stop;
  const approval = await approveStep(
    run,
    { step, tool, index, uncompared: unfit.uncompared },
    past?.approval,
  );
  // Ctrl-C at the question is no answer to it.
  const halt = haltOf(run);
  if (halt !== undefined) return stopped(step, "not-run", halt.reason, halt.outcome);
  if (approval.kind === "declined") return stopped(step, "declined", approval.reason, "declined");
  if (approval.kind === "unrecorded")
    return stopped(
      step,
      "not-run",
      `the approval could not be recorded: ${run.log.problem() ?? ""}`,
      "failed",
    );

  // Somebody may have thought about it for a while: what counts are the facts of this moment.
  const now = await unfitNow(run, step, tool, attempted);
  if (now.stop !== undefined) return now.stop;

  const startedAt = request.clock.now().toISOString();
  const end = await attemptStep(run, step, tool, now.facts, attempted);
  const report: StepReport = {
    ...reportOf(step, end.state, end.reason),
    attempts: end.state === "not-run" ? attempted : end.attempts,
    startedAt,
    endedAt: request.clock.now().toISOString(),
    ...(approval.kind === "approved" && { approval: approval.record }),
  };
  const undoable = end.undo === undefined ? undefined : { step, tool, record: end.undo };
  return { report, stop: stopAfter(run, step, end), undoable };
}

/** Interrupted, out of time, or resumed too late: no step begins any more. */
export function haltOf({ request, deadline }: Run): Stop | undefined {
  if (request.signal.aborted) return { outcome: "interrupted", reason: "interrupted before the step began" };
  const { validUntil } = request.plan.metadata;
  if (request.resume !== undefined && request.clock.now() > new Date(validUntil))
    return { outcome: "declined", reason: `the plan was valid until ${validUntil}` };
  if (deadline.remainingMs() > 0) return undefined;
  return {
    outcome: "failed",
    reason: `the run took longer than ${Math.round(request.timeoutMs / 1000)} s`,
  };
}

export function reportOf(step: Step, state: StepReport["state"], reason: string): StepReport {
  const { id, tool, version, args, effect, preview } = step;
  return { id, tool, version, args, effect, state, reason, attempts: 0, previewDigest: digestBytes(preview) };
}

/** The compiler has refused such plans already; nothing runs on its word alone. */
export function knownTool(family: TargetFamily, step: Step): AnyTool | string {
  const tool = toolNamed(family, step.tool);
  if (tool === undefined) return `the catalog has no tool ${step.tool}`;
  if (tool.version !== step.version)
    return `the catalog has version ${tool.version} of ${step.tool}, not ${step.version}`;
  if (tool.effect !== step.effect) return `${step.tool} is ${tool.effect}, not ${step.effect}`;
  if (!tool.args.safeParse(step.args).success) return `these are no arguments of ${step.tool}`;
  return tool;
}

interface Fit {
  readonly stop: undefined;
  readonly facts: Facts;
  /** Settings that nobody could compare with those of when the plan was made. */
  readonly uncompared: readonly MaskedSetting[];
}

async function unfitNow(
  run: Run,
  step: Step,
  tool: AnyTool,
  attempted: number,
): Promise<{ readonly stop: StepRun } | Fit> {
  const reading = await run.fresh.read();
  if (reading.kind === "unreadable") {
    const reason = `the facts it depends on could not be read: ${reading.reason}`;
    return { stop: stopped(step, "not-run", reason, "failed") };
  }
  const stale =
    unfitReason(run, step, tool, reading.facts, attempted) ??
    unreviewedReason(run, step, reading.facts, reading.readMasked);
  if (stale !== undefined) return { stop: stopped(step, "stale", run.fresh.redact(stale), "stale") };
  const { uncompared } = reviewedStep(run, step, reading.facts, reading.readMasked);
  return { stop: undefined, facts: reading.facts, uncompared };
}

/**
 * Why a step may not run on these facts. What an earlier attempt of a safe step has done itself is no obstacle to
 * another one; a mutating step has to find all as the plan expects, or what its tool asks of another attempt.
 */
export function unfitReason(
  run: Run,
  step: Step,
  tool: AnyTool,
  facts: Facts,
  attempted: number,
): string | undefined {
  return (
    otherTarget(run, facts) ??
    (attempted > 0 ? unfitAgain(step, tool, facts) : staleReason(step, tool, facts))
  );
}

function unfitAgain(step: Step, tool: AnyTool, facts: Facts): string | undefined {
  const { again } = tool;
  if (again === undefined)
    return needsApproval(tool.effect)
      ? staleReason(step, tool, facts)
      : reasonOf(tool.check(step.args, facts));
  const ids = new Set(again.reads(step.args, facts).map(({ id }) => id));
  const expects = Object.fromEntries(Object.entries(step.expects).filter(([id]) => ids.has(id)));
  const moved = movedFacts(expects, facts);
  return moved.length > 0 ? moved.map(describeMove).join("; ") : reasonOf(again.check(step.args, facts));
}

function reasonOf(unmet: readonly UnmetPrecondition[]): string | undefined {
  return unmet.length > 0 ? unmet.map(({ fact, message }) => `${fact}: ${message}`).join("; ") : undefined;
}

function otherTarget({ request: { family, plan } }: Run, facts: Facts): string | undefined {
  const moved = family.identity.whyNotHere(plan.metadata.target, facts);
  return moved && describeMove(moved);
}

function staleReason(step: Step, tool: AnyTool, facts: Facts): string | undefined {
  const moved = movedFacts(step.expects, facts);
  if (moved.length > 0) return moved.map(describeMove).join("; ");
  const unmet = reasonOf(tool.check(step.args, facts));
  if (unmet !== undefined) return unmet;
  const preview = tool.preview(step.args, facts);
  return preview === step.preview
    ? undefined
    : `it would now do something else than the plan shows: ${differenceOf(step.preview, preview)}`;
}

function differenceOf(was: string, is: string): string {
  const before = was.split("\n");
  const after = is.split("\n");
  const gone = before.filter((line) => !after.includes(line)).map((line) => `was "${line.trim()}"`);
  const come = after.filter((line) => !before.includes(line)).map((line) => `is "${line.trim()}"`);
  return [...gone, ...come].slice(0, 6).join(", ");
}

function stopAfter({ log }: Run, step: Step, end: StepEnd): Stop | undefined {
  if (end.interrupted) return { outcome: "interrupted", reason: `interrupted during step ${step.id}` };
  const unrecorded = log.problem();
  if (end.state === "done" && unrecorded === undefined) return undefined;
  return {
    outcome: end.unhealthy && unrecorded === undefined ? "unhealthy" : "failed",
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
