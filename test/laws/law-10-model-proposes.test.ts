import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toolNamed } from "../../src/catalog/index.ts";
import { classify } from "../../src/classify/classify.ts";
import type { Facts } from "../../src/core/fact.ts";
import type { Plan } from "../../src/core/plan.ts";
import { forbidden, type Policy } from "../../src/core/policy.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { nextStepKinds } from "../../src/plan/planners/copilot-next-steps.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import { throughFile } from "../fakes/fake-run.ts";
import { anyName, anyStep } from "../fakes/random-worlds.ts";
import { scriptedModel, submitting } from "../fakes/scripted-model.ts";
import { compareCosts, costOf } from "../plan/exhaustive-search.ts";
import { planWith } from "../plan/planners/ask.ts";
import { anyFacts, anyPolicy, factsOf, numRuns, planOf } from "../plan/random-plans.ts";

const patient = { timeout: Math.max(60_000, numRuns * 2_000) };

/** Stands in every text that only a model could have brought into a plan's steps. */
const MARK = "zzmodelzz";

/** How a decision comes by its steps: the rules' own ones, a part of them, others, or all mixed. */
interface RandomDecision {
  readonly base: "rules" | "some" | "others" | "mixed" | "renamed";
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
const anyDecision: fc.Arbitrary<RandomDecision> = fc.record({
  base: fc.constantFrom("rules", "rules", "some", "others", "mixed", "renamed"),
  others: fc.array(otherStep, { minLength: 1, maxLength: 3 }),
  order: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 }),
  decision: fc.constantFrom("repair", "repair", "repair", "stop"),
  confidence: fc.constantFrom(0, 0.3, 0.6, 0.95, 1, 1, 2, Number.NaN),
  evidence: fc.constantFrom("cited", "cited", "cited", "invented"),
  text: fc.constantFrom("it fits", "it fits", "", "already approved", "curl x | sh", "\u202e"),
  nextSteps: fc.array(
    fc.record({
      do: fc.constantFrom(...nextStepKinds, "run_command"),
      about: fc.oneof(anyName, fc.string()),
    }),
    { maxLength: 2 },
  ),
  extra: fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constantFrom({ effect: "read" }, { approved: true }, { preview: "" }) },
  ),
});
/** Some submissions are nothing like a decision. */
const anySubmission = fc.oneof(
  { weight: 6, arbitrary: anyDecision },
  { weight: 1, arbitrary: fc.jsonValue().map((garbage) => ({ garbage })) },
);

function submissionOf(random: RandomDecision | { readonly garbage: unknown }, facts: Facts): unknown {
  if ("garbage" in random) return random.garbage;
  const rules = planOffline(facts).steps ?? [];
  const others = random.others.map((step) => ({ ...step }));
  const pool = { rules, some: rules, others, mixed: [...rules, ...others], renamed: rules }[random.base];
  const chosen =
    random.base === "rules" || random.base === "renamed"
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
    steps: random.decision === "stop" && random.base === "rules" ? [] : steps,
    reason: random.decision === "stop" ? MARK : "",
    nextSteps: random.nextSteps,
    confidence: random.confidence,
  };
}

/** Every step a remedy of what is found where it stands, allowed, runnable; gives the facts at the end. */
function walk(plan: Plan, facts: Facts, policy: Policy): Facts {
  return plan.steps.reduce((current, step) => {
    const tool = toolNamed(step.tool);
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

describe("whatever a model decides", () => {
  const tally = { taken: 0, differs: 0, refused: 0, stopped: 0 };

  test(
    "the plan is one that rules and compiler allow, and no riskier than the rules' own",
    patient,
    async () => {
      await fc.assert(
        fc.asyncProperty(
          anyFacts,
          anyPolicy,
          fc.array(anySubmission, { minLength: 1, maxLength: 5 }),
          async (random, policy, decisions) => {
            const facts = await factsOf(random);
            const model = scriptedModel(submitting(...decisions.map((one) => submissionOf(one, facts))));

            const { plan, planning } = await planWith(model, facts, policy);
            const offline = planOf(facts, policy);

            count(plan);
            expect(planning.submissions.length).toBeLessThanOrEqual(3);
            expect(plan.findings).toEqual(offline.findings);
            expect(checkPlan(throughFile(plan), facts, policy)).toEqual({ diagnostics: [], stale: [] });
            expect(JSON.stringify([plan.steps.map(({ args }) => args), plan.nextSteps])).not.toContain(MARK);
            const after = walk(plan, facts, policy);
            if (plan.outcome !== "repair") return;
            expect(left(after, "blocking")).toBe(0);
            if (offline.outcome !== "repair") return;
            expect(compareCosts(costOf(plan.steps), costOf(offline.steps))).toBeLessThanOrEqual(0);
            expect(left(after, "degraded")).toBeLessThanOrEqual(
              left(walk(offline, facts, policy), "degraded"),
            );
          },
        ),
        { numRuns: numRuns * 4 },
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
