import { type TargetFamily, toolNamed } from "../../targets/family.ts";
import { tooUncertain } from "../../core/policy/certainty.ts";
import type { Plan } from "../../core/plan.ts";
import { forbidden, type Policy } from "../../core/policy/policy.ts";
import type { Diagnostic } from "../files/diagnostics.ts";
import type { PositionOf } from "../files/strict-yaml.ts";

/** What of a plan the policy does not allow. */
export function checkPolicy(
  family: TargetFamily,
  plan: Plan,
  policy: Policy,
  positionOf: PositionOf,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const [index, step] of plan.steps.entries()) {
    const tool = toolNamed(family, step.tool);
    const why = tool === undefined ? undefined : forbidden(policy, tool);
    if (why === undefined) continue;
    const at = ["steps", index, "tool"];
    found.push({
      code: "P0501",
      message: `step ${step.id}: ${why}`,
      help: undefined,
      position: positionOf(at),
      path: at.join("."),
    });
  }
  if (plan.steps.length > policy.maxSteps) {
    const message = `the plan has ${plan.steps.length} steps, the policy allows ${policy.maxSteps}`;
    found.push({ code: "P0502", message, help: undefined, position: positionOf(["steps"]), path: "steps" });
  }
  for (const [index, finding] of plan.findings.entries()) {
    if (
      plan.outcome !== "repair" ||
      finding.severity === "info" ||
      finding.confidence >= policy.minimumConfidence
    )
      continue;
    const at = ["findings", index, "confidence"];
    const message = `${finding.id} is ${tooUncertain(finding.confidence, policy.minimumConfidence)}`;
    found.push({ code: "P0503", message, help: undefined, position: positionOf(at), path: at.join(".") });
  }
  return found;
}
