import { tooUncertain } from "../../core/policy/certainty.ts";
import type { Facts } from "../../core/fact.ts";
import type { Plan, Step } from "../../core/plan.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { defaultPolicy, type Policy } from "../../core/policy/policy.ts";
import { checkStructure, stepDiagnostic } from "./check-structure.ts";
import type { Diagnostic } from "../files/diagnostics.ts";
import type { ParsedPlan } from "../files/plan-file.ts";
import { movedFacts, type MovedFact } from "../../core/expectations.ts";
import { expectationsOf, simulateStep } from "../simulate.ts";
import { unseenFindings, type UnseenFinding } from "./unseen-findings.ts";
import { untruths, type Untruth } from "./untruths.ts";
import { NEW_PLAN } from "../../core/text/own-commands.ts";

/** A fact that is no longer as the plan expects, and the step that depends on it. */
export interface StaleFact extends MovedFact {
  readonly step: string;
}

export interface PlanCheck {
  /** What is wrong with the plan itself, whatever the target looks like. */
  readonly diagnostics: readonly Diagnostic[];
  /** Facts that moved since the plan was made; only asked when the plan itself is sound. */
  readonly stale: readonly StaleFact[];
  /** Findings that these facts do not show; only asked when its steps can run here and reach their goal, or change nothing. */
  readonly unseen: readonly UnseenFinding[];
}

/**
 * The compiler's judgement of a plan on given facts: its structure must be sound, previews must be what
 * the catalog makes of them, every precondition must hold where its step stands, and nothing blocking
 * may be left after the last step.
 */
export function checkPlan(
  family: TargetFamily,
  parsed: ParsedPlan,
  facts: Facts,
  policy: Policy = defaultPolicy,
): PlanCheck {
  const { plan } = parsed;
  const diagnostics = checkStructure(family, parsed, policy);
  if (diagnostics.length > 0) return { diagnostics, stale: [], unseen: [] };
  const otherTarget = targetMoves(family, plan, facts);
  if (otherTarget.length > 0) return { diagnostics, stale: otherTarget, unseen: [] };
  const stale = staleFacts(family, plan, facts);
  if (stale.length > 0) return { diagnostics, stale, unseen: [] };
  const unproven = proveSteps(family, parsed, facts);
  // That what a step is for is no longer so tells more than that it would change nothing.
  const idle = unproven.length > 0 && unproven.every(({ code }) => code === "P0402");
  const gone = idle && plan.facts !== undefined ? unseenFindings(family, plan, facts) : [];
  if (gone.length > 0) return { diagnostics, stale: [], unseen: gone };
  const wrong = unproven.length > 0 ? unproven : wrongHere(family, parsed, facts, policy);
  // Without facts of its own, all that it says has been compared with these already.
  const unseen = wrong.length > 0 || plan.facts === undefined ? [] : unseenFindings(family, plan, facts);
  return { diagnostics: wrong, stale: [], unseen };
}

/** What the plan claims and these facts show otherwise, whatever findings it lists. */
function wrongHere(
  family: TargetFamily,
  { plan, positionOf }: ParsedPlan,
  facts: Facts,
  { minimumConfidence }: Policy,
): readonly Diagnostic[] {
  const troubles = family.classify(facts).filter(({ severity }) => severity !== "info");
  const at = (code: Diagnostic["code"], path: Untruth[0], message: string): Diagnostic => {
    return { code, message, help: undefined, position: positionOf(path), path: path.join(".") };
  };
  if (plan.outcome === "healthy") {
    return troubles
      .slice(0, 1)
      .map(({ summary }) => at("P0411", ["outcome"], `not all is well here: ${summary}`));
  }
  // Nothing else has shown yet that it says what is so.
  const wrong = plan.facts === undefined ? untruths(family, plan, facts, "the facts here") : [];
  const uncertain = troubles.filter(({ confidence }) => confidence < minimumConfidence);
  return [
    ...wrong.map(([path, message]) => at("P0411", path, message)),
    ...(plan.outcome === "escalate" ? [] : uncertain).map(({ class: name, confidence }) =>
      at("P0503", ["findings"], `here ${name} is ${tooUncertain(confidence, minimumConfidence)}`),
    ),
  ];
}

/** Each step where it stands, and the goal after the last one, by simulation. */
export function proveSteps(
  family: TargetFamily,
  { plan, positionOf }: ParsedPlan,
  facts: Facts,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  let current = facts;
  for (const [index, step] of plan.steps.entries()) {
    const simulated = simulateStep(family, step, current);
    if (simulated === undefined) continue;
    const at = (field: string, message: string, code: Diagnostic["code"], help?: string): Diagnostic =>
      stepDiagnostic(index, field, code, message, help, positionOf);
    for (const { fact, message } of simulated.unmet) {
      diagnostics.push(at("args", `step ${step.id} cannot run here: ${message} (${fact})`, "P0401"));
    }
    if (simulated.redundant)
      diagnostics.push(at("tool", `step ${step.id} would change nothing`, "P0402", "delete the step"));
    else if (simulated.unmet.length === 0) diagnostics.push(...claimProblems(step, simulated, at));
    current = simulated.after;
  }
  const left = family.classify(current).filter(({ severity }) => severity === "blocking");
  if (plan.outcome === "repair" && diagnostics.length === 0 && left.length > 0) {
    const what = left.map(({ summary }) => summary).join("; ");
    diagnostics.push({
      code: "P0403",
      message: `after the last step something blocking is left: ${what}`,
      help: NEW_PLAN,
      position: positionOf(["steps"]),
      path: "steps",
    });
  }
  return diagnostics;
}

/**
 * Every step's facts that have moved. What an earlier step would change counts as changed, also where
 * that step can no longer run: its promises are not what moved. A step that cannot run although none
 * of its facts moved is the plan's own fault, and what follows from it is no drift.
 */
export function staleFacts(family: TargetFamily, plan: Plan, facts: Facts): readonly StaleFact[] {
  const stale: StaleFact[] = [];
  let current = facts;
  for (const step of plan.steps) {
    const moved = movedFacts(step.expects, current).map((fact) => ({ ...fact, step: step.id }));
    stale.push(...moved);
    const simulated = simulateStep(family, step, current);
    if (simulated === undefined) continue;
    if (simulated.unmet.length > 0 && moved.length === 0) return stale;
    current = simulated.tool.simulate(simulated.args, current);
  }
  return stale;
}

function claimProblems(
  step: Step,
  simulated: NonNullable<ReturnType<typeof simulateStep>>,
  at: (field: string, message: string, code: Diagnostic["code"], help?: string) => Diagnostic,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (step.preview !== simulated.tool.preview(simulated.args, simulated.before)) {
    found.push(
      at(
        "preview",
        `the preview of step ${step.id} is not what the step would do`,
        "P0404",
        "make a new plan",
      ),
    );
  }
  const expects = expectationsOf(simulated);
  const missing = Object.keys(expects).filter((id) => !(id in step.expects));
  if (missing.length > 0) {
    found.push(
      at(
        "expects",
        `step ${step.id} depends on facts that it does not expect: ${missing.join(", ")}`,
        "P0405",
      ),
    );
  }
  return found;
}

/** What these facts show of a plan's target otherwise than it says; see {@link TargetFamily}. */
export function targetMoves(
  { identity }: TargetFamily,
  { metadata }: Plan,
  facts: Facts,
  hasBegun = false,
): readonly StaleFact[] {
  return identity.moves(metadata.target, facts, hasBegun).map((moved) => ({ ...moved, step: "target" }));
}
