import { describe, expect, it } from "vitest";
import {
  exitCodeOf,
  exitCodeOfPlan,
  exitCodeOfRun,
  exitCodeOfUndo,
  exitCodes,
} from "../../src/cli/exit-code.ts";
import type { ErrorCode } from "../../src/core/errors.ts";
import { RunOutcomeSchema } from "../../src/core/records/result.ts";
import type { UndoAccount, UndoState } from "../../src/core/records/undo-account.ts";
import { restoredAccount } from "../ui/sample-undo.ts";

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

describe("the exit code of an undo", () => {
  it.each([
    ["all is back", account("restored", "restored", "skipped"), 0],
    ["a refusal alone is in the way", account("partly-restored", "declined", "restored"), 4],
    ["all has moved", account("not-restored", "stale", "skipped"), 5],
    ["a part has moved", account("partly-restored", "stale", "restored"), 7],
    ["a step failed", account("not-restored", "failed", "declined"), 7],
    ["nothing could be begun", account("not-restored", "not-run"), 7],
    ["only the journal failed", account("partly-restored", "restored"), 7],
    ["it was interrupted", { ...account("not-restored", "not-run"), interrupted: true }, 130],
  ])("when %s", (_what, undone, code) => {
    expect(exitCodeOfUndo(undone)).toBe(code);
  });
});

function account(outcome: UndoAccount["outcome"], ...states: readonly UndoState[]): UndoAccount {
  const [step] = restoredAccount.steps;
  if (step === undefined) throw new Error("the sample has steps");
  return { ...restoredAccount, outcome, steps: states.map((state) => ({ ...step, state })) };
}
