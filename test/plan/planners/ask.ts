import { classify } from "../../../src/targets/local/classify.ts";
import type { Facts } from "../../../src/core/fact.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { defaultPolicy, type Policy } from "../../../src/core/policy/policy.ts";
import { createRedactor } from "../../../src/core/masking/redact.ts";
import { assemblePlan } from "../../../src/plan/assemble.ts";
import { choosePlan } from "../../../src/plan/judging/choose-plan.ts";
import type { JudgementGround } from "../../../src/plan/judging/judgement-ground.ts";
import { askModel, type ModelPlanning } from "../../../src/plan/planners/copilot.ts";
import type { ModelDecision } from "../../../src/plan/planners/copilot-decision.ts";
import { planOffline } from "../../../src/plan/planners/offline.ts";
import type { Model } from "../../../src/ports/model.ts";
import { targetOf } from "../../fakes/fake-run.ts";
import { localFamily } from "../../../src/targets/local/family.ts";

export function groundOf(facts: Facts, policy: Policy = defaultPolicy): JudgementGround {
  const createdAt = new Date("2026-11-22T10:15:00Z");
  const origin = { family: localFamily, target: targetOf(facts), createdAt, policy };
  return { facts, findings: classify(facts), offline: planOffline(localFamily, facts, policy), origin };
}

/** The plan that comes of both planners, as the command makes it. */
export async function planWith(
  model: Model,
  facts: Facts,
  policy: Policy = defaultPolicy,
  timeoutMs = 1_000,
): Promise<{ readonly plan: Plan; readonly planning: ModelPlanning }> {
  const ground = groundOf(facts, policy);
  const options = { redact: createRedactor([]), timeoutMs, signal: new AbortController().signal };
  const planning = await askModel(model, ground, options);
  const { decision, planner } = choosePlan(localFamily, ground.offline, planning, policy);
  return { plan: assemblePlan(facts, decision, { ...ground.origin, planner }), planning };
}

/** A decision that takes the rules' own steps, or the given ones. */
export function repairDecision(facts: Facts, parts: Partial<ModelDecision> = {}): ModelDecision {
  const steps = (planOffline(localFamily, facts).steps ?? []).map(({ tool, args }) => ({
    tool,
    args: args as ModelDecision["steps"][number]["args"],
    why: "it cures the cause with the least change",
  }));
  const evidence = [...(classify(facts)[0]?.evidence ?? [])].filter((id) => facts.has(id));
  return {
    decision: "repair",
    diagnosis: { summary: "the cause is what the findings show", evidence, falsifier: "the fact changes" },
    steps,
    reason: "",
    nextSteps: [],
    confidence: 0.9,
    ...parts,
  };
}

export function stopDecision(facts: Facts, parts: Partial<ModelDecision> = {}): ModelDecision {
  return repairDecision(facts, {
    decision: "stop",
    steps: [],
    reason: "the evidence does not tell two causes apart",
    nextSteps: [{ do: "inspect_again", about: "" }],
    ...parts,
  });
}
