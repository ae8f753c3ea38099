import type { Detection, FindingClass } from "../core/finding.ts";
import type { Facts } from "../core/fact.ts";

/** Detects problems of the named classes in facts; pure and synchronous. */
export interface Rule {
  readonly classes: readonly FindingClass[];
  readonly detect: (facts: Facts) => readonly Detection[];
}
