import { expect, test } from "vitest";
import { tooUncertain } from "../../../src/core/policy/certainty.ts";

test.each([
  [0.3, 0.5, "30% certain, the policy wants 50%"],
  [0.98, 0.981, "98% certain, the policy wants 98.1%"],
  [0.29, 0.57, "29% certain, the policy wants 57%"],
  [0.98, 0.98000001, "98% certain, the policy wants 98.000001%"],
  [0, 1, "0% certain, the policy wants 100%"],
])("%d of %d: %s", (confidence, wanted, text) => {
  expect(tooUncertain(confidence, wanted)).toBe(text);
});
