import type { Facts } from "../core/fact.ts";
import type { ClassifiedFinding, Detection, Severity } from "../core/finding.ts";
import { stages } from "./stages.ts";

const weight: Readonly<Record<Severity, number>> = { blocking: 0, degraded: 1, info: 2 };

/** Facts to findings: pure, deterministic, worst first, numbered f1, f2, ... */
export function classify(facts: Facts): readonly ClassifiedFinding[] {
  // A plan asks about the same facts many times over, and facts never change.
  const known = classified.get(facts);
  if (known !== undefined) return known;
  const findings = detectAll(facts);
  classified.set(facts, findings);
  return findings;
}

const classified = new WeakMap<Facts, readonly ClassifiedFinding[]>();

function detectAll(facts: Facts): readonly ClassifiedFinding[] {
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
