import { RepairError } from "../core/errors.ts";
import type { Policy } from "../core/policy/policy.ts";

/** What `--on-failure` may be; citty wants a list that can be changed. */
export const failureModes: Policy["onFailure"][] = ["restore", "keep"];

/** `--approve`: step ids or "safe"; undefined asks at the terminal, an empty list nobody. */
export function approvalsIn(given: {
  readonly approve?: string | undefined;
  readonly noInput?: boolean | undefined;
}): readonly string[] | "safe" | undefined {
  const { approve, noInput } = given;
  if (approve === "safe") return "safe";
  if (approve === undefined) return noInput === true ? [] : undefined;
  return approve
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

/** `--timeout` or the policy's, in milliseconds. Throws `usage`. */
export function timeoutIn(
  { timeout }: { readonly timeout?: string | undefined },
  policy: Pick<Policy, "timeoutSeconds">,
): number {
  const seconds = timeout === undefined ? policy.timeoutSeconds : Number(timeout);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds * 1000;
  throw new RepairError("usage", `--timeout is "${timeout}", which is no number of seconds`, {
    hint: "give a whole number from 1 to 86400",
  });
}
