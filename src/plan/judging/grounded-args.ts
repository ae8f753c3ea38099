import type { Facts } from "../../core/fact.ts";
import type { Remedy } from "../../core/finding.ts";
import type { TargetFamily } from "../../targets/family.ts";

/**
 * The literals in arguments that neither a remedy of the rules nor a structured fact names. What a log, an error or a
 * comment says names nothing, whoever repeats it.
 */
export function ungroundedLiterals(
  { model }: TargetFamily,
  args: unknown,
  facts: Facts,
  remedies: readonly Pick<Remedy, "args">[],
): readonly string[] {
  const known = new Set([...model.names(facts), ...remedies.flatMap((remedy) => literalsIn(remedy.args))]);
  return [...new Set(literalsIn(args))].filter((literal) => !known.has(literal));
}

/** Every text and number in a value, names of open-ended members too, as JSON. */
function literalsIn(value: unknown, isTop = true): readonly string[] {
  if (typeof value === "string" || typeof value === "number") return [JSON.stringify(value)];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => literalsIn(item, false));
  return Object.entries(value).flatMap(([key, member]) => [
    // The names of the arguments themselves are the tool's.
    ...(isTop ? [] : [JSON.stringify(key)]),
    ...literalsIn(member, false),
  ]);
}
