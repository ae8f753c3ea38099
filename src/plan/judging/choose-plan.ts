import { tooUncertain } from "../../core/policy/certainty.ts";
import type { Json } from "../../core/text/json.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { PlannerRecord } from "../../core/planner-record.ts";
import type { TargetFamily } from "../../targets/family.ts";
import type { Decision } from "../assemble.ts";
import { costlierIn, stepKey } from "./plan-cost.ts";
import type { AcceptedDecision } from "./judge-decision.ts";
import type { JudgedStep } from "./judge-steps.ts";
import { MAX_SUBMISSIONS, type ModelPlanning } from "../planners/copilot.ts";
import type { StepDraft } from "../simulate.ts";

/** The decision that becomes the plan, and who made it. */
export interface ChosenPlan {
  readonly decision: Decision;
  readonly planner: PlannerRecord;
}

/**
 * Between what the rules propose and what a model decided. The model's steps are taken where they cost
 * no more; its doubts always are, because to leave something to a person is never the riskier way.
 */
export function choosePlan(
  family: TargetFamily,
  offline: Decision,
  planning: ModelPlanning,
  policy: Policy,
): ChosenPlan {
  const { decision } = planning;
  const record = recordOf(planning);
  if (decision === undefined) {
    const note = `this is the plan of the rules: ${whyNoDecision(planning)}`;
    return { decision: offline, planner: { kind: "offline", ...record, note } };
  }
  const { summary, evidence, falsifier } = decision.diagnosis;
  const told = {
    ...record,
    confidence: decision.confidence,
    diagnosis: { summary, evidence: [...new Set(evidence)], refutedBy: falsifier },
  };
  const doubts = doubtsOf(decision, policy, planning.model.name);
  if (doubts === undefined)
    return chooseSteps(family, offline, decision.kind === "repair" ? decision.steps : [], told);
  const rulesWouldRepair = (offline.steps ?? []).length > 0;
  return {
    decision: {
      steps: undefined,
      rejected: [
        ...offline.rejected,
        ...stepsRejected(offline.steps ?? [], `the rules would take it, but ${doubts.because}`),
      ],
      escalate: [
        ...doubts.nextSteps,
        ...(rulesWouldRepair
          ? ["to plan by the rules alone: `gh devlake repair --plan-only --planner offline`"]
          : []),
      ],
    },
    planner: {
      kind: "copilot",
      ...told,
      agreesWithOffline: !rulesWouldRepair,
      ...(rulesWouldRepair && { notTaken: bare(offline.steps ?? []) }),
      note: doubts.because,
    },
  };
}

/** Why a decision leaves the repair to a person; undefined when it does not. */
function doubtsOf(
  decision: AcceptedDecision,
  { minimumConfidence }: Policy,
  model: string,
): { readonly because: string; readonly nextSteps: readonly string[] } | undefined {
  if (decision.kind === "stop") {
    return {
      because: `the model advises against a repair: ${decision.reason}`,
      nextSteps: decision.nextSteps,
    };
  }
  if (decision.confidence >= minimumConfidence) return undefined;
  const because = `the model is ${tooUncertain(decision.confidence, minimumConfidence)}`;
  const evidence = [...new Set(decision.diagnosis.evidence)].slice(0, 5).join(", ");
  return {
    because,
    nextSteps: [`judge the cause yourself, ${model} is not sure of it: look at ${evidence}`],
  };
}

function chooseSteps(
  family: TargetFamily,
  offline: Decision,
  steps: readonly JudgedStep[],
  told: Omit<PlannerRecord, "kind">,
): ChosenPlan {
  const rules = offline.steps ?? [];
  if (sameSteps(steps, rules)) {
    const planner = { kind: "copilot", ...told, agreesWithOffline: true } as const;
    return { decision: { steps, rejected: offline.rejected }, planner };
  }
  const costlier = rules.length === 0 ? undefined : costlierIn(family, steps, rules);
  if (costlier !== undefined) {
    const why = `the model chose it, at the cost of ${costlier} than the plan above`;
    const others = without(steps, rules).flatMap((step) =>
      stepsRejected([step], `${why}: ${step.modelsWhy}`),
    );
    return {
      decision: { ...offline, rejected: [...offline.rejected, ...others] },
      planner: {
        kind: "offline",
        ...told,
        agreesWithOffline: false,
        notTaken: bare(steps),
        note: `this is the plan of the rules: the model's has ${costlier}`,
      },
    };
  }
  const why = "the rules would take it; the model's steps cost no more";
  return {
    decision: { steps, rejected: [...offline.rejected, ...stepsRejected(without(rules, steps), why)] },
    planner: { kind: "copilot", ...told, agreesWithOffline: false, notTaken: bare(rules) },
  };
}

function sameSteps(a: readonly StepDraft[], b: readonly StepDraft[]): boolean {
  return a.map(stepKey).join("\n") === b.map(stepKey).join("\n");
}

function without<Step extends StepDraft>(
  steps: readonly Step[],
  others: readonly StepDraft[],
): readonly Step[] {
  const taken = new Set(others.map(stepKey));
  return steps.filter((step) => !taken.has(stepKey(step)));
}

function stepsRejected(steps: readonly StepDraft[], why: string): Decision["rejected"] {
  return steps.map(({ tool }) => ({ tool, why }));
}

function bare(steps: readonly StepDraft[]): NonNullable<PlannerRecord["notTaken"]> {
  return steps.map(({ tool, args }) => ({ tool, args: args as Record<string, Json> }));
}

function whyNoDecision({ account, submissions }: ModelPlanning): string {
  if (submissions.length >= MAX_SUBMISSIONS)
    return `none of ${MAX_SUBMISSIONS} decisions of the model compiled`;
  const problem = account.problem === undefined ? "" : `: ${account.problem}`;
  switch (account.end) {
    case "ended":
    case "idle":
      return "the model handed in no decision that compiled";
    case "max_turns":
      return `the model had not decided after ${account.turns} turns`;
    case "timed_out":
      return `the model had not decided after ${Math.round(account.durationMs / 1000)} s`;
    case "interrupted":
      return "the model was interrupted";
    case "provider_failed":
      return `the model's provider failed${problem}`;
    case "runtime_failed":
      return `the model's runtime failed${problem}`;
    case "tool_leak":
      return `the model's runtime would have offered it other tools than ours, so it was not asked${problem}`;
  }
}

function recordOf(planning: ModelPlanning): Omit<PlannerRecord, "kind"> {
  const { account, model, submissions, promptDigest, catalogDigest } = planning;
  const sum = (read: (call: (typeof account.calls)[number]) => number): number =>
    account.calls.reduce((total, call) => total + whole(read(call)), 0);
  return {
    model: model.name,
    provider: model.provider,
    turns: whole(account.turns),
    tokens: { input: sum(({ inputTokens }) => inputTokens), output: sum(({ outputTokens }) => outputTokens) },
    durationMs: whole(account.durationMs),
    callsMs: account.calls.map(({ ms }) => whole(ms)),
    submissions: submissions.map(({ accepted, problems }) => ({
      accepted,
      diagnostics: problems.map(({ code, message }) => ({ code, message })),
    })),
    promptDigest,
    catalogDigest,
  };
}

/** Counts come from providers, who may send anything. */
function whole(number: number): number {
  return Number.isFinite(number) && number > 0 ? Math.min(Math.round(number), Number.MAX_SAFE_INTEGER) : 0;
}
