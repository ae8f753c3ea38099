import * as fc from "../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { approvalFromFlags } from "../../src/adapters/terminal/flag-approval.ts";
import { toolNamed } from "../../src/targets/family.ts";
import { digestBytes } from "../../src/core/text/digest.ts";
import { needsApproval } from "../../src/core/effect.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run, throughFile } from "../fakes/fake-run.ts";
import { anyRun, holdsFor, patient } from "./plan-and-run.ts";
import { localFamily } from "../../src/targets/local/family.ts";

describe("law 4: nothing mutating runs without an approval that names the plan and the step", () => {
  it("whatever is broken, planned, answered and goes wrong", patient, async () => {
    await holdsFor(anyRun, ({ plan, ran }) => {
      const digest = digestBytes(writePlanFile(plan));
      const approved = new Set<string>();
      for (const entry of ran?.journal.entries ?? []) {
        if (entry.kind === "approval") {
          expect(entry.record).toMatchObject({ planDigest: digest, target: plan.metadata.target });
          approved.add(entry.record.step);
        }
        if (entry.kind !== "step_intent") continue;
        const effect = toolNamed(localFamily, entry.tool)?.effect ?? "destructive";
        expect(needsApproval(effect) && !approved.has(entry.step)).toBe(false);
      }
    });
  });

  it("and nothing at all runs after a refusal", patient, async () => {
    await holdsFor(anyRun, ({ ran }) => {
      const at = ran?.account.steps.findIndex(({ state }) => state === "declined") ?? -1;
      if (at < 0) return;
      expect(ran?.account.steps.slice(at + 1).every(({ state }) => state === "not-run")).toBe(true);
      expect(ran?.account.outcome).toBe("declined");
    });
  });

  it("an approval is for one plan: any edit of it gives another digest", async () => {
    const { plan } = await planFor(worlds.portConflictWorld());
    const [step, ...rest] = plan.steps;
    if (step === undefined) throw new Error("no step");
    const edited = { ...plan, steps: [{ ...step, why: `${step.why}.` }, ...rest] };

    const first = await run(worlds.portConflictWorld(), plan);
    const second = await run(worlds.portConflictWorld(), edited);

    const digests = [first, second].map(({ account }) => account.steps[0]?.approval?.planDigest);
    expect(digests).toEqual([plan, edited].map((one) => digestBytes(writePlanFile(one))));
    expect(digests[0]).not.toBe(digests[1]);
    expect(second.asked).toHaveLength(first.asked.length);
  });

  it("a plan cannot talk its way out of approval", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    const harmless = { ...plan, steps: plan.steps.map((step) => ({ ...step, effect: "read" as const })) };
    const { facts } = await world.eyes().inspect();

    const check = checkPlan(localFamily, throughFile(harmless), facts);
    const ran = await run(world, harmless);

    expect(check.diagnostics.map(({ code }) => code)).toContain("P0406");
    expect(ran.account.steps.every(({ state }) => state === "not-run")).toBe(true);
    expect(world.writes()).toEqual([]);
  });

  it("a blanket yes covers only what its tool says, and no destructive step: only its own id does", async () => {
    const { plan } = await planFor(worlds.portConflictWorld());
    const [step] = plan.steps;
    if (step === undefined) throw new Error("no step");
    const asked = { index: 0, of: 1, shown: "", details: "", typeToConfirm: undefined };

    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.constant("safe" as const),
          fc.array(fc.constantFrom("s1", "s2", "safe", "all", "*", "yes")),
        ),
        fc.constantFrom("mutating" as const, "destructive" as const),
        fc.boolean(),
        async (flags, effect, coveredBySafe) => {
          const decision = await approvalFromFlags(flags).request({
            ...asked,
            step: { ...step, id: "s1", effect },
            coveredBySafe,
          });

          const named = flags !== "safe" && flags.includes("s1");
          const blanket = flags === "safe" || flags.includes("safe");
          const isCovered = blanket && coveredBySafe && effect !== "destructive";
          expect(decision.kind).toBe(named || isCovered ? "approved" : "missing");
        },
      ),
    );
  });
});
