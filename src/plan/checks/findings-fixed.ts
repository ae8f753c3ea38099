import type { TargetFamily } from "../../targets/family.ts";
import type { ClassifiedFinding } from "../../core/finding.ts";
import type { SimulatedStep } from "../simulate.ts";

/**
 * For each step, the ids of the findings of the plan that it helps to cure: those that offer it as a
 * remedy, and those that an earlier step cures only together with it. What starts services after a move of
 * ports is made necessary by the move, so it helps to cure what the move is for.
 */
export function findingsFixed(
  { classify }: TargetFamily,
  steps: readonly SimulatedStep[],
  findings: readonly ClassifiedFinding[],
): readonly (readonly string[])[] {
  const known = new Set(findings.map(keyOf));
  /** Findings that only a step brought to light, and what that step is for. */
  const broughtBy = new Map<string, readonly string[]>();
  const fixes: (readonly string[])[] = [];
  for (const step of steps) {
    const own = findings.filter((finding) => offers(finding, step)).map(({ id }) => id);
    const inherited = classify(step.before)
      .filter((finding) => offers(finding, step))
      .flatMap((finding) => broughtBy.get(keyOf(finding)) ?? []);
    const wanted = new Set([...own, ...inherited]);
    const ids = findings.map(({ id }) => id).filter((id) => wanted.has(id));
    fixes.push(ids);
    for (const key of classify(step.after).map(keyOf)) {
      if (!known.has(key) && !broughtBy.has(key)) broughtBy.set(key, ids);
    }
  }
  return fixes;
}

function offers(finding: ClassifiedFinding, { tool }: SimulatedStep): boolean {
  return finding.remedies.some((remedy) => remedy.tool === tool.name);
}

function keyOf({ class: name, evidence }: ClassifiedFinding): string {
  return `${name} ${evidence.join(" ")}`;
}
