import * as fc from "../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import { classify } from "../../src/targets/local/classify.ts";
import { toolNamed } from "../../src/targets/family.ts";
import { movedFacts } from "../../src/core/expectations.ts";
import type { Facts } from "../../src/core/fact.ts";
import type { Plan } from "../../src/core/plan.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import { throughFile } from "../fakes/fake-run.ts";
import { cheapest, compareCosts, costOf } from "./exhaustive-search.ts";
import {
  anyEdits,
  anyFacts,
  anyPolicy,
  counted,
  editedPlan,
  factsOf,
  numRuns,
  planOf,
  reordered,
  type Edits,
  type RandomFacts,
} from "./random-plans.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const patient = { timeout: Math.max(60_000, numRuns * 1_000) };

/** An executor without a deployment: every step meets the facts that the steps before it leave. */
function execute(plan: Plan, facts: Facts): Facts {
  let current = facts;
  for (const { id, tool: name, args, expects } of plan.steps) {
    const tool = toolNamed(localFamily, name);
    if (tool === undefined) throw new Error(`${id}: no tool ${name}`);
    const checked = tool.args.parse(args);
    expect(tool.check(checked, current), `unmet before ${id}`).toEqual([]);
    expect(movedFacts(expects, current), `moved before ${id}`).toEqual([]);
    expect(Object.keys(expects), `unexpected by ${id}`).toEqual(
      expect.arrayContaining(tool.reads(checked, current).map((ref) => ref.id)),
    );
    current = tool.simulate(checked, current);
  }
  return current;
}

function blocking(facts: Facts): readonly string[] {
  return classify(facts).flatMap(({ severity, summary }) => (severity === "blocking" ? [summary] : []));
}

function troubles(facts: Facts): number {
  return classify(facts).filter(({ severity }) => severity !== "info").length;
}

describe("whatever the compiler accepts", () => {
  const tally = { accepted: 0, refused: 0 };

  test("completes without an unmet precondition and reaches the goal", patient, async () => {
    await fc.assert(
      fc.asyncProperty(anyFacts, anyEdits, async (random: RandomFacts, edits: Edits) => {
        const facts = await factsOf(random);
        const parsed = editedPlan(facts, edits);
        if (parsed === undefined) return;
        const { diagnostics, stale } = checkPlan(localFamily, parsed, facts);
        const isAccepted = diagnostics.length === 0 && stale.length === 0;
        if (parsed.plan.steps.length > 0) tally[isAccepted ? "accepted" : "refused"]++;
        if (!isAccepted) return;

        const after = execute(parsed.plan, facts);

        if (parsed.plan.outcome === "repair") expect(blocking(after)).toEqual([]);
      }),
      { numRuns: numRuns * 3 },
    );
  });

  test("is some of what is proposed, and not all", () => {
    expect(tally.accepted).toBeGreaterThan(numRuns / 8);
    expect(tally.refused).toBeGreaterThan(numRuns / 8);
  });
});

describe("whatever the planner proposes", () => {
  test("the compiler accepts, read back from its file, under the same policy", patient, async () => {
    await fc.assert(
      fc.asyncProperty(anyFacts, anyPolicy, async (random, policy) => {
        const facts = await factsOf(random);
        const plan = planOf(facts, policy);
        const parsed = throughFile(plan);

        expect(parsed.plan).toEqual(plan);
        expect(checkPlan(localFamily, parsed, facts, policy)).toEqual({
          diagnostics: [],
          stale: [],
          unseen: [],
        });
        execute(parsed.plan, facts);
      }),
      { numRuns },
    );
  });

  test("needs each of its steps", patient, async () => {
    await fc.assert(
      fc.asyncProperty(anyFacts, async (random) => {
        const facts = await factsOf(random);
        const plan = planOf(facts);
        const left = (steps: Plan["steps"]): number => {
          const { diagnostics, stale } = checkPlan(
            localFamily,
            throughFile(counted({ ...plan, steps })),
            facts,
          );
          return diagnostics.length + stale.length;
        };

        for (const unneeded of plan.steps) {
          const steps = plan.steps.filter((step) => step !== unneeded);
          // Without it the plan is refused, or more than with it is left.
          const isRefused = steps.length > 0 && left(steps) > 0;
          if (!isRefused)
            expect(troubles(execute({ ...plan, steps }, facts))).toBeGreaterThan(
              troubles(execute(plan, facts)),
            );
        }
      }),
      { numRuns },
    );
  });

  test("costs no more than the cheapest that an exhaustive search finds", patient, async () => {
    const lengths = new Set<number>();
    await fc.assert(
      fc.asyncProperty(anyFacts, anyPolicy, async (random, policy) => {
        const facts = await factsOf(random);
        const { steps } = planOffline(localFamily, facts, policy);
        const depth = Math.min(policy.maxSteps, 5);
        const best =
          cheapest(facts, ["blocking", "degraded"], depth, policy) ??
          cheapest(facts, ["blocking"], depth, policy);

        lengths.add(steps?.length ?? -1);
        if (steps === undefined || best === undefined) expect([steps, best]).toEqual([undefined, undefined]);
        else expect(compareCosts(costOf(steps), best)).toBe(0);
      }),
      { numRuns },
    );
    expect([...lengths].filter((length) => length >= 2).length).toBeGreaterThan(0);
  });
});

test("the same facts give the same bytes, in whatever order they were collected", patient, async () => {
  await fc.assert(
    fc.asyncProperty(anyFacts, anyPolicy, async (random, policy) => {
      const facts = await factsOf(random);
      const text = writePlanFile(planOf(facts, policy));

      expect(writePlanFile(planOf(await factsOf(random), policy))).toBe(text);
      expect(writePlanFile(planOf(reordered(facts), policy))).toBe(text);
    }),
    { numRuns },
  );
});
