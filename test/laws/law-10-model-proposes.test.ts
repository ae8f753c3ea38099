import * as fc from "../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import { toolNamed } from "../../src/targets/family.ts";
import { classify } from "../../src/targets/local/classify.ts";
import type { Facts } from "../../src/core/fact.ts";
import type { Plan } from "../../src/core/plan.ts";
import { defaultPolicy, forbidden, type Policy } from "../../src/core/policy/policy.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import { throughFile } from "../fakes/fake-run.ts";
import { anyName, anyStep } from "../fakes/random-worlds.ts";
import { simulateStep, type StepDraft } from "../../src/plan/simulate.ts";
import { scriptedModel, submitting } from "../fakes/scripted-model.ts";
import { compareCosts, costOf } from "../plan/exhaustive-search.ts";
import { planWith } from "../plan/planners/ask.ts";
import { recorded, recordedNames } from "../plan/recorded-facts.ts";
import { anyFacts, anyPolicy, factsOf, numRuns, planOf, type RandomFacts } from "../plan/random-plans.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const patient = { timeout: Math.max(60_000, numRuns * 2_000) };

/** Stands in every text that only a model could have brought into a plan's steps. */
const MARK = "zzmodelzz";

/** How a decision comes by its steps: the rules' own ones, a part of them, others, or all mixed. */
interface RandomDecision {
  readonly base: "rules" | "some" | "others" | "mixed" | "renamed" | "remedies";
  readonly others: readonly { readonly tool: string; readonly args: unknown }[];
  readonly order: readonly number[];
  readonly decision: "repair" | "stop";
  readonly confidence: number;
  readonly evidence: "cited" | "invented";
  readonly text: string;
  readonly nextSteps: readonly { readonly do: string; readonly about: string }[];
  readonly extra: Readonly<Record<string, unknown>>;
}

const anyTool = fc.constantFrom(
  "run_shell",
  "delete_volume",
  "constructor",
  "__proto__",
  "rewrite_local_ports_to_alt_bundle ",
);
const otherStep = fc.oneof(
  { weight: 4, arbitrary: anyStep },
  { weight: 1, arbitrary: fc.record({ tool: anyTool, args: fc.dictionary(fc.string(), fc.jsonValue()) }) },
);
/** One value as a rule: a decision with many faults is refused for the first of them. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

const anyNextStep = fc.record({
  do: fc.constantFrom(...Object.keys(localFamily.model.nextSteps), "run_command"),
  about: fc.oneof(anyName, fc.string()),
});

const anyDecision: fc.Arbitrary<RandomDecision> = fc.record({
  base: fc.constantFrom("rules", "some", "others", "mixed", "renamed", "remedies", "remedies", "remedies"),
  others: fc.array(otherStep, { minLength: 1, maxLength: 3 }),
  order: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 }),
  decision: mostly<"repair" | "stop">("repair", "stop"),
  confidence: mostly(0.95, 0, 0.3, 0.6, 1, 2, Number.NaN),
  evidence: mostly<"cited" | "invented">("cited", "invented"),
  text: mostly("it fits", "", "already approved", "curl x | sh", "\u202e"),
  nextSteps: fc.oneof(
    { weight: 4, arbitrary: fc.constant([{ do: "inspect_again", about: "" }]) },
    { weight: 1, arbitrary: fc.array(anyNextStep, { maxLength: 2 }) },
  ),
  extra: fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constantFrom({ effect: "read" }, { approved: true }, { preview: "" }) },
  ),
});
type Submission = RandomDecision | { readonly garbage: unknown };
/** Some submissions are nothing like a decision. */
const anySubmission: fc.Arbitrary<Submission> = fc.oneof(
  { weight: 6, arbitrary: anyDecision },
  { weight: 1, arbitrary: fc.jsonValue().map((garbage) => ({ garbage })) },
);

interface Recorded {
  readonly recorded: string;
}

/** Deployments that random ones seldom are like: broken in one way only, as real ones mostly are. */
const anySource: fc.Arbitrary<RandomFacts | Recorded> = fc.oneof(
  anyFacts,
  fc.constantFrom(...recordedNames).map((name) => ({ recorded: name })),
);

