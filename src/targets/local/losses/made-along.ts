import { readFact, type Facts } from "../../../core/fact.ts";
import { composeCommand, services as servicesOfModel } from "../facts/local-facts.ts";
import { waitsOf } from "../facts/waits.ts";

/**
 * Services whose networks and volumes Compose makes before the containers of the named ones, with --no-deps too: those
 * that these wait for, directly or through others (tried with 2.40); before that all of the files (tried with 2.26).
 */
export function servicesMadeAlong(facts: Facts, named: readonly string[]): readonly string[] {
  const [major = 0, minor = 0] = (readFact(facts, composeCommand())?.version ?? "").split(".").map(Number);
  if (major < 2 || (major === 2 && minor < 40))
    return [...new Set([...named, ...(readFact(facts, servicesOfModel()) ?? [])])];
  const all = new Set(named);
  // A set yields what is added to it while it is gone through.
  for (const service of all) for (const wait of waitsOf(facts, service)) all.add(wait.service);
  return [...all];
}
