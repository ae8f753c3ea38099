import { classify } from "../../src/targets/local/classify.ts";
import { toolNamed } from "../../src/targets/family.ts";
import type { Effect } from "../../src/core/effect.ts";
import type { Facts } from "../../src/core/fact.ts";
import type { Severity } from "../../src/core/finding.ts";
import { forbidden, type Policy } from "../../src/core/policy/policy.ts";
import { simulateStep, type StepDraft } from "../../src/plan/simulate.ts";
import { localFamily } from "../../src/targets/local/family.ts";

/** How many steps of each effect, the highest first, then seconds of downtime, then steps. */
export type Cost = readonly number[];

const effects: readonly Effect[] = ["destructive", "mutating", "safe", "read"];

export function costOf(steps: readonly Pick<StepDraft, "tool">[]): Cost {
  const tools = steps.flatMap(({ tool }) => toolNamed(localFamily, tool) ?? []);
  return [
    ...effects.map((effect) => tools.filter((tool) => tool.effect === effect).length),
    tools.reduce((sum, { downtimeSeconds }) => sum + downtimeSeconds, 0),
    steps.length,
  ];
}

/** Negative when `a` is cheaper. */
export function compareCosts(a: Cost, b: Cost): number {
  return a.map((part, index) => part - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/**
 * The cheapest cost of any list of at most `depth` remedies after which no finding of `goal` is left,
 * by trying them all in every order; undefined when there is none.
 */
export function cheapest(
  facts: Facts,
  goal: readonly Severity[],
  depth: number,
  policy: Policy,
): Cost | undefined {
  let best: Cost | undefined;
  const visit = (current: Facts, steps: readonly StepDraft[]): void => {
    const findings = classify(current);
    if (findings.every(({ severity }) => !goal.includes(severity))) {
      const cost = costOf(steps);
      if (best === undefined || compareCosts(cost, best) < 0) best = cost;
      return;
    }
    if (steps.length >= depth) return;
    for (const remedy of findings.flatMap(({ remedies }) => remedies)) {
      const simulated = simulateStep(localFamily, remedy, current);
      if (simulated === undefined || simulated.unmet.length > 0 || simulated.redundant) continue;
      if (forbidden(policy, simulated.tool) === undefined) visit(simulated.after, [...steps, remedy]);
    }
  };
  visit(facts, []);
  return best;
}
