import * as fc from "../seeded-fast-check.ts";
import { catalog } from "../../src/targets/local/tools/index.ts";
import type { FactEntry, Facts } from "../../src/core/fact.ts";
import { EffectSchema } from "../../src/core/effect.ts";
import type { Plan, Step } from "../../src/core/plan.ts";
import { defaultPolicy, type Policy } from "../../src/core/policy/policy.ts";
import { assemblePlan } from "../../src/plan/assemble.ts";
import type { ParsedPlan } from "../../src/plan/files/plan-file.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import type { StepDraft } from "../../src/plan/simulate.ts";
import { RefusedPlan, targetOf, throughFile } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { anyStep, brokenWorld } from "../fakes/random-worlds.ts";
import { localFamily } from "../../src/targets/local/family.ts";

/** `LAW_RUNS=2000 npx vitest run --project unit test/plan/compiler-properties.test.ts` looks longer. */
export const numRuns = Number(process.env["LAW_RUNS"] ?? 40);

/** What an inspection saw of a broken deployment; sometimes it could not see everything. */
export interface RandomFacts {
  readonly world: { readonly make: () => FakeWorld };
  /** Numbers of facts that were not collected. */
  readonly unseen: readonly number[];
}

export const anyFacts: fc.Arbitrary<RandomFacts> = fc.record({
  world: brokenWorld,
  unseen: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 3 }) },
  ),
});

export async function factsOf({ world, unseen }: RandomFacts): Promise<Facts> {
  const { facts } = await world.make().eyes().inspect();
  const ids = [...facts.keys()];
  const gone = new Set(unseen.map((number) => ids[number % ids.length]));
  return new Map([...facts].filter(([id]) => !gone.has(id)));
}

/** The same facts, collected in another order. */
export function reordered(facts: Facts): Facts {
  const entries: readonly (readonly [string, FactEntry])[] = [...facts].sort(([a], [b]) => (a < b ? 1 : -1));
  return new Map(entries);
}

export const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    deny: fc.uniqueArray(fc.constantFrom(...Object.keys(catalog)), { maxLength: 2 }),
    highestEffect: fc.constantFrom("destructive", "mutating", "mutating", "safe", ...EffectSchema.options),
    maxSteps: fc.integer({ min: 1, max: defaultPolicy.maxSteps }),
    minimumConfidence: fc.constantFrom(0, 0.5, 0.9),
  })
  .map((parts) => ({ ...defaultPolicy, ...parts }));

/** What the offline planner makes of the facts. */
export function planOf(facts: Facts, policy: Policy = defaultPolicy): Plan {
  return assembled(facts, planOffline(localFamily, facts, policy).steps, policy);
}

function assembled(facts: Facts, steps: readonly StepDraft[] | undefined, policy: Policy): Plan {
  const createdAt = new Date("2026-11-22T10:15:00Z");
  return assemblePlan(
    facts,
    { steps, rejected: [] },
    { family: localFamily, target: targetOf(facts), createdAt, policy },
  );
}

/** How a person or a model comes by a plan. */
export interface Edits {
  /** Steps instead of the planner's, or before and after them. */
  readonly steps: readonly StepDraft[];
  readonly where: "alone" | "before" | "after" | "unused";
  /** Numbers of the steps that the edited plan has, in its order: some may be missing, some stand twice. */
  readonly order: readonly number[] | undefined;
  /** Numbers of the steps whose claims are taken back, so that they claim to depend on nothing. */
  readonly blind: readonly number[];
}

export const anyEdits: fc.Arbitrary<Edits> = fc.record({
  steps: fc.array(anyStep, { minLength: 1, maxLength: 3 }),
  where: fc.constantFrom("alone", "before", "after", "unused", "unused"),
  order: fc.option(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }), {
    nil: undefined,
    freq: 2,
  }),
  blind: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat({ max: 5 }), { maxLength: 1 }) },
  ),
});

/** The edited plan as it is read back from its file; undefined when no file can hold it. */
export function editedPlan(facts: Facts, edits: Edits): ParsedPlan | undefined {
  const own = planOffline(localFamily, facts).steps ?? [];
  const drafts = {
    alone: edits.steps,
    before: [...edits.steps, ...own],
    after: [...own, ...edits.steps],
    unused: own,
  }[edits.where];
  const plan = assembled(facts, drafts, defaultPolicy);
  const order = edits.order ?? plan.steps.keys();
  const chosen = [...order].flatMap((number) => plan.steps[number % Math.max(1, plan.steps.length)] ?? []);
  const steps = chosen.map((step, index): Step => {
    const id = `s${index + 1}`;
    return edits.blind.includes(index) ? { ...step, id, expects: {} } : { ...step, id };
  });
  try {
    return throughFile(counted({ ...plan, steps }));
  } catch (thrown) {
    if (thrown instanceof RefusedPlan) return undefined;
    throw thrown;
  }
}

/** The plan with outcome and summary that go with its steps. */
export function counted(plan: Plan): Plan {
  const { steps } = plan;
  const summary = {
    ...plan.summary,
    steps: steps.length,
    needApproval: steps.filter(({ effect }) => effect === "mutating" || effect === "destructive").length,
    irreversible: steps.filter(({ reversible }) => reversible === "none").length,
  };
  const outcome = steps.length > 0 ? "repair" : plan.outcome === "repair" ? "escalate" : plan.outcome;
  return { ...plan, steps, summary, outcome };
}
