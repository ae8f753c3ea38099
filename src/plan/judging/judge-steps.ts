import { z } from "zod";
import type { Facts } from "../../core/fact.ts";
import type { ClassifiedFinding, Remedy, Severity } from "../../core/finding.ts";
import { forbidden, type Policy } from "../../core/policy/policy.ts";
import { type TargetFamily, toolNamed } from "../../targets/family.ts";
import { assemblePlan } from "../assemble.ts";
import { checkPlan } from "../checks/check-plan.ts";
import type { DecisionProblem } from "./decision-problem.ts";
import { ungroundedLiterals } from "./grounded-args.ts";
import type { JudgementGround } from "./judgement-ground.ts";
import { stepKey } from "./plan-cost.ts";
import { parsePlanFile, writePlanFile } from "../files/plan-file.ts";
import { simulateStep, type StepDraft } from "../simulate.ts";

/** A step with the rules' own reason where a rule offers this very step, and with the model's. */
export interface JudgedStep extends StepDraft {
  readonly modelsWhy: string;
}

export interface JudgedSteps {
  readonly steps: readonly JudgedStep[];
  readonly problems: readonly DecisionProblem[];
}

/**
 * Whether steps that a model chose may be a plan: each a tool of the catalog that a finding offers as
 * its remedy where the step stands, with arguments out of facts or remedies; none unneeded; at the end
 * as little wrong as after the rules' own plan; and the whole accepted like a plan written by hand.
 */
export function judgeSteps(asked: readonly StepDraft[], ground: JudgementGround): JudgedSteps {
  const { policy, family } = ground.origin;
  const unfit = asked.flatMap((step, index) => catalogProblems(family, step, index, policy));
  if (asked.length > policy.maxSteps) {
    const message = `there are ${asked.length} steps, the policy allows ${policy.maxSteps}`;
    unfit.push({ code: "P0502", message });
  }
  if (unfit.length > 0) return { steps: [], problems: unfit };

  const steps: JudgedStep[] = [];
  let current = ground.facts;
  for (const [index, step] of asked.entries()) {
    const placed = placeStep(family, step, index, current);
    if ("problems" in placed) return { steps: [], problems: placed.problems };
    steps.push(placed.step);
    current = placed.after;
  }
  const goal = goalProblems(current, ground);
  const problems = goal.length > 0 ? goal : unneeded(steps, current, ground);
  return { steps, problems: problems.length > 0 ? problems : planProblems(steps, ground) };
}

function catalogProblems(
  family: TargetFamily,
  step: StepDraft,
  index: number,
  policy: Policy,
): readonly DecisionProblem[] {
  const at = `steps.${index}`;
  const tool = toolNamed(family, step.tool);
  if (tool === undefined)
    return [{ code: "P0302", message: `${at}: the catalog has no tool "${step.tool}"` }];
  const args = tool.args.safeParse(step.args);
  if (!args.success) {
    const what = z.prettifyError(args.error).slice(0, 400);
    return [{ code: "P0303", message: `${at}: arguments of ${step.tool}: ${what}` }];
  }
  const why = forbidden(policy, tool);
  return why === undefined ? [] : [{ code: "P0501", message: `${at}: ${why}` }];
}

type Placed =
  | { readonly step: JudgedStep; readonly after: Facts }
  | { readonly problems: readonly DecisionProblem[] };

