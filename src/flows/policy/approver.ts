import { isNamed } from "../../core/policy/approvers.ts";
import { RepairError } from "../../core/errors.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { ApprovalRecord } from "../../core/records/result.ts";

/** A name that anybody can set in git is no proof of who it is; it keeps honest people from mistakes. */
export function refuseApprover(
  approver: ApprovalRecord["approver"],
  { approvers, approversFrom = [] }: Pick<Policy, "approvers"> & Partial<Pick<Policy, "approversFrom">>,
): void {
  if (approvers === undefined || approvers.some((name) => isNamed(name, approver))) return;
  if (approvers.length === 0) {
    const files = approversFrom.map((file) => `"${file}"`).join(" and ");
    throw new RepairError(
      "approval_missing",
      `nobody may approve repairs here: the approvers of ${files} have no name in common`,
      { hint: "only who stands in both may approve: write the same name into both files" },
    );
  }
  throw new RepairError(
    "approval_missing",
    `the policy does not let ${approver.gitEmail ?? approver.osUser} approve repairs here`,
    { hint: `ask one of: ${approvers.join(", ")}` },
  );
}
