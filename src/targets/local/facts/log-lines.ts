import type { FactRef, Facts } from "../../../core/fact.ts";
import { factKindIn } from "../../../core/fact-ids.ts";
import { localFactKinds, logLine } from "./local-facts.ts";

/** The log lines of a service that the facts hold, the oldest first; lines may be missing. */
export function logLinesOf(facts: Facts, service: string): readonly FactRef<string>[] {
  const prefix = logLine(service, "").id;
  return [...facts.keys()]
    .filter((id) => id.startsWith(prefix) && /^\d+$/.test(id.slice(prefix.length)))
    .map((id) => Number(id.slice(prefix.length)))
    .sort((a, b) => a - b)
    .map((number) => logLine(service, number));
}

export function isLogLine(id: string): boolean {
  return factKindIn(localFactKinds, id)?.pattern === logLine.pattern;
}
