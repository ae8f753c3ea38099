import type { FactKind, Facts } from "../../../core/fact.ts";
import { readFact } from "../../../core/fact.ts";
import { parametersOf } from "../../../core/fact-ids.ts";
import { containerName, portHolder, services, strayContainers } from "../facts/local-facts.ts";

/** What arguments may name, as JSON: services of the Compose model, this project's containers, ports that were looked at. */
export function namesInFacts(facts: Facts): readonly string[] {
  const names = parametersOf(facts, containerName satisfies FactKind<string>).flatMap(
    (service) => readFact(facts, containerName(service)) ?? [],
  );
  const strays = (readFact(facts, strayContainers()) ?? []).map(({ name }) => name);
  const texts = [...(readFact(facts, services()) ?? []), ...names, ...strays].map((text) =>
    JSON.stringify(text),
  );
  return [...texts, ...parametersOf(facts, portHolder)];
}
