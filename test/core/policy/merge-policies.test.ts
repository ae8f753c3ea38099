import * as fc from "../../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { catalog } from "../../../src/targets/local/tools/index.ts";
import { isNamed, sharedApprovers } from "../../../src/core/policy/approvers.ts";
import { EffectSchema, effectRank } from "../../../src/core/effect.ts";
import { mergePolicies, tightenPolicy, withoutEffect } from "../../../src/core/policy/merge-policies.ts";
import {
  defaultPolicy,
  forbidden,
  PolicyFileSchema,
  type Policy,
  type PolicyRules,
} from "../../../src/core/policy/policy.ts";
import type { ApprovalRecord } from "../../../src/core/records/result.ts";
import { checkPolicy } from "../../../src/plan/checks/check-policy.ts";
import { checkTimes } from "../../../src/plan/checks/check-times.ts";
import { planOf, recorded } from "../../plan/recorded-facts.ts";
import { localFamily } from "../../../src/targets/local/family.ts";

const tools = Object.values(catalog);
const toolNames = fc.uniqueArray(fc.constantFrom(...Object.keys(catalog)));
const approverNames = [
  "ada",
  "bob",
  "ada@example.com",
  "bob@example.com",
  "@ada",
  "@Ada",
  "@github.com/ada",
  "@git.example.com/ada",
  "@bob",
];
const approvers = approverNames.map((name): ApprovalRecord["approver"] => ({
  osUser: /^\w+$/.test(name) ? name : "nobody",
  ...(name.includes(".com") && !name.startsWith("@") && { gitEmail: name }),
  ...(name.startsWith("@") && {
    gh: {
      host: name.split("/").length > 1 ? name.slice(1).split("/")[0]! : "github.com",
      login: name.split(/[@/]/).at(-1)!,
    },
  }),
}));
const key = fc.record({ name: fc.constant("x"), keyId: fc.constantFrom("a".repeat(64), "b".repeat(64)) });

const anyRules: fc.Arbitrary<PolicyRules> = fc
  .record(
    {
      disabled: fc.boolean(),
      tools: fc.record(
        {
          allow: fc.uniqueArray(fc.constantFrom(...Object.keys(catalog)), { minLength: 1 }),
          deny: toolNames,
        },
        { requiredKeys: [] },
      ),
      highestEffect: fc.constantFrom(...EffectSchema.options),
      minimumConfidence: fc.constantFrom(0, 0.3, 0.5, 0.9, 0.99, 1),
      bounds: fc.record(
        { steps: fc.integer({ min: 1, max: 12 }), timeoutSeconds: fc.constantFrom(1, 60, 900, 3600) },
        { requiredKeys: [] },
      ),
      approvers: fc.uniqueArray(fc.constantFrom(...approverNames), { minLength: 1, maxLength: 4 }),
      trustedKeys: fc.array(key, { minLength: 1, maxLength: 2 }),
      onFailure: fc.constantFrom("restore" as const, "keep" as const),
      planLifetimeHours: fc.constantFrom(1, 8, 24, 72),
      redact: fc.record({ variables: fc.uniqueArray(fc.constantFrom("A", "B", "C")) }),
      model: fc.record({ provider: fc.constantFrom("ollama" as const, "openai" as const) }),
    },
    { requiredKeys: [] },
  )
  .filter((rules) => {
    return PolicyFileSchema.safeParse({
      apiVersion: "devlake-repair.policy/v1",
      kind: "RepairPolicy",
      ...rules,
    }).success;
  });
const anyChosen = fc
  .array(anyRules, { maxLength: 3 })
  .map((all) => mergePolicies(all.map((policy, index) => ({ policy, from: `chosen-${index}` }))));

function letsApprove({ approvers: named }: Policy, who: ApprovalRecord["approver"]): boolean {
  return named === undefined || named.some((name) => isNamed(name, who));
}

const plans = ["port-8080-process", "all-stopped", "state-file-stale", "half-created"].map((name) =>
  planOf(recorded(name)),
);

function nowhere(): undefined {
  return undefined;
}

