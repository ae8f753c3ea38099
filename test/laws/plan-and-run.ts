import * as fc from "../seeded-fast-check.ts";
import { RepairError } from "../../src/core/errors.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { StepDraft } from "../../src/plan/simulate.ts";
import type { ApprovalDecision } from "../../src/ports/approval.ts";
import { planFor, planOfSteps, RefusedPlan, run, type Ran } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import {
  anyStep,
  brokenWorld,
  decision,
  failure,
  interference,
  refusedUp,
  type Mishap,
} from "../fakes/random-worlds.ts";

/** Everything that a random run is made of. */
export interface RandomRun {
  readonly world: { readonly make: () => FakeWorld };
  /** undefined: the planner's. */
  readonly steps: readonly StepDraft[] | undefined;
  readonly decisions: readonly ApprovalDecision[];
  readonly mishaps: readonly Mishap[];
}

const planners = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.array(anyStep, { minLength: 1, maxLength: 4 }) },
);
const decisions = fc.array(decision, { minLength: 1, maxLength: 5 });

/** Any world, any plan, any answers, and whatever can go wrong. */
export const anyRun: fc.Arbitrary<RandomRun> = fc.record({
  world: brokenWorld,
  steps: planners,
  decisions,
  mishaps: fc.array(fc.oneof(failure, interference), { maxLength: 3 }),
});

/** The same, but nobody else touches the deployment meanwhile. */
export const undisturbedRun: fc.Arbitrary<RandomRun> = fc.record({
  world: brokenWorld,
  steps: planners,
  decisions,
  mishaps: fc.array(failure, { maxLength: 2 }),
});

/** Every step is approved and at least one thing fails: most of these runs end in an undo. */
export const failingRun: fc.Arbitrary<RandomRun> = fc.record({
  world: brokenWorld,
  steps: fc.constant(undefined),
  decisions: fc.constant([{ kind: "approved", how: "flag" }] as const),
  mishaps: fc.tuple(failure, refusedUp),
});

/** `LAW_RUNS=2000 npx vitest run --project unit test/laws` looks longer. */
export const numRuns = Number(process.env["LAW_RUNS"] ?? 25);

/** Options of a test that checks a law on random runs. */
export const patient = { timeout: Math.max(120_000, numRuns * 3_000) };

export interface PlannedRun {
  readonly world: FakeWorld;
  readonly plan: Plan;
  /** undefined: it threw, or there was nothing to run. */
  readonly ran: Ran | undefined;
  /** The deployment just before the run. */
  readonly before: string;
  readonly startedAtMs: number;
}

/** Plans and runs; undefined when no plan with these steps can even be written down. */
export async function planAndRun(
  { world: { make }, steps, decisions: answers, mishaps }: RandomRun,
  timeoutMs = 600_000,
): Promise<PlannedRun | undefined> {
  const world = make();
  const plan = await planned(world, steps);
  if (plan === undefined) return undefined;
  const abort = new AbortController();
  world.trace.length = 0;
  for (const { arrange } of mishaps) arrange(world, abort);
  const before = world.snapshot();
  const startedAtMs = world.clock.monotonicMs();
  let asked = 0;
  const decide = (): ApprovalDecision =>
    answers[asked++ % answers.length] ?? { kind: "missing", reason: "none" };
  try {
    const ran = await run(world, plan, { decide, signal: abort.signal, timeoutMs });
    return { world, plan, ran, before, startedAtMs };
  } catch (thrown) {
    // Only before anything is done, and then as an error made for the user.
    if (!(thrown instanceof RepairError) || world.writes().length > 0) throw thrown;
    return { world, plan, ran: undefined, before, startedAtMs };
  }
}

async function planned(world: FakeWorld, steps: readonly StepDraft[] | undefined): Promise<Plan | undefined> {
  if (steps === undefined) return (await planFor(world)).plan;
  try {
    return await planOfSteps(world, ...steps);
  } catch (thrown) {
    // Such as an argument named __proto__.
    if (thrown instanceof RefusedPlan) return undefined;
    throw thrown;
  }
}

/** Checks a law on random runs. */
export async function holdsFor(
  runs: fc.Arbitrary<RandomRun>,
  law: (run: PlannedRun) => void | Promise<void>,
  options: { readonly numRuns?: number; readonly timeoutMs?: number } = {},
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(runs, async (random) => {
      const planAndRan = await planAndRun(random, options.timeoutMs);
      if (planAndRan !== undefined) await law(planAndRan);
    }),
    { numRuns: options.numRuns ?? numRuns },
  );
}
