import type { FactKind, Facts } from "../core/fact.ts";
import { readFact } from "../core/fact.ts";
import type { Remedy } from "../core/finding.ts";
import { parametersOf } from "../core/fact-ids.ts";
import { containerName, portHolder, services, strayContainers } from "../core/local-facts.ts";

/**
 * The literals in arguments that neither a remedy of the rules nor a structured fact names: services of
 * the Compose model, this project's containers, ports that were looked at. What a log, an error or a
 * comment says names nothing, whoever repeats it.
 */
export function ungroundedLiterals(
  args: unknown,
  facts: Facts,
  remedies: readonly Pick<Remedy, "args">[],
): readonly string[] {
  const known = new Set([...groundOf(facts), ...remedies.flatMap((remedy) => literalsIn(remedy.args))]);
  return [...new Set(literalsIn(args))].filter((literal) => !known.has(literal));
}

function groundOf(facts: Facts): readonly string[] {
  const names = parametersOf(facts, containerName satisfies FactKind<string>).flatMap(
    (service) => readFact(facts, containerName(service)) ?? [],
  );
  const strays = (readFact(facts, strayContainers()) ?? []).map(({ name }) => name);
  const texts = [...(readFact(facts, services()) ?? []), ...names, ...strays].map((text) =>
    JSON.stringify(text),
  );
  return [...texts, ...parametersOf(facts, portHolder)];
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
