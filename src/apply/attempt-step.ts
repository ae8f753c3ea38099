import type { AnyTool, Execution } from "../catalog/define-tool.ts";
import { digestBytes } from "../core/digest.ts";
import { errorText } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import type { Json } from "../core/json.ts";
import type { Step } from "../core/plan.ts";
import type { Redact } from "../core/redact.ts";
import type { StepState } from "../core/result.ts";
import type { FreshFacts } from "./fresh-facts.ts";
import { stepContext, type RunRequest } from "./run-context.ts";

export interface StepEnd {
  readonly state: Extract<StepState, "done" | "failed" | "unknown">;
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
 */
export async function attemptStep(
  request: RunRequest,
  step: Step,
  tool: AnyTool,
  facts: Facts,
  redact: Redact,
  fresh: FreshFacts,
): Promise<StepEnd> {
  let lastMessage: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const context = stepContext(request, step, redact, tool.retry.timeoutMs);
    const undo = await prepare(request, step, tool, facts, redact);
    if (undo.kind === "failed") return ended("failed", undo.message, attempt, undefined);
    await request.journal.append({
      kind: "step_intent",
      step: step.id,
      tool: tool.name,
      version: tool.version,
      args: step.args,
      attempt,
      previewDigest: digestBytes(step.preview),
      undo: undo.record,
    });
    fresh.forget();
    const execution = await execute(() => tool.execute(step.args, facts, request.write, context), redact);
    const end = await judge(execution, step, tool, attempt, undo.record ?? undefined, fresh);
    await request.journal.append({
      kind: "step_outcome",
      step: step.id,
      attempt,
      state: end.state,
      reason: end.reason,
    });
    const mayRetry = execution.kind === "failed" && execution.transient && attempt < tool.retry.attempts;
    if (end.state !== "failed" || !mayRetry || end.reason === lastMessage) return end;
    lastMessage = end.reason;
    request.reporter.emit({ type: "step_retrying", step: step.id, attempt: attempt + 1, reason: end.reason });
    await backOff(request, attempt);
    if (request.signal.aborted) return { ...end, interrupted: true };
  }
}

async function prepare(
  request: RunRequest,
  step: Step,
  tool: AnyTool,
  facts: Facts,
  redact: Redact,
): Promise<{ kind: "ready"; record: Json } | { kind: "failed"; message: string }> {
  if (tool.prepareUndo === undefined) return { kind: "ready", record: null };
  const context = stepContext(request, step, redact, tool.retry.timeoutMs);
  try {
    return { kind: "ready", record: await tool.prepareUndo(step.args, facts, request.write, context) };
  } catch (thrown) {
    return {
      kind: "failed",
      message: `could not be prepared, so nothing was done: ${redact(errorText(thrown))}`,
    };
  }
}

async function execute(run: () => Promise<Execution>, redact: Redact): Promise<Execution> {
  try {
    return await run();
  } catch (thrown) {
    return { kind: "failed", transient: false, message: redact(errorText(thrown)) };
  }
}

async function judge(
  execution: Execution,
  step: Step,
  tool: AnyTool,
  attempt: number,
  undo: Json | undefined,
  fresh: FreshFacts,
): Promise<StepEnd> {
  if (execution.kind === "failed") return ended("failed", execution.message, attempt, undo);
  if (execution.kind === "unhealthy")
    return { ...ended("failed", execution.message, attempt, undo), unhealthy: true };
  const unmet = tool.verify(step.args, (await fresh.read()).facts).map(({ message }) => message);
  switch (execution.kind) {
    case "done":
      return unmet.length === 0
        ? ended("done", execution.note, attempt, undo)
        : ended("failed", `it ran, but did not have its effect: ${unmet.join("; ")}`, attempt, undo);
    case "unknown":
      return unmet.length === 0
        ? ended("done", `${execution.message}; its effect was then seen`, attempt, undo)
        : ended("unknown", `${execution.message}; not seen: ${unmet.join("; ")}`, attempt, undo);
    case "interrupted":
      return {
        ...(unmet.length === 0
          ? ended("done", "interrupted after it had its effect", attempt, undo)
          : ended("unknown", `interrupted; not seen: ${unmet.join("; ")}`, attempt, undo)),
        interrupted: true,
      };
  }
}

function ended(state: StepEnd["state"], reason: string, attempts: number, undo: Json | undefined): StepEnd {
  return { state, reason, attempts, undo, unhealthy: false, interrupted: false };
}

async function backOff({ clock, signal }: RunRequest, attempt: number): Promise<void> {
  try {
    await clock.wait(FIRST_BACKOFF_MS * 2 ** (attempt - 1), signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
