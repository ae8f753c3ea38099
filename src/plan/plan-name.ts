import { readFact, type Facts } from "../core/fact.ts";
import type { ClassifiedFinding } from "../core/finding.ts";
import { portHolder } from "../core/local-facts.ts";

/** `2026-11-22-port-8080-held-by-jenkins`: the date and what is wrong, fit for a file name. */
export function planName(facts: Facts, findings: readonly ClassifiedFinding[], createdAt: Date): string {
  const [first] = findings.filter(({ severity }) => severity !== "info");
  const what = first === undefined ? "healthy" : (portConflictName(facts, first) ?? first.class);
  return `${createdAt.toISOString().slice(0, 10)}-${slug(what)}`;
}

function portConflictName(facts: Facts, finding: ClassifiedFinding): string | undefined {
  const port = /^local\.port\.(\d+)\.holder$/.exec(finding.evidence[0] ?? "")?.[1];
  if (port === undefined) return undefined;
  const holder = readFact(facts, portHolder(port));
  const name = holder !== undefined && "name" in holder ? holder.name : undefined;
  return `port-${port}-held-by-${name ?? "another-process"}`;
}

/** Names of containers and processes are anybody's text: only letters, digits and dashes stay. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, "");
}
