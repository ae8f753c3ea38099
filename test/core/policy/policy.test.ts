import { describe, expect, it } from "vitest";
import { mergePolicies } from "../../../src/core/policy/merge-policies.ts";
import { defaultPolicy, forbidden, PolicyFileSchema } from "../../../src/core/policy/policy.ts";

describe("mergePolicies", () => {
  it("is the default when nobody says anything", () => {
    expect(mergePolicies([])).toEqual(defaultPolicy);
  });

  it("takes each key from the strongest policy that has it", () => {
    const merged = mergePolicies([
      { policy: { bounds: { steps: 3 } } },
      { policy: { bounds: { steps: 5, timeoutSeconds: 60 }, minimumConfidence: 0.9 } },
    ]);

    expect(merged).toMatchObject({ maxSteps: 3, timeoutSeconds: 60, minimumConfidence: 0.9 });
  });

  it("keeps repairs disabled wherever that is said, also below a policy that says otherwise", () => {
    expect(mergePolicies([{ policy: { disabled: false } }, { policy: { disabled: true } }]).disabled).toBe(
      true,
    );
  });

  it("adds secret variables up", () => {
    const merged = mergePolicies([
      { policy: { redact: { variables: ["A"] } } },
      { policy: { redact: { variables: ["B", "A"] } } },
    ]);

    expect(merged.secretVariables).toEqual(["A", "B"]);
  });
});

describe("forbidden", () => {
  const tool = { name: "rewrite_local_ports_to_alt_bundle", effect: "mutating" } as const;

  it("allows every tool by default", () => {
    expect(forbidden(defaultPolicy, tool)).toBeUndefined();
  });

  it("denies by name, also what is allowed by name", () => {
    expect(forbidden({ ...defaultPolicy, allow: [tool.name], deny: [tool.name] }, tool)).toMatch(/denies/);
  });

  it("denies what is not on the list of allowed tools", () => {
    expect(forbidden({ ...defaultPolicy, allow: ["wait_until_healthy"] }, tool)).toMatch(
      /allows only wait_until_healthy/,
    );
  });

  it.each([
    ["read", true],
    ["safe", true],
    ["mutating", false],
    ["destructive", false],
  ] as const)("with highest effect %s a mutating tool is forbidden: %s", (highestEffect, isForbidden) => {
    expect(forbidden({ ...defaultPolicy, highestEffect }, tool) !== undefined).toBe(isForbidden);
  });
});

describe("PolicyFileSchema", () => {
  const policy = { apiVersion: "devlake-repair.policy/v1", kind: "RepairPolicy" };

  it.each([
    ["an unknown key", { ...policy, maxEffect: "safe" }],
    ["an unknown key inside", { ...policy, tools: { only: [] } }],
    ["an unknown effect", { ...policy, highestEffect: "dangerous" }],
    ["another version", { ...policy, apiVersion: "devlake-repair.policy/v2" }],
    ["more steps than any plan may have", { ...policy, bounds: { steps: 13 } }],
  ])("refuses %s", (_what, file) => {
    expect(PolicyFileSchema.safeParse(file).success).toBe(false);
  });
});
