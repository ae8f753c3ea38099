import type { Facts } from "../core/fact.ts";
import type { ClassifiedFinding } from "../core/finding.ts";
import type { TargetFamily } from "../targets/family.ts";

/** `2026-11-22-port-8080-held-by-jenkins`: the date and what is wrong, fit for a file name. */
export function planName(
  { words }: TargetFamily,
  facts: Facts,
  findings: readonly ClassifiedFinding[],
  createdAt: Date,
): string {
  const [first] = findings.filter(({ severity }) => severity !== "info");
  const what = first === undefined ? "healthy" : (words.planName(first, facts) ?? first.class);
  return `${createdAt.toISOString().slice(0, 10)}-${slug(what)}`;
}

/** Names of programs are anybody's text: only letters, digits and dashes stay. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, "");
}
