import { RUN_AGAIN, RUN_ELSEWHERE } from "../core/text/own-commands.ts";
import { tooUncertain } from "../core/policy/certainty.ts";
import { digestFacts } from "../core/text/digest.ts";
import { needsApproval } from "../core/effect.ts";
import type { Facts } from "../core/fact.ts";
import type { ClassifiedFinding, Finding } from "../core/finding.ts";
import type { PlannerRecord } from "../core/planner-record.ts";
import { PLAN_API_VERSION, type Plan, type PlanOutcome, type Step } from "../core/plan.ts";
import { forbidden, type Policy } from "../core/policy/policy.ts";
import { shellWord } from "../core/text/shell-word.ts";
import type { Target } from "../core/target.ts";
import { type TargetFamily, toolNamed } from "../targets/family.ts";
import type { Json } from "../core/text/json.ts";
import { factsRead } from "./checks/facts-read.ts";
import { findingsFixed } from "./checks/findings-fixed.ts";
import { planName } from "./plan-name.ts";
import { shellVariablesOf } from "./shell-variables.ts";
import { downtime } from "./plan-summary.ts";
import type { Proposal } from "./planners/offline.ts";
import { expectationsOf, simulateAll, type SimulatedStep, type StepDraft } from "./simulate.ts";

export interface PlanOrigin {
  /** The kind of the target. */
  readonly family: TargetFamily;
  readonly target: Target;
  readonly createdAt: Date;
  readonly policy: Policy;
  /** The offline planner when left out. */
  readonly planner?: PlannerRecord | undefined;
}

/** A proposal that may also be to leave it to a person, with what that person should do first. */
export interface Decision extends Proposal {
  readonly escalate?: readonly string[] | undefined;
}

/** Facts and proposed steps to a whole plan: effects, expectations and previews come from the catalog. */
export function assemblePlan(facts: Facts, proposal: Decision, origin: PlanOrigin): Plan {
  const { family } = origin;
  const findings = family.classify(facts);
  const troubles = findings.filter(({ severity }) => severity !== "info");
  const outcome = outcomeOf(troubles, proposal, origin.policy);
  const simulated = simulateAll(family, facts, outcome === "repair" ? (proposal.steps ?? []) : []);
  const fixes = findingsFixed(
    family,
    simulated.map(({ step }) => step),
    findings,
  );
  const steps = simulated.map(({ draft, step }, index) =>
    assembleStep(draft, step, index, fixes[index] ?? []),
  );
  const validUntil = new Date(origin.createdAt.getTime() + origin.policy.planLifetimeHours * 3_600_000);
  return {
    apiVersion: PLAN_API_VERSION,
    kind: "RepairPlan",
    metadata: {
      name: planName(family, facts, findings, origin.createdAt),
      createdAt: seconds(origin.createdAt),
      validUntil: seconds(validUntil),
      planner: origin.planner ?? { kind: "offline" },
      target: origin.target,
      factsDigest: digestFacts(facts),
    },
    outcome,
    findings: findings.map(withoutRemedies),
    steps,
    verify: outcome === "repair" ? [...family.health.checks(facts)] : [],
    summary: {
      steps: steps.length,
      needApproval: steps.filter(({ effect }) => needsApproval(effect)).length,
      irreversible: steps.filter(({ reversible }) => reversible === "none").length,
      downtime: downtime(simulated.map(({ step }) => step)),
      ifNothingIsDone: family.words.ifNothingIsDone(facts, findings),
    },
    ...(outcome === "repair" && shellVariablesOf(family, facts)),
    rejected: [...proposal.rejected],
    nextSteps: outcome === "escalate" ? whatAPersonShouldDo(findings, proposal, origin) : [],
    ...(facts.size <= MOST_RECORDED && {
      facts: Object.fromEntries(
        factsRead(
          family,
          facts,
          simulated.map(({ draft }) => draft),
        ),
      ),
    }),
  };
}

/** A plan file has no room for so many, and to find out which are needed takes as long as the plan. */
const MOST_RECORDED = 1_000;

function outcomeOf(troubles: readonly ClassifiedFinding[], proposal: Decision, policy: Policy): PlanOutcome {
  if (troubles.length === 0) return "healthy";
  if (proposal.escalate !== undefined) return "escalate";
  // Where only something that nothing cures is left, there is nothing to do and yet not all is well.
  const { steps = [] } = proposal;
  return steps.length === 0 || uncertain(troubles, policy).length > 0 ? "escalate" : "repair";
}

/** Findings that the policy leaves to a person because they are not certain enough. */
function uncertain(troubles: readonly ClassifiedFinding[], policy: Policy): readonly ClassifiedFinding[] {
  return troubles.filter(({ confidence }) => confidence < policy.minimumConfidence);
}

function whatAPersonShouldDo(
  findings: readonly ClassifiedFinding[],
  proposal: Decision,
  { policy, target, family }: PlanOrigin,
): string[] {
  const troubles = findings.filter(({ severity }) => severity !== "info");
  const doubts = uncertain(troubles, policy).map(
    ({ class: name, confidence }) =>
      `judge ${name} yourself: it is ${tooUncertain(confidence, policy.minimumConfidence)}`,
  );
  // What the policy forbids is worth knowing only where nothing else helps.
  const { stepsNeeded } = proposal;
  const denied = [
    ...(stepsNeeded === undefined
      ? []
      : [`the repair takes ${stepsNeeded} steps, the policy allows ${policy.maxSteps}`]),
    ...(proposal.steps === undefined ? policyRefusals(family, proposal, policy) : []),
  ].map((why) => `ask for another policy: ${why}`);
  const rules = findings.flatMap(({ nextSteps }) => nextSteps);
  return inOrder([...(proposal.escalate ?? []), ...doubts, ...denied, ...rules], target.directory);
}

/** Where the commands are to be typed comes first; that all is to be looked at again is said once, at the end. */
function inOrder(steps: readonly string[], directory: string): string[] {
  const isHere = directory === "." || steps.some((step) => step.includes(RUN_ELSEWHERE));
  const last = steps.includes(RUN_AGAIN) ? [RUN_AGAIN] : [];
  return [
    ...(isHere ? [] : [`go to the deployment's directory: \`cd ${shellWord(directory)}\``]),
    ...new Set([...steps.filter((step) => step !== RUN_AGAIN), ...last]),
  ];
}

function policyRefusals(family: TargetFamily, { rejected }: Proposal, policy: Policy): readonly string[] {
  return rejected.flatMap(({ tool, why }) => {
    const known = toolNamed(family, tool);
    return known !== undefined && forbidden(policy, known) === why ? [why] : [];
  });
}

function assembleStep(
  draft: StepDraft,
  simulated: SimulatedStep,
  index: number,
  fixes: readonly string[],
): Step {
  const { tool, args, before } = simulated;
  return {
    id: `s${index + 1}`,
    tool: tool.name,
    version: tool.version,
    args: args as Record<string, Json>,
    effect: tool.effect,
    fixes: [...fixes],
    why: draft.why,
    expects: expectationsOf(simulated),
    reversible: tool.reversible,
    preview: tool.preview(args, before),
  };
}

export function withoutRemedies(finding: ClassifiedFinding): Finding {
  const { id, severity, confidence, summary, evidence, refutedBy } = finding;
  return { id, class: finding.class, severity, confidence, summary, evidence: [...evidence], refutedBy };
}

function seconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
