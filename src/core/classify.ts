import type { Facts } from "./fact.ts";
import type { ClassifiedFinding, Detection, Severity } from "./finding.ts";
import type { Rule } from "./rule.ts";

const weight: Readonly<Record<Severity, number>> = { blocking: 0, degraded: 1, info: 2 };

/** Facts to findings. */
export type Classify = (facts: Facts) => readonly ClassifiedFinding[];

/**
 * Facts to findings by these rules: pure, deterministic, worst first, numbered f1, f2, ... When a stage finds something
 * blocking, the later ones cannot see past it and are not asked.
 */
export function classifierOf(stages: readonly (readonly Rule[])[]): Classify {
  // A plan asks about the same facts many times over, and facts never change.
  const classified = new WeakMap<Facts, readonly ClassifiedFinding[]>();
  return (facts) => {
    const known = classified.get(facts) ?? detectAll(stages, facts);
    classified.set(facts, known);
    return known;
  };
}

function detectAll(stages: readonly (readonly Rule[])[], facts: Facts): readonly ClassifiedFinding[] {
  const detected: Detection[] = [];
  for (const stage of stages) {
    detected.push(...stage.flatMap((rule) => rule.detect(facts)));
    if (detected.some(({ severity }) => severity === "blocking")) break;
  }
  return detected
    .map((detection, order) => ({ detection, order }))
    .sort((a, b) => weight[a.detection.severity] - weight[b.detection.severity] || a.order - b.order)
    .map(({ detection }, index) => ({ ...detection, id: `f${index + 1}` }));
}
