import { describe, expect, it } from "vitest";
import { exitCodeOf, exitCodeOfPlan, exitCodeOfRun, exitCodes } from "../../src/cli/exit-code.ts";
import type { ErrorCode } from "../../src/core/errors.ts";
import { RunOutcomeSchema } from "../../src/core/result.ts";

describe("exit codes", () => {
  it("are those of the documented table, each once", () => {
    expect(Object.values(exitCodes)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130]);
  });

  it.each<[ErrorCode, number]>([
    ["usage", 9],
    ["bad_facts_file", 9],
    ["bad_plan", 9],
    ["bad_result", 9],
    ["file_exists", 9],
    ["file_unreadable", 9],
    ["file_unwritable", 9],
    ["no_compose_file", 9],
    ["wrong_target", 9],
    ["signing_key", 9],
    ["approval_missing", 4],
    ["declined", 4],
    ["plan_expired", 4],
    ["plan_spent", 4],
    ["plan_stale", 5],
    ["locked", 10],
    ["interrupted", 130],
    ["internal", 1],
  ])("error %s ends with %i", (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it("only a repaired and verified run ends with 0", () => {
    const zero = RunOutcomeSchema.options.filter((outcome) => exitCodeOfRun(outcome) === 0);

    expect(zero).toEqual(["repaired"]);
  });

  it.each([
    ["unhealthy", 8],
    ["declined", 4],
    ["stale", 5],
    ["failed-restored", 6],
    ["failed", 7],
    ["interrupted", 130],
  ] as const)("run %s ends with %i", (outcome, code) => {
    expect(exitCodeOfRun(outcome)).toBe(code);
  });

  it("a plan with steps is told from a healthy deployment only when asked", () => {
    expect(exitCodeOfPlan("repair")).toBe(0);
    expect(exitCodeOfPlan("repair", { detailed: true })).toBe(2);
    expect(exitCodeOfPlan("healthy", { detailed: true })).toBe(0);
    expect(exitCodeOfPlan("escalate")).toBe(3);
    expect(exitCodeOfPlan("escalate", { detailed: true })).toBe(3);
  });
});
