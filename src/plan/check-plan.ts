import { classify } from "../classify/classify.ts";
import { toolNamed } from "../catalog/index.ts";
import { readFact, type Facts } from "../core/fact.ts";
import { composeProject, engineId, projectVolumes } from "../core/local-facts.ts";
import type { Plan, Step } from "../core/plan.ts";
import { defaultPolicy, type Policy } from "../core/policy.ts";
import { checkTimes } from "./check-times.ts";
import { checkPolicy } from "./check-policy.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { ParsedPlan } from "./plan-file.ts";
import { movedFacts, type MovedFact } from "../core/expectations.ts";
import { expectationsOf, simulateStep } from "./simulate.ts";
import { canonicalJson, sameJson } from "../core/json.ts";
import { z } from "zod";

/** A fact that is no longer as the plan expects, and the step that depends on it. */
export interface StaleFact extends MovedFact {
  readonly step: string;
}

export interface PlanCheck {
  /** What is wrong with the plan itself, whatever the target looks like. */
  readonly diagnostics: readonly Diagnostic[];
  /** Facts that moved since the plan was made; only asked when the plan itself is sound. */
  readonly stale: readonly StaleFact[];
}

/**
 * What can be judged without any facts: tools, versions, arguments and effects must be the catalog's,
 * ids and counts must fit together, and the policy must allow it.
 */
export function checkStructure(
  { plan, positionOf }: ParsedPlan,
  policy: Policy = defaultPolicy,
): readonly Diagnostic[] {
  return [
    ...checkSteps(plan, positionOf),
    ...checkCounts(plan, positionOf),
    ...checkTimes(plan.metadata, policy, positionOf),
    ...checkPolicy(plan, policy, positionOf),
  ];
}

/**
 * The compiler's judgement of a plan on given facts: its structure must be sound, previews must be what
 * the catalog makes of them, every precondition must hold where its step stands, and nothing blocking
 * may be left after the last step.
 */
export function checkPlan(parsed: ParsedPlan, facts: Facts, policy: Policy = defaultPolicy): PlanCheck {
  const { plan } = parsed;
  const diagnostics = checkStructure(parsed, policy);
  if (diagnostics.length > 0) return { diagnostics, stale: [] };
  const otherTarget = identityMoves(plan, facts, plan.metadata.target.identity.volumes);
  if (otherTarget.length > 0) return { diagnostics, stale: otherTarget };
  const stale = staleFacts(plan, facts);
  if (stale.length > 0) return { diagnostics, stale };
  const unproven = proveSteps(parsed, facts);
  return { diagnostics: unproven.length > 0 ? unproven : wrongHere(parsed, facts, policy), stale: [] };
}

/** What the plan claims and these facts show otherwise, whatever findings it lists. */
function wrongHere(
  { plan, positionOf }: ParsedPlan,
  facts: Facts,
  { minimumConfidence }: Policy,
): readonly Diagnostic[] {
  const troubles = classify(facts).filter(({ severity }) => severity !== "info");
  const at = (code: Diagnostic["code"], path: string, message: string): Diagnostic => {
    return { code, message, help: undefined, position: positionOf([path]), path };
  };
  if (plan.outcome === "healthy") {
    return troubles
      .slice(0, 1)
      .map(({ summary }) => at("P0411", "outcome", `not all is well here: ${summary}`));
  }
  if (plan.outcome === "escalate") return [];
  return troubles
    .filter(({ confidence }) => confidence < minimumConfidence)
    .map(({ class: name, confidence }) =>
      at(
        "P0503",
        "findings",
        `${name} is found with confidence ${confidence} here, the policy wants ${minimumConfidence}`,
      ),
    );
}