const plain: RandomDecision = {
  base: "rules",
  others: [],
  order: [1],
  decision: "repair",
  confidence: 0.95,
  evidence: "cited",
  text: "it fits",
  nextSteps: [{ do: "inspect_again", about: "" }],
  extra: {},
};
const stopped = { recorded: "all-stopped" };
/** One of each kind, whatever chance brings. */
const examples: [RandomFacts | Recorded, Policy, Submission[]][] = [
  [stopped, defaultPolicy, [plain]],
  [stopped, defaultPolicy, [{ ...plain, base: "remedies" }]],
  [stopped, defaultPolicy, [{ ...plain, decision: "stop" }]],
  [stopped, defaultPolicy, [{ garbage: 1 }, { garbage: [] }, { garbage: {} }, plain]],
];

/** Steps that findings offer where they stand, taken at random, needed or not, some for a part only. */
function offeredSteps(facts: Facts, choices: readonly number[]): readonly Pick<StepDraft, "tool" | "args">[] {
  const steps: Pick<StepDraft, "tool" | "args">[] = [];
  let current = facts;
  for (const [index, choice] of [...choices, ...choices].entries()) {
    const offered = classify(current).flatMap(({ remedies }) =>
      remedies.map(({ tool, args }) => ({ tool, args })),
    );
    const runnable = offered.filter((step) => simulateStep(localFamily, step, current)?.unmet.length === 0);
    const remedy = runnable[choice % Math.max(1, runnable.length)];
    if (remedy === undefined) break;
    const { services } = remedy.args;
    const part =
      Array.isArray(services) && index % 2 === 0 ? { services: services.slice(0, 1) as string[] } : {};
    const step = { ...remedy, args: { ...remedy.args, ...part } };
    steps.push(step);
    current = simulateStep(localFamily, step, current)?.after ?? current;
  }
  return steps;
}

function submissionOf(random: Submission, facts: Facts): unknown {
  if ("garbage" in random) return random.garbage;
  const rules = planOffline(localFamily, facts).steps ?? [];
  const others = random.others.map((step) => ({ ...step }));
  const remedies = offeredSteps(facts, random.order);
  const pools = { rules, some: rules, others, mixed: [...rules, ...others], renamed: rules, remedies };
  const pool = pools[random.base];
  const chosen =
    random.base === "rules" || random.base === "renamed" || random.base === "remedies"
      ? pool
      : random.order.flatMap((number) => pool[number % Math.max(1, pool.length)] ?? []);
  const steps = chosen.map(({ tool, args }) => ({
    tool,
    args: random.base === "renamed" ? { ...(args as object), [MARK]: MARK } : args,
    why: `${MARK} ${random.text}`,
    ...random.extra,
  }));
  const cited = classify(facts)[0]?.evidence.filter((id) => facts.has(id)) ?? [];
  return {
    decision: random.decision,
    diagnosis: {
      summary: `${MARK} ${random.text}`,
      evidence: random.evidence === "cited" ? cited : [`local.${MARK}`],
      falsifier: "another fact",
    },
    steps: random.decision === "stop" && random.base !== "mixed" ? [] : steps,
    reason: random.decision === "stop" ? MARK : "",
    nextSteps: random.nextSteps,
    confidence: random.confidence,
  };
}

/** Every step a remedy of what is found where it stands, allowed, runnable; gives the facts at the end. */
function walk(plan: Plan, facts: Facts, policy: Policy): Facts {
  return plan.steps.reduce((current, step) => {
    const tool = toolNamed(localFamily, step.tool);
    if (tool === undefined) throw new Error(`no tool ${step.tool}`);
    const offered = classify(current).flatMap(({ remedies }) => remedies.map((remedy) => remedy.tool));
    expect(offered, `not offered: ${step.tool}`).toContain(step.tool);
    expect(forbidden(policy, tool)).toBeUndefined();
    expect([step.version, step.effect, step.reversible]).toEqual([
      tool.version,
      tool.effect,
      tool.reversible,
    ]);
    expect(step.fixes, `${step.tool} fixes nothing`).not.toEqual([]);
    const args = tool.args.parse(step.args);
    expect(tool.check(args, current)).toEqual([]);
    expect(step.preview).toBe(tool.preview(args, current));
    return tool.simulate(args, current);
  }, facts);
}

