import { expect, test } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import { checkStructure } from "../../../src/plan/checks/check-structure.ts";
import { localFamily } from "../../../src/targets/local/family.ts";
import { parsed, planOf, recorded } from "../recorded-facts.ts";

const plan = planOf(recorded("port-8080-process"));
const { metadata, findings, verify } = plan;
const { identity } = metadata.target;

function withTarget(change: Partial<Plan["metadata"]["target"]>): Plan {
  return { ...plan, metadata: { ...metadata, target: { ...metadata.target, ...change } } };
}

test("a plan of the rules holds nothing that its kind of target does not have", () => {
  expect(checkStructure(localFamily, parsed(plan))).toEqual([]);
});

test.each<[string, Plan, string, RegExp]>([
  [
    "a class of findings",
    { ...plan, findings: findings.map((finding) => ({ ...finding, class: "nothing" })) },
    "findings.0.class",
    /no class of findings "nothing"/,
  ],
  ["a health check", { ...plan, verify: [...verify, "sound"] }, `verify.${verify.length}`, /"sound"/],
  ["an identity with more", withTarget({ identity: { ...identity, more: 1 } }), "metadata.target", /more/],
  ["an identity with less", withTarget({ identity: {} }), "metadata.target", /volumes/],
])("%s that there is not is refused at its place", (_what, changed, path, message) => {
  expect(checkStructure(localFamily, parsed(changed))).toContainEqual(
    expect.objectContaining({ code: "P0202", path, message: expect.stringMatching(message) }),
  );
});