/** Each step where it stands, and the goal after the last one, by simulation. */
export function proveSteps({ plan, positionOf }: ParsedPlan, facts: Facts): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  let current = facts;
  for (const [index, step] of plan.steps.entries()) {
    const simulated = simulateStep(step, current);
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
  const left = classify(current).filter(({ severity }) => severity === "blocking");
  if (plan.outcome === "repair" && diagnostics.length === 0 && left.length > 0) {
    const what = left.map(({ summary }) => summary).join("; ");
    diagnostics.push({
      code: "P0403",
      message: `after the last step something blocking is left: ${what}`,
      help: "make a new plan: gh devlake repair --plan-only",
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
export function staleFacts(plan: Plan, facts: Facts): readonly StaleFact[] {
  const stale: StaleFact[] = [];
  let current = facts;
  for (const step of plan.steps) {
    const moved = movedFacts(step.expects, current).map((fact) => ({ ...fact, step: step.id }));
    stale.push(...moved);
    const simulated = simulateStep(step, current);
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

/**
 * A plan without an identity would fit any target, so a missing one is as wrong as another's. `volumes`: what the
 * project must have; undefined when a run has begun that may have made some.
 */
export function identityMoves(
  plan: Plan,
  facts: Facts,
  volumes: readonly string[] | undefined,
): readonly StaleFact[] {
  const { project, identity } = plan.metadata.target;
  const pairs = [
    [composeProject().id, readFact(facts, composeProject()), project],
    [engineId().id, readFact(facts, engineId()), identity.engineId],
    [projectVolumes().id, volumes && (readFact(facts, projectVolumes()) ?? []), volumes],
  ] as const;
  return pairs.flatMap(([fact, is, was]) =>
    sameJson(is ?? null, was ?? null) ? [] : [{ step: "target", fact, was: was ?? null, is: is ?? null }],
  );
}

function checkSteps(plan: Plan, positionOf: ParsedPlan["positionOf"]): readonly Diagnostic[] {
  const findings = new Set(plan.findings.map(({ id }) => id));
  const ids = new Set<string>();
  return plan.steps.flatMap((step, index) => {
    const at = (field: string, message: string, code: Diagnostic["code"], help?: string): Diagnostic =>
      stepDiagnostic(index, field, code, message, help, positionOf);
    const found: Diagnostic[] = [];
    if (ids.has(step.id)) found.push(at("id", `two steps have the id ${step.id}`, "P0301"));
    ids.add(step.id);
    const unknown = step.fixes.filter((id) => !findings.has(id));
    if (unknown.length > 0) found.push(at("fixes", `no such finding: ${unknown.join(", ")}`, "P0304"));
    const tool = toolNamed(step.tool);
    if (tool === undefined) {
      return [
        ...found,
        at("tool", `the catalog has no tool "${step.tool}"`, "P0302", "gh devlake repair tools lists them"),
      ];
    }
    if (tool.version !== step.version) {
      found.push(
        at(
          "version",
          `${step.tool} has version ${tool.version}, the plan wants ${step.version}`,
          "P0302",
          "make a new plan",
        ),
      );
    }
    const args = tool.args.safeParse(step.args);
    if (!args.success)
      found.push(at("args", `arguments of ${step.tool}: ${z.prettifyError(args.error)}`, "P0303"));
    if (tool.effect !== step.effect || tool.reversible !== step.reversible) {
      found.push(
        at(
          "effect",
          `${step.tool} is ${tool.effect} (reversible: ${tool.reversible}), the plan claims ${step.effect} (${step.reversible})`,
          "P0406",
        ),
      );
    }
    return found;
  });
}

function checkCounts(plan: Plan, positionOf: ParsedPlan["positionOf"]): readonly Diagnostic[] {
  const approvals = plan.steps.filter(
    ({ effect }) => effect === "mutating" || effect === "destructive",
  ).length;
  const irreversible = plan.steps.filter(({ reversible }) => reversible === "none").length;
  const is = { steps: plan.steps.length, needApproval: approvals, irreversible };
  const { steps, needApproval, irreversible: claimed } = plan.summary;
  const found: Diagnostic[] = [];
  if (canonicalJson(is) !== canonicalJson({ steps, needApproval, irreversible: claimed })) {
    found.push({
      code: "P0407",
      message: `the summary does not count the steps: there are ${is.steps}, ${is.needApproval} need approval, ${is.irreversible} irreversible`,
      help: undefined,
      position: positionOf(["summary"]),
      path: "summary",
    });
  }
  if (plan.steps.length > 0 && plan.steps.every(({ tool }) => toolNamed(tool)?.effect === "read")) {
    found.push({
      code: "P0409",
      message: "the steps only look: nothing can be repaired by them",
      help: undefined,
      position: positionOf(["steps"]),
      path: "steps",
    });
  }
  if ((plan.outcome === "repair") !== plan.steps.length > 0) {
    found.push({
      code: "P0408",
      message: `outcome ${plan.outcome} does not go with ${plan.steps.length} steps`,
      help: undefined,
      position: positionOf(["outcome"]),
      path: "outcome",
    });
  }
  return found;
}

function stepDiagnostic(
  index: number,
  field: string,
  code: Diagnostic["code"],
  message: string,
  help: string | undefined,
  positionOf: ParsedPlan["positionOf"],
): Diagnostic {
  const position = positionOf(["steps", index, field]) ?? positionOf(["steps", index]);
  return { code, message, help, position, path: `steps.${index}.${field}` };
}
