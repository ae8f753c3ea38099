import * as fc from "../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { toolNamed } from "../../src/targets/family.ts";
import type { RunEvent } from "../../src/core/records/events.ts";
import { MAX_STEPS } from "../../src/core/plan.ts";
import { parsePlanFile, writePlanFile } from "../../src/plan/files/plan-file.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import { answers, endsHalfway, throwsAfter, throwsBefore, type Fault } from "../fakes/faults.ts";
import { anyRun, holdsFor, numRuns, patient } from "./plan-and-run.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const transient = "dial tcp: i/o timeout\n";
const permanent = "manifest unknown\n";

describe("law 6: everything has an end", () => {
  it("a plan has 12 steps at most", async () => {
    const { plan } = await planFor(worlds.portConflictWorld());
    const [step] = plan.steps;
    if (step === undefined) throw new Error("no step");
    const ofLength = (length: number) =>
      writePlanFile({
        ...plan,
        steps: Array.from({ length }, (_unused, at) => ({ ...step, id: `s${at + 1}` })),
      });

    expect(parsePlanFile(ofLength(MAX_STEPS)).kind).toBe("ok");
    expect(parsePlanFile(ofLength(MAX_STEPS + 1)).kind).toBe("refused");
    expect(MAX_STEPS).toBe(12);
  });

  it(
    "a step has no more attempts than its tool allows, and a run no more time than it got",
    patient,
    async () => {
      const timeoutMs = 45_000;
      // One attempt may end late by what it cannot interrupt; health is watched for 30 s at most.
      const slack = 45_000;

      await holdsFor(
        anyRun,
        ({ world, ran, startedAtMs }) => {
          for (const { tool, attempts } of ran?.account.steps ?? [])
            expect(attempts).toBeLessThanOrEqual(
              Math.min(3, toolNamed(localFamily, tool)?.retry.attempts ?? 0),
            );
          expect(world.clock.monotonicMs() - startedAtMs).toBeLessThan(timeoutMs + slack);
        },
        { timeoutMs },
      );
    },
  );

  it(
    "only transient failures are tried again, after a wait, and never one that came twice",
    patient,
    async () => {
      const stderr = fc.constantFrom(transient, permanent, "read: connection reset by peer\n");
      await fc.assert(
        fc.asyncProperty(
          fc.array(stderr, { minLength: 1, maxLength: 4 }),
          fc.boolean(),
          async (errors, half) => {
            const world = worlds.freshWorld();
            const { plan } = await planFor(world);
            errors.forEach((text, index) => {
              const answer = { kind: "failed", exitCode: 1, stderr: text };
              const at = { nth: index + 1 };
              world.faults.add(
                half
                  ? endsHalfway("compose.createMissing", answer, at)
                  : answers("compose.createMissing", answer, "none", at),
              );
            });

            const { journal } = await run(world, plan);

            const outcomes = journal.entries.flatMap((entry) =>
              entry.kind === "step_outcome" ? [entry] : [],
            );
            outcomes.slice(0, -1).forEach(({ reason }, index) => {
              expect(reason).not.toContain("manifest unknown");
              expect(outcomes.slice(0, index).map((earlier) => earlier.reason)).not.toContain(reason);
            });
            // Each attempt ends at its first call that fails; one that works makes as many as there are groups to wait for.
            const failed = outcomes.filter(({ state }) => state !== "done").length;
            const calls = world.faults.next("compose.createMissing") - 1;
            if (failed === outcomes.length) expect(calls).toBe(failed);
            else expect(calls).toBeGreaterThan(failed);
          },
        ),
        { numRuns },
      );
    },
  );

  it("what is left of the time is whole milliseconds, whatever the clock says", patient, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 60, max: 400 }),
        fc.double({ min: 0, max: 20_000, noNaN: true }),
        fc.constantFrom(worlds.portConflictWorld, worlds.freshWorld, worlds.stoppedWorld),
        async (seconds, lateMs, make) => {
          const world = make();
          const { plan } = await planFor(world);
          // Time passes in fractions of a millisecond, as it does for the real clock.
          const onEvent = ({ type }: RunEvent): void => {
            if (type === "step_started") world.clock.pass(lateMs);
          };

          const { account } = await run(world, plan, { timeoutMs: seconds * 1000, onEvent });

          expect(account.steps.map(({ state, reason }) => [state, reason])).not.toContainEqual([
            "unknown",
            expect.anything(),
          ]);
          expect(account.outcome).toBe("repaired");
        },
      ),
      { numRuns },
    );
  });

  it("a mutation that timed out is unknown or seen, and never blindly repeated", patient, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("whole" as const, "none" as const, "half" as const),
        fc.constantFrom("compose.createMissing" as const, "docker.startContainer" as const),
        async (effect, operation) => {
          const world =
            operation === "compose.createMissing" ? worlds.freshWorld() : worlds.stoppedWorld(["config-ui"]);
          const { plan } = await planFor(world);
          world.faults.add(tooLate(operation, effect));

          const { account } = await run(world, plan);

          expect(world.faults.next(operation)).toBe(2);
          expect(["unknown", "done"]).toContain(account.steps[0]?.state);
          if (effect !== "whole") expect(account.outcome).toBe("failed");
        },
      ),
      { numRuns: 12 },
    );
  });
});

/** Compose ends by a value, the engine's call by an error; an engine's start knows no half. */
function tooLate(
  operation: "compose.createMissing" | "docker.startContainer",
  effect: "whole" | "none" | "half",
): Fault {
  if (operation === "compose.createMissing") {
    const late = { kind: "timed_out" };
    return effect === "half" ? endsHalfway(operation, late) : answers(operation, late, effect);
  }
  const late = Object.assign(new Error("it did not answer within 60 s"), { failure: "timed_out" });
  return effect === "whole" ? throwsAfter(operation, late) : throwsBefore(operation, late);
}
