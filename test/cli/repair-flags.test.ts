import { describe, expect, test } from "vitest";
import { checkRepairFlags, type RepairFlags } from "../../src/cli/repair-flags.ts";

const check = (given: Partial<RepairFlags>) => () => checkRepairFlags({ dir: ".", ...given });

describe("checkRepairFlags", () => {
  test.each<[string, Partial<RepairFlags>, string]>([
    ["steps nobody has seen", { approve: "s1" }, "--approve needs --apply FILE"],
    ["whatever a new plan may hold", { approve: "safe" }, "--approve needs --apply FILE"],
    ["with --plan-only", { approve: "s1", planOnly: true }, "--plan-only does not go with --approve"],
    ["nothing to resume", { resume: true }, "--resume needs --apply FILE"],
    ["an exit code of no plan", { detailedExitcode: true }, "--detailed-exitcode needs --plan-only"],
    [
      "the exit code of a run",
      { detailedExitcode: true, apply: "x.plan.yaml" },
      "--detailed-exitcode needs --plan-only",
    ],
    ["a word for a time", { timeout: "abc" }, '--timeout is "abc"'],
    ["a time in the past", { timeout: "-5" }, '--timeout is "-5"'],
    ["a wrong time that nobody would use", { timeout: "0", planOnly: true }, '--timeout is "0"'],
  ])("refuses %s", (_what, given, message) => {
    expect(check(given)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining(message) }),
    );
  });

  test.each<Partial<RepairFlags>>([
    {},
    { apply: "x.plan.yaml", approve: "s1,s2", resume: true, timeout: "60" },
    { planOnly: true, detailedExitcode: true, facts: "bundle.json" },
    { timeout: "86400" },
  ])("lets pass %j", (given) => {
    expect(check(given)).not.toThrow();
  });
});
