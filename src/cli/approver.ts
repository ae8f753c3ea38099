import { RepairError } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import type { ApprovalRecord } from "../core/result.ts";

type Approver = ApprovalRecord["approver"];

/** A name that anybody can set in git is no proof of who it is; it keeps honest people from mistakes. */
export function refuseApprover(approver: Approver, { approvers }: Pick<Policy, "approvers">): void {
  if (approvers === undefined || approvers.some((name) => isNamed(name, approver))) return;
  throw new RepairError(
    "approval_missing",
    `the policy does not let ${approver.gitEmail ?? approver.osUser} approve repairs here`,
    { hint: `ask one of: ${approvers.join(", ")}` },
  );
}

/** `@login` and `@host/login` are GitHub accounts, which ignore case; anything else is an address or an OS user. */
function isNamed(name: string, { osUser, gitEmail, gh }: Approver): boolean {
  if (!name.startsWith("@")) return name === osUser || name === gitEmail;
  if (gh === undefined) return false;
  const account = name.slice(1).toLowerCase();
  return account === gh.login.toLowerCase() || account === `${gh.host}/${gh.login}`.toLowerCase();
}
