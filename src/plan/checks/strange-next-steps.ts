import type { ClassifiedFinding } from "../../core/finding.ts";
import type { Plan } from "../../core/plan.ts";
import { shellWord } from "../../core/text/shell-word.ts";
import type { TargetFamily } from "../../targets/family.ts";

/** What the compiler says beside the rules' own advice (assemble.ts). */
const ours: readonly string[] = [
  String.raw`to plan by the rules alone: \x60gh devlake repair --plan-only --planner offline\x60`,
  String.raw`judge [a-z_]{1,60} yourself: it is [\w .,%]{1,120}`,
  String.raw`judge the cause yourself, [\w ./:@-]{1,80} is not sure of it: look at [\w., -]{1,600}`,
  String.raw`ask for another policy: (?:the repair takes \d+ steps, the policy allows \d+|the policy (?:denies|allows only) [a-z_, ]{1,600}|the policies allow no tool in common|[a-z_]{1,60} is [a-z]{1,20}, the policy allows [a-z]{1,20} at most)`,
];

/**
 * The numbers of the next steps that are none of ours. People type what stands there, so in a plan that anybody may
 * have edited it has to be the advice of the rules on these facts, or one of the few other sentences that we write.
 */
export function strangeNextSteps(
  { model }: TargetFamily,
  { nextSteps, outcome, metadata }: Plan,
  findings: readonly ClassifiedFinding[],
): readonly number[] {
  const patterns = [...ours, ...model.nextStepPatterns].map((text) => new RegExp(`^${text}$`));
  const advice = new Set(findings.flatMap((finding) => finding.nextSteps));
  advice.add(`go to the deployment's directory: \`cd ${shellWord(metadata.target.directory)}\``);
  return nextSteps.flatMap((step, index) =>
    outcome === "escalate" && (advice.has(step) || patterns.some((pattern) => pattern.test(step)))
      ? []
      : [index],
  );
}
