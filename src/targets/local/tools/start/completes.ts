import { readFact, type Facts } from "../../../../core/fact.ts";
import { containerState } from "../../facts/local-facts.ts";
import { servicesToRun } from "../../facts/needed-services.ts";
import { waitsOf } from "../../facts/waits.ts";

/**
 * Health can only be promised when nothing else is missing. What is started again and again for want of a
 * service that is down comes up once that one runs; what loops for reasons of its own does not.
 */
export function isComplete(facts: Facts, started: readonly string[]): boolean {
  return servicesToRun(facts).every((service) => {
    const state = readFact(facts, containerState(service));
    return state === "running" || (state === "restarting" && dependsOnAny(facts, service, started));
  });
}

function dependsOnAny(facts: Facts, service: string, others: readonly string[]): boolean {
  const seen = new Set([service]);
  // A set yields what is added to it while it is gone through.
  for (const each of seen) for (const wait of waitsOf(facts, each)) seen.add(wait.service);
  return others.some((other) => other !== service && seen.has(other));
}
