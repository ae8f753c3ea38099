import { expect, test } from "vitest";
import { refuseUnapproved } from "../../../src/flows/applying/approval-source.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { moveStep, repairPlan, upStep } from "../../ui/sample-plans.ts";
import { localFamily } from "../../../src/targets/local/family.ts";

const plan: Plan = { ...repairPlan, steps: [moveStep, upStep, { ...moveStep, id: "s3" }] };
const nobody = { canAsk: false };

test("a plan that is approved in part is refused with all that has to be named", () => {
  expect(() => refuseUnapproved(localFamily, plan, undefined, { approve: ["s1"] }, nobody)).toThrow(
    expect.objectContaining({
      code: "approval_missing",
      message: "nobody has approved s3; nothing was changed",
      hint: "run it in a terminal, or name the steps: --approve s1,s3",
    }),
  );
  expect(() =>
    refuseUnapproved(localFamily, plan, undefined, { approve: ["s1", "s3"] }, nobody),
  ).not.toThrow();
});
