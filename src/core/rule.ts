import type { Detection } from "./finding.ts";
import type { Facts } from "./fact.ts";

/** Detects problems of the named classes in facts; pure and synchronous. */
export interface Rule {
  readonly classes: readonly string[];
  readonly detect: (facts: Facts) => readonly Detection[];
}
