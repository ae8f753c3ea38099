import type { FactKind, FactRef, Facts } from "./fact.ts";
import { localFactKinds, logLine } from "./local-facts.ts";

/** The refs of one kind that `facts` holds, with the parameter of each: all ports, all containers. */
export function parametersOf(facts: Pick<Facts, "keys">, kind: FactKind<unknown>): readonly string[] {
  const pattern = patternOf(kind);
  return [...facts.keys()].flatMap((id) => pattern.exec(id)?.[1] ?? []);
}

/** The log lines of a service that the facts hold, the oldest first; lines may be missing. */
export function logLinesOf(facts: Facts, service: string): readonly FactRef<string>[] {
  const prefix = logLine(service, "").id;
  return [...facts.keys()]
    .filter((id) => id.startsWith(prefix) && /^\d+$/.test(id.slice(prefix.length)))
    .map((id) => Number(id.slice(prefix.length)))
    .sort((a, b) => a - b)
    .map((number) => logLine(service, number));
}

/** The kind that an id belongs to, if any. */
export function factKindOf(id: string): FactKind<unknown> | undefined {
  return localFactKinds.find((kind) => patternOf(kind).test(id));
}

function patternOf(kind: FactKind<unknown>): RegExp {
  const escaped = kind.pattern.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll(/\{[a-z]+\}/g, "(.+)")}$`);
}
