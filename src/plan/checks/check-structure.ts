import { z } from "zod";
import { type TargetFamily, toolNamed } from "../../targets/family.ts";
import { needsApproval } from "../../core/effect.ts";
import { canonicalJson } from "../../core/text/json.ts";
import type { Plan } from "../../core/plan.ts";
import { defaultPolicy, type Policy } from "../../core/policy/policy.ts";
import { checkPolicy } from "./check-policy.ts";
import { checkTimes } from "./check-times.ts";
import type { Diagnostic } from "../files/diagnostics.ts";
import type { ParsedPlan } from "../files/plan-file.ts";
import { NEW_PLAN } from "../../core/text/own-commands.ts";

/**
 * What can be judged without any facts: tools, versions, arguments and effects must be the catalog's,
 * ids and counts must fit together, and the policy must allow it.
 */
export function checkStructure(
  family: TargetFamily,
  { plan, positionOf }: ParsedPlan,
  policy: Policy = defaultPolicy,
): readonly Diagnostic[] {
  return [
    ...checkClosedLists(family, plan, positionOf),
    ...checkSteps(family, plan, positionOf),
    ...checkRejected(family, plan, positionOf),
    ...checkCounts(family, plan, positionOf),
    ...checkTimes(plan.metadata, policy, positionOf),
    ...checkPolicy(family, plan, policy, positionOf),
  ];
}

/** The schema of plans takes any id: what its kind of target does not have is refused here. */
function checkClosedLists(
  { findingClasses, health, identity }: TargetFamily,
  plan: Plan,
  positionOf: ParsedPlan["positionOf"],
): readonly Diagnostic[] {
  const at = (path: readonly (string | number)[], message: string): Diagnostic => {
    return { code: "P0202", message, help: undefined, position: positionOf(path), path: path.join(".") };
  };
  const misfit = identity.misfit(plan.metadata.target);
  return [
    ...(misfit === undefined ? [] : [at(["metadata", "target"], misfit)]),
    ...plan.findings.flatMap(({ class: name }, index) =>
      findingClasses.includes(name)
        ? []
        : [at(["findings", index, "class"], `there is no class of findings "${name}"`)],
    ),
    ...plan.verify.flatMap((check, index) =>
      health.known.includes(check) ? [] : [at(["verify", index], `there is no health check "${check}"`)],
    ),
  ];
}

function checkSteps(
  family: TargetFamily,
  plan: Plan,
  positionOf: ParsedPlan["positionOf"],
): readonly Diagnostic[] {
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
    const tool = toolNamed(family, step.tool);
    if (tool === undefined) {
      return [...found, unknownTool(step.tool, ["steps", index, "tool"], positionOf)];
    }
    // Arguments and effect may have been others then: that they are not today's says nothing more.
    if (step.version < tool.version) {
      const message = `${step.tool} has version ${tool.version} by now, the plan was made with version ${step.version}`;
      return [...found, at("version", message, "P0306", NEW_PLAN)];
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

/** What was considered is a tool of the catalog, too: reviewers read what stands there. */
function checkRejected(
  family: TargetFamily,
  { rejected }: Plan,
  positionOf: ParsedPlan["positionOf"],
): readonly Diagnostic[] {
  return rejected.flatMap(({ tool }, index) => {
    const path = ["rejected", index, "tool"];
    return toolNamed(family, tool) === undefined ? [unknownTool(tool, path, positionOf)] : [];
  });
}

function unknownTool(
  tool: string,
  path: readonly (string | number)[],
  positionOf: ParsedPlan["positionOf"],
): Diagnostic {
  return {
    code: "P0302",
    message: `the catalog has no tool "${tool}"`,
    help: "gh devlake repair tools lists them",
    position: positionOf(path),
    path: path.join("."),
  };
}

function checkCounts(
  family: TargetFamily,
  plan: Plan,
  positionOf: ParsedPlan["positionOf"],
): readonly Diagnostic[] {
  const approvals = plan.steps.filter(({ effect }) => needsApproval(effect)).length;
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
  if (plan.steps.length > 0 && plan.steps.every(({ tool }) => toolNamed(family, tool)?.effect === "read")) {
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

/** What is wrong with one field of a step, where that stands. */
export function stepDiagnostic(
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
