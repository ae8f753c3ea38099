import type { FactKind, Facts } from "./fact.ts";

/** The refs of one kind that `facts` holds, with the parameter of each: all ports, all services. */
export function parametersOf(facts: Pick<Facts, "keys">, kind: FactKind<unknown>): readonly string[] {
  const pattern = patternOf(kind);
  return [...facts.keys()].flatMap((id) => pattern.exec(id)?.[1] ?? []);
}

/** The kind that an id belongs to, if any. */
export function factKindIn(kinds: readonly FactKind<unknown>[], id: string): FactKind<unknown> | undefined {
  return kinds.find((kind) => patternOf(kind).test(id));
}

function patternOf(kind: FactKind<unknown>): RegExp {
  const escaped = kind.pattern.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll(/\{[a-z]+\}/g, "(.+)")}$`);
}
