import type { AnyTool } from "../targets/define-tool.ts";
import { digestBytes } from "../core/text/digest.ts";
import { needsApproval } from "../core/effect.ts";
import { errorText } from "../core/errors.ts";
import { sameJson } from "../core/text/json.ts";
import type { Step } from "../core/plan.ts";
import type { ApprovalRecord } from "../core/records/result.ts";
import { uncomparedText, type MaskedSetting } from "../core/reviewed-values.ts";
import type { ApprovalDecision, ApprovalRequest } from "../ports/approval.ts";
import type { Run } from "./run-context.ts";

export type Approval =
  | { readonly kind: "not-needed" }
  | { readonly kind: "approved"; readonly record: ApprovalRecord }
  | { readonly kind: "declined"; readonly reason: string }
  /** It was given, but no record of it could be kept. */
  | { readonly kind: "unrecorded" };

interface StepToApprove {
  readonly step: Step;
  readonly tool: AnyTool;
  readonly index: number;
  /** Settings that nobody could compare with those of when the plan was made. */
  readonly uncompared: readonly MaskedSetting[];
}

/**
 * Asks for a mutating step and keeps a record that binds the answer to this plan, step and target.
 * `earlier`: what the journal of a run that was cut off holds; when it says the same, nobody is asked twice.
 */
export async function approveStep(
  run: Run,
  { step, tool, index, uncompared }: StepToApprove,
  earlier: ApprovalRecord | undefined,
): Promise<Approval> {
  if (!needsApproval(tool.effect)) return { kind: "not-needed" };
  const { request, log, deadline } = run;
  const { shown, details } = request.describe(step, uncompared);
  if (earlier !== undefined && covers(earlier, run, step, shown))
    return { kind: "approved", record: earlier };
  // Whoever approved it beforehand does not see the question.
  if (uncompared.length > 0)
    request.reporter.emit({ type: "note", text: `step ${step.id}: ${uncomparedText(uncompared)}` });
  const decision = await deadline.whileAsked(() =>
    ask(run, {
      step,
      index,
      of: request.plan.steps.length,
      shown,
      details,
      typeToConfirm: tool.effect === "destructive" ? step.tool : undefined,
      coveredBySafe: tool.coveredBySafe === true,
    }),
  );
  if (decision.kind !== "approved") return { kind: "declined", reason: decision.reason };
  const record: ApprovalRecord = {
    planDigest: request.planDigest,
    step: step.id,
    target: request.plan.metadata.target,
    approver: request.approver,
    how: decision.how,
    at: request.clock.now().toISOString(),
    shownDigest: digestBytes(shown),
    ...(request.policies !== undefined && { policies: request.policies }),
  };
  return (await log.record({ kind: "approval", record }))
    ? { kind: "approved", record }
    : { kind: "unrecorded" };
}

function covers(record: ApprovalRecord, { request }: Run, step: Step, shown: string): boolean {
  return (
    record.planDigest === request.planDigest &&
    record.step === step.id &&
    sameJson(record.target, request.plan.metadata.target) &&
    record.shownDigest === digestBytes(shown)
  );
}

/** A source that breaks has approved nothing. */
async function ask({ request, fresh }: Run, wanted: ApprovalRequest): Promise<ApprovalDecision> {
  try {
    return await request.approvals.request(wanted);
  } catch (thrown) {
    return { kind: "missing", reason: `nobody could be asked: ${fresh.redact(errorText(thrown))}` };
  }
}
