import { RepairError } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import type { ApprovalRecord } from "../core/result.ts";

/** A name that anybody can set in git is no proof of who it is; it keeps honest people from mistakes. */
export function refuseApprover(
  { osUser, gitEmail }: ApprovalRecord["approver"],
  { approvers }: Pick<Policy, "approvers">,
): void {
  if (approvers === undefined || approvers.includes(osUser) || approvers.includes(gitEmail ?? "")) return;
  throw new RepairError(
    "approval_missing",
    `the policy does not let ${gitEmail ?? osUser} approve repairs here`,
    { hint: `ask one of: ${approvers.join(", ")}` },
  );
}