/** Everything that a policy refuses, one line each. */
function refusals(policy: Policy): ReadonlySet<string> {
  return new Set([
    ...(policy.disabled ? ["everything"] : []),
    ...tools.filter((tool) => forbidden(policy, tool) !== undefined).map(({ name }) => `tool ${name}`),
    ...approvers.flatMap((who, index) =>
      letsApprove(policy, who) ? [] : [`approver ${approverNames[index]}`],
    ),
    ...plans.flatMap((plan) => [
      ...checkPolicy(localFamily, plan, policy, nowhere).map(
        ({ code, path }) => `${plan.metadata.name} ${code} ${path}`,
      ),
      ...checkTimes(plan.metadata, policy, nowhere).map(({ code }) => `${plan.metadata.name} ${code}`),
    ]),
  ]);
}

describe("a directory's policy", () => {
  it("never allows what was refused without it, whatever both say", () => {
    fc.assert(
      fc.property(anyChosen, anyRules, (chosen, policy) => {
        const tightened = tightenPolicy(chosen, { policy, from: "directory" });

        const still = refusals(tightened);
        expect([...refusals(chosen)].filter((refusal) => !still.has(refusal))).toEqual([]);
        expect(effectRank(tightened.highestEffect)).toBeLessThanOrEqual(effectRank(chosen.highestEffect));
        expect(tightened.maxSteps).toBeLessThanOrEqual(chosen.maxSteps);
        expect(tightened.timeoutSeconds).toBeLessThanOrEqual(chosen.timeoutSeconds);
        expect(tightened.planLifetimeHours).toBeLessThanOrEqual(chosen.planLifetimeHours);
        expect(tightened.minimumConfidence).toBeGreaterThanOrEqual(chosen.minimumConfidence);
        expect(tightened.secretVariables).toEqual(expect.arrayContaining([...chosen.secretVariables]));
        const { trustedKeys, trustedKeysFrom, model, onFailure } = chosen;
        expect(tightened).toMatchObject({ trustedKeys, trustedKeysFrom, onFailure });
        expect(tightened.model).toBe(model);
      }),
      { numRuns: 400 },
    );
  });

  it("refuses all that it says itself, beside anything, and twice is the same as once", () => {
    fc.assert(
      fc.property(anyChosen, anyRules, (chosen, policy) => {
        const tightened = tightenPolicy(chosen, { policy });

        const both = refusals(tightened);
        const alone = refusals(tightenPolicy({ ...defaultPolicy, minimumConfidence: 0 }, { policy }));
        expect([...alone].filter((refusal) => !both.has(refusal))).toEqual([]);
        expect(refusals(tightenPolicy(tightened, { policy }))).toEqual(both);
      }),
      { numRuns: 400 },
    );
  });

  it("says which of its keys have no effect", () => {
    const chosen = mergePolicies([{ policy: { bounds: { steps: 3 }, highestEffect: "safe" } }]);
    const policy: PolicyRules = {
      trustedKeys: [{ name: "x", keyId: "a".repeat(64) }],
      onFailure: "keep",
      highestEffect: "mutating",
      minimumConfidence: 0.2,
      bounds: { steps: 5, timeoutSeconds: 60 },
      planLifetimeHours: 72,
    };

    expect(withoutEffect(chosen, policy)).toEqual([
      "trustedKeys",
      "onFailure",
      "highestEffect mutating (safe holds)",
      "minimumConfidence 0.2 (0.5 holds)",
      "bounds.steps 5 (3 holds)",
      "planLifetimeHours 72 (24 holds)",
    ]);
    expect(
      withoutEffect(chosen, { highestEffect: "read", bounds: { steps: 3 }, approvers: ["ada"] }),
    ).toEqual([]);
  });
});

describe("approvers of two policies", () => {
  it.each([
    [undefined, undefined, undefined],
    [["ada"], undefined, ["ada"]],
    [undefined, ["ada"], ["ada"]],
    [["ada", "bob"], ["bob", "eve"], ["bob"]],
    [["ada"], ["@ada"], []],
    [["@Ada"], ["@ada"], ["@ada"]],
    [["@ada"], ["@git.example.com/ada"], ["@git.example.com/ada"]],
    [["@github.com/ada"], ["@git.example.com/ada"], []],
    [["Ada@example.com"], ["ada@example.com"], []],
  ])("%j and %j are %j", (one, other, both) => {
    expect(sharedApprovers(one, other)).toEqual(both);
  });
});
