import { describe, expect, it } from "vitest";
import type { Effect } from "../../../src/core/effect.ts";
import { approvalFromFlags } from "../../../src/adapters/terminal/flag-approval.ts";
import type { ApprovalRequest } from "../../../src/ports/approval.ts";
import { moveStep } from "../../ui/sample-plans.ts";

function requestFor(id: string, effect: Effect, coveredBySafe = true): ApprovalRequest {
  const step = { ...moveStep, id, effect };
  return { step, index: 0, of: 2, shown: "", details: "", typeToConfirm: undefined, coveredBySafe };
}

describe("approvalFromFlags", () => {
  it.each([
    [["s1"], "s1", "mutating", "approved"],
    [["s1"], "s2", "mutating", "missing"],
    [["s1"], "s11", "mutating", "missing"],
    [[], "s1", "mutating", "missing"],
    ["safe", "s1", "mutating", "approved"],
    ["safe", "s1", "destructive", "missing"],
    [["s1"], "s1", "destructive", "approved"],
    [["safe", "s3"], "s3", "destructive", "approved"],
    [["safe", "s3"], "s4", "destructive", "missing"],
  ] as const)("with %j decides on %s, %s: %s", async (ids, id, effect, kind) => {
    const decision = await approvalFromFlags(ids).request(requestFor(id, effect));

    expect(decision.kind).toBe(kind);
    if (decision.kind === "approved") expect(decision.how).toBe("flag");
  });

  it("with safe approves no mutating step whose tool does not say that safe covers it", async () => {
    const decision = await approvalFromFlags("safe").request(requestFor("s1", "mutating", false));

    expect(decision.kind).toBe("missing");
    expect(
      await approvalFromFlags(["safe", "s1"]).request(requestFor("s1", "mutating", false)),
    ).toMatchObject({ kind: "approved" });
  });

  it("names the flag that is missing", async () => {
    const asked = [requestFor("s2", "mutating"), requestFor("s3", "destructive")] as const;

    expect(await approvalFromFlags(["s1"]).request(asked[0])).toMatchObject({
      reason: "step s2 (rewrite_local_ports_to_alt_bundle) is not approved: add its id, --approve s1,s2",
    });
    expect(await approvalFromFlags("safe").request(asked[1])).toMatchObject({
      reason:
        "step s3 (rewrite_local_ports_to_alt_bundle) is not covered by safe: add its id, --approve safe,s3",
    });
  });
});
