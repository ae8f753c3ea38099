import type { ApprovalDecision, ApprovalRequest, ApprovalSource } from "../../ports/approval.ts";

const SAFE = "safe";

/**
 * The approvals of `--approve`: the steps named by id, and with `safe` those whose tool says that it covers them. All
 * others are only ever approved by their id.
 */
export function approvalFromFlags(ids: readonly string[] | "safe"): ApprovalSource {
  const named = namesOf(ids);
  return { request: (request) => Promise.resolve(decide(request, named)) };
}

function decide({ step, coveredBySafe }: ApprovalRequest, named: readonly string[]): ApprovalDecision {
  const bySafe = named.includes(SAFE) && coveredBySafe === true && step.effect !== "destructive";
  if (bySafe || named.includes(step.id)) return { kind: "approved", how: "flag" };
  const needs = named.includes(SAFE) ? "is not covered by safe" : "is not approved";
  return {
    kind: "missing",
    reason: `step ${step.id} (${step.tool}) ${needs}: add its id, --approve ${[...named, step.id].join(",")}`,
  };
}

function namesOf(ids: readonly string[] | "safe"): readonly string[] {
  return ids === SAFE ? [SAFE] : ids;
}
