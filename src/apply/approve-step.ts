import { digestBytes } from "../core/digest.ts";
import { needsApproval } from "../core/effect.ts";
import type { Step } from "../core/plan.ts";
import type { ApprovalRecord } from "../core/result.ts";
import type { RunRequest } from "./run-context.ts";

export type Approval =
  | { readonly kind: "not-needed" }
  | { readonly kind: "approved"; readonly record: ApprovalRecord }
  | { readonly kind: "declined"; readonly reason: string };

/** Asks for a mutating step and keeps a record that binds the answer to this plan, step and target. */
export async function approveStep(request: RunRequest, step: Step, index: number): Promise<Approval> {
  if (!needsApproval(step.effect)) return { kind: "not-needed" };
  const { shown, details } = request.describe(step, request.plan);
  const decision = await request.approvals.request({
    step,
    index,
    of: request.plan.steps.length,
    shown,
    details,
    typeToConfirm: step.effect === "destructive" ? step.tool : undefined,
  });
  if (decision.kind !== "approved") return { kind: "declined", reason: decision.reason };
  const record: ApprovalRecord = {
    planDigest: request.planDigest,
    step: step.id,
    target: request.plan.metadata.target,
    approver: request.approver,
    how: decision.how,
    at: request.clock.now().toISOString(),
    shownDigest: digestBytes(shown),
  };
  await request.journal.append({ kind: "approval", record });
  return { kind: "approved", record };
}
