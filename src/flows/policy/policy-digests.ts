import type { Policy } from "../../core/policy/policy.ts";
import type { ApprovalRecord } from "../../core/records/result.ts";

/** What an approval says of the policies under which it was given; undefined when there was none. */
export function policyDigests({ files }: Pick<Policy, "files">): ApprovalRecord["policies"] {
  return files.length === 0 ? undefined : files.map(({ digest }) => digest);
}
