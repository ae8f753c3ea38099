import type { AnyTool, Execution } from "../targets/define-tool.ts";
import { digestBytes } from "../core/text/digest.ts";
import { errorText, RepairError } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import type { Json } from "../core/text/json.ts";
import type { Step } from "../core/plan.ts";
import type { Redact } from "../core/masking/redact.ts";
import type { StepState } from "../core/records/result.ts";
import { judgeExecution } from "./judge-execution.ts";
import { unreviewedReason } from "./reviewed-step.ts";
import { stepContext, type Run } from "./run-context.ts";

export interface StepEnd {
  readonly state: Extract<StepState, "done" | "failed" | "unknown" | "not-run">;
  readonly reason: string;
  readonly attempts: number;
  /** What `undo` needs; undefined when nothing was begun or nothing can be undone. */
  readonly undo: Json | undefined;
  /** The change was made, but DevLake is not healthy. */
  readonly unhealthy: boolean;
  readonly interrupted: boolean;
}

const FIRST_BACKOFF_MS = 1_000;

/**
 * Runs one approved step: intent into the journal, execute, verify on facts read afterwards, outcome
 * into the journal. Only transient failures are tried again, and never the same error twice.
 * `attempted`: attempts of a run that was cut off; they count.
 */
export async function attemptStep(
  run: Run,
  step: Step,
  tool: AnyTool,
  facts: Facts,
  attempted: number,
): Promise<StepEnd> {
  let current = facts;
  let last: StepEnd | undefined;
  for (let attempt = attempted + 1; ; attempt++) {
    const { end, transient } = await attemptOnce(run, step, tool, current, attempt, last);
    const isSameAgain = last !== undefined && end.reason === last.reason;
    if (end.state !== "failed" || !transient || attempt >= tool.retry.attempts || isSameAgain) return end;
    last = end;
    const next = await prepareRetry(run, step, tool, end);
    if ("state" in next) return next;
    current = next.facts;
  }
}

/** Waits, and looks whether the step may still run; what it has done itself so far is no obstacle. */
async function prepareRetry(
  run: Run,
  step: Step,
  tool: AnyTool,
  end: StepEnd,
): Promise<StepEnd | { readonly facts: Facts }> {
  const { request, fresh, deadline } = run;
  // Not all at the same moment, when several deployments were turned away at the same moment.
  const jitter = 1 + request.random() / 2;
  const wait = Math.round(FIRST_BACKOFF_MS * 2 ** (end.attempts - 1) * jitter);
  const stay = (why: string): StepEnd => ({ ...end, reason: `${end.reason}; not tried again: ${why}` });
  if (deadline.remainingMs() <= wait) return stay("the time of the run is over");
  request.reporter.emit({
    type: "step_retrying",
    step: step.id,
    attempt: end.attempts + 1,
    reason: end.reason,
  });
  try {
    await request.clock.wait(wait, request.signal);
  } catch (thrown) {
    if (!request.signal.aborted) throw thrown;
  }
  if (request.signal.aborted) return { ...stay("interrupted"), interrupted: true };
  fresh.forget();
  const reading = await fresh.read();
  if (reading.kind === "unreadable") return stay(reading.reason);
  const moved = unreviewedReason(run, step, reading.facts, reading.readMasked);
  if (moved !== undefined) return stay(fresh.redact(moved));
  const unmet = (tool.again ?? tool).check(step.args, reading.facts).map(({ message }) => message);
  return unmet.length > 0 ? stay(unmet.join("; ")) : { facts: reading.facts };
}

async function attemptOnce(
  run: Run,
  step: Step,
  tool: AnyTool,
  facts: Facts,
  attempt: number,
  last: StepEnd | undefined,
): Promise<{ readonly end: StepEnd; readonly transient: boolean }> {
  const { log, fresh, deadline, request } = run;
  // Never 0, which would mean no limit at all.
  const timeoutMs = Math.max(1, Math.min(tool.retry.timeoutMs, deadline.remainingMs()));
  const ended = (state: StepEnd["state"], reason: string, undo?: Json): StepEnd => ({
    state,
    reason,
    attempts: attempt,
    undo,
    unhealthy: false,
    interrupted: false,
  });
  const undo = await prepareUndo(run, step, tool, facts, timeoutMs);
  if ("problem" in undo) return { end: ended("failed", undo.problem), transient: false };
  const announced = await log.record({
    kind: "step_intent",
    step: step.id,
    tool: tool.name,
    version: tool.version,
    args: step.args,
    attempt,
    previewDigest: digestBytes(step.preview),
    undo: undo.record,
  });
  if (!announced) {
    const why = `${log.problem() ?? "the journal failed"}; what is not recorded is not done`;
    const end = last === undefined ? ended("not-run", why) : { ...last, reason: `${last.reason}; ${why}` };
    return { end, transient: false };
  }
  fresh.forget();
  const context = stepContext(run, step, timeoutMs);
  const execution = await execute(() => tool.execute(step.args, facts, request.write, context), fresh.redact);
  const { state, reason } = await judgeExecution(execution, step, tool, fresh);
  const transient = execution.kind === "failed" && execution.transient;
  const recorded = await log.record({
    kind: "step_outcome",
    step: step.id,
    attempt,
    state,
    reason,
    ...(transient && { transient }),
  });
  const record = undo.record ?? undefined;
  const end = recorded
    ? ended(state, reason, record)
    : ended(
        "unknown",
        `${reason} (${state}), but this could not be recorded: ${log.problem() ?? ""}`,
        record,
      );
  return {
    end: {
      ...end,
      unhealthy: execution.kind === "unhealthy",
      interrupted: execution.kind === "interrupted",
    },
    transient,
  };
}

async function prepareUndo(
  run: Run,
  step: Step,
  tool: AnyTool,
  facts: Facts,
  timeoutMs: number,
): Promise<{ readonly record: Json } | { readonly problem: string }> {
  if (tool.prepareUndo === undefined) return { record: null };
  const context = stepContext(run, step, timeoutMs);
  try {
    return { record: await tool.prepareUndo(step.args, facts, run.request.write, context) };
  } catch (thrown) {
    const why = run.fresh.redact(errorText(thrown));
    return { problem: `could not be prepared, so nothing was done: ${why}` };
  }
}

/** The ports throw a RepairError when they did nothing; after any other error nobody knows what was done. */
async function execute(run: () => Promise<Execution>, redact: Redact): Promise<Execution> {
  try {
    return await run();
  } catch (thrown) {
    const message = redact(errorText(thrown));
    if (thrown instanceof RepairError) return { kind: "failed", transient: false, message };
    return { kind: "unknown", message };
  }
}
