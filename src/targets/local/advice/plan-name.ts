import { readFact, type Facts } from "../../../core/fact.ts";
import type { ClassifiedFinding } from "../../../core/finding.ts";
import { portHolder } from "../facts/local-facts.ts";

/** `port-8080-held-by-jenkins` */
export function portConflictName(finding: ClassifiedFinding, facts: Facts): string | undefined {
  const port = /^local\.port\.(\d+)\.holder$/.exec(finding.evidence[0] ?? "")?.[1];
  if (port === undefined) return undefined;
  const holder = readFact(facts, portHolder(port));
  const name = holder !== undefined && "name" in holder ? holder.name : undefined;
  return `port-${port}-held-by-${name ?? "another-process"}`;
}