function placeStep(family: TargetFamily, step: StepDraft, index: number, facts: Facts): Placed {
  const at = `steps.${index}`;
  const offered = remediesOf(family.classify(facts)).filter(({ tool }) => tool === step.tool);
  if (offered.length === 0) {
    const message = `${at}: no finding has ${step.tool} as a remedy there`;
    return { problems: [{ code: "M06", message }] };
  }
  const foreign = ungroundedLiterals(family, step.args, facts, offered);
  if (foreign.length > 0) {
    const message = `${at}: ${foreign.join(", ").slice(0, 300)}: named by no remedy, nor by the facts as one of the ${family.words.named}`;
    return { problems: [{ code: "M05", message }] };
  }
  const simulated = simulateStep(family, step, facts);
  if (simulated === undefined || simulated.redundant) {
    return { problems: [{ code: "P0402", message: `${at}: ${step.tool} would change nothing there` }] };
  }
  if (simulated.unmet.length > 0) {
    return {
      problems: simulated.unmet.map(({ fact, message }) => ({
        code: "P0401",
        message: `${at}: cannot run there: ${message} (${fact})`,
      })),
    };
  }
  const known = offered.find((remedy) => stepKey(remedy) === stepKey(step));
  // The arguments as the tool reads them: nothing else of what the model wrote goes on.
  return {
    step: { tool: step.tool, args: simulated.args, why: known?.why ?? step.why, modelsWhy: step.why },
    after: simulated.after,
  };
}

function remediesOf(findings: readonly ClassifiedFinding[]): readonly Remedy[] {
  return findings.flatMap(({ remedies }) => remedies);
}

function summariesOf(
  family: TargetFamily,
  facts: Facts,
  ...severities: readonly Severity[]
): readonly string[] {
  return family
    .classify(facts)
    .flatMap(({ severity, summary }) => (severities.includes(severity) ? [summary] : []));
}

/** What is left where it must not be: anything that blocks, or more than after the rules' own steps. */
function goalProblems(
  after: Facts,
  { facts, offline, origin: { family } }: JudgementGround,
): readonly DecisionProblem[] {
  const blocking = summariesOf(family, after, "blocking");
  if (blocking.length > 0) {
    const message = `after the last step something blocking is left: ${blocking.join("; ").slice(0, 400)}`;
    return [{ code: "P0403", message }];
  }
  const left = summariesOf(family, after, "degraded");
  if (
    offline.steps === undefined ||
    left.length <= summariesOf(family, factsAfter(family, offline.steps, facts), "degraded").length
  )
    return [];
  const message = `after the last step this is left, which can be cured too: ${left.join("; ").slice(0, 400)}`;
  return [{ code: "M07", message }];
}

/** Steps without which the others lead as far. */
function unneeded(
  steps: readonly StepDraft[],
  after: Facts,
  { facts, origin: { family } }: JudgementGround,
): readonly DecisionProblem[] {
  if (steps.length < 2) return [];
  const left = summariesOf(family, after, "degraded").length;
  return steps.flatMap((step, index): readonly DecisionProblem[] => {
    const without = factsAfter(family, steps.toSpliced(index, 1), facts);
    // What blocks hides what else is wrong, so the two are not added up.
    if (
      summariesOf(family, without, "blocking").length > 0 ||
      summariesOf(family, without, "degraded").length > left
    )
      return [];
    return [{ code: "M06", message: `steps.${index}: without ${step.tool} the others do as much` }];
  });
}

function factsAfter(family: TargetFamily, steps: readonly StepDraft[], facts: Facts): Facts {
  return steps.reduce((current, step) => simulateStep(family, step, current)?.after ?? current, facts);
}

/** The last word has the compiler of plan files, on the text that would be written. */
function planProblems(
  steps: readonly StepDraft[],
  { facts, origin }: JudgementGround,
): readonly DecisionProblem[] {
  const plan = assemblePlan(facts, { steps, rejected: [] }, { ...origin, planner: undefined });
  if (plan.outcome !== "repair") {
    const message = "the policy leaves a finding of this confidence to a person: decide to stop";
    return [{ code: "P0503", message }];
  }
  const parsed = parsePlanFile(writePlanFile(plan));
  if (parsed.kind === "refused") return parsed.diagnostics.map(({ code, message }) => ({ code, message }));
  const { diagnostics, stale } = checkPlan(origin.family, parsed, facts, origin.policy);
  return [
    ...diagnostics.map(({ code, message }) => ({ code, message })),
    ...stale.map(({ fact }) => ({ code: "P0601" as const, message: `${fact} is not as the plan expects` })),
  ];
}
