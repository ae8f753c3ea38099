import { readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { serviceModel, services } from "../facts/local-facts.ts";
import { providerProblem } from "../facts/service-provider.ts";
import type { UnmetPrecondition } from "../../define-tool.ts";

/** The services whose `provider:` names a program, which Compose starts with whatever service is brought up. */
function withProvider(facts: Facts): readonly string[] {
  return (readFact(facts, services()) ?? []).filter(
    (service) => readFact(facts, serviceModel(service))?.provider !== undefined,
  );
}

export function providerFacts(facts: Facts): readonly FactRef<unknown>[] {
  return withProvider(facts).map((service) => serviceModel(service));
}

export function providerProblems(facts: Facts): readonly UnmetPrecondition[] {
  return withProvider(facts).map((service) => ({
    fact: serviceModel(service).id,
    message: providerProblem(service, readFact(facts, serviceModel(service))?.provider ?? ""),
  }));
}