function left(facts: Facts, severity: "blocking" | "degraded"): number {
  return classify(facts).filter((finding) => finding.severity === severity).length;
}

/** Without any one of its steps, what a model chose leads less far. */
function expectNeeded({ metadata, steps }: Plan, facts: Facts, after: Facts): void {
  if (metadata.planner.kind !== "copilot" || steps.length < 2) return;
  for (const unneeded of steps) {
    const without = steps
      .filter((step) => step !== unneeded)
      .reduce((current, step) => simulateStep(localFamily, step, current)?.after ?? current, facts);
    const isWorse = left(without, "blocking") > 0 || left(without, "degraded") > left(after, "degraded");
    expect(isWorse, `unneeded: ${unneeded.tool}`).toBe(true);
  }
}

describe("whatever a model decides", () => {
  const tally = { taken: 0, differs: 0, costlier: 0, refused: 0, stopped: 0 };

  test(
    "the plan is one that rules and compiler allow, and no riskier than the rules' own",
    patient,
    async () => {
      await fc.assert(
        fc.asyncProperty(
          anySource,
          fc.oneof(fc.constant(defaultPolicy), anyPolicy),
          fc.array(anySubmission, { minLength: 1, maxLength: 5 }),
          async (source, policy, decisions) => {
            const facts = "recorded" in source ? recorded(source.recorded).facts : await factsOf(source);
            const model = scriptedModel(submitting(...decisions.map((one) => submissionOf(one, facts))));

            const { plan, planning } = await planWith(model, facts, policy);
            const offline = planOf(facts, policy);

            count(plan);
            expect(planning.submissions.length).toBeLessThanOrEqual(3);
            expect(plan.findings).toEqual(offline.findings);
            expect(checkPlan(localFamily, throughFile(plan), facts, policy)).toEqual({
              diagnostics: [],
              stale: [],
              unseen: [],
            });
            expect(JSON.stringify([plan.steps.map(({ args }) => args), plan.nextSteps])).not.toContain(MARK);
            const after = walk(plan, facts, policy);
            if (plan.outcome !== "repair") return;
            expect(left(after, "blocking")).toBe(0);
            expectNeeded(plan, facts, after);
            if (offline.outcome !== "repair") return;
            expect(compareCosts(costOf(plan.steps), costOf(offline.steps))).toBeLessThanOrEqual(0);
            expect(left(after, "degraded")).toBeLessThanOrEqual(
              left(walk(offline, facts, policy), "degraded"),
            );
          },
        ),
        { numRuns: numRuns * 4, examples },
      );
    },
  );

  test("some decisions were taken, some refused, some stopped", () => {
    for (const [what, times] of Object.entries(tally)) expect(times, what).toBeGreaterThan(0);
  });

  function count({ metadata: { planner }, outcome }: Plan): void {
    if (planner.kind === "copilot") tally[outcome === "escalate" ? "stopped" : "taken"]++;
    else tally.refused++;
    if (planner.agreesWithOffline === false) tally.differs++;
    if (planner.note?.startsWith("this is the plan of the rules: the model's has") === true) tally.costlier++;
  }
});

test("a model that is asked has three tools and is told nothing of the deployment by the system message", async () => {
  await fc.assert(
    fc.asyncProperty(anyFacts, async (random) => {
      const facts = await factsOf(random);
      const model = scriptedModel(async () => undefined);

      await planWith(model, facts);

      const [request] = model.requests;
      expect(request?.tools.map(({ name }) => name)).toEqual(["read_fact", "read_log", "submit_plan"]);
      expect(new Set(model.requests.map(({ system }) => system)).size).toBe(1);
      expect(request?.system).not.toMatch(/local\.\w+\.|jenkins|docker-compose\.yml/);
    }),
    { numRuns: 10 },
  );
});
