import { readFact, type Facts } from "../../../core/fact.ts";
import {
  containerExitCode,
  containerState,
  databaseService,
  serviceModel,
  serviceRole,
  services,
} from "./local-facts.ts";

/**
 * The services that DevLake is made of, and all that these depend on, however far. Others of the file may be
 * anybody's: what becomes of them is told and not held against DevLake.
 */
export function neededServices(facts: Facts): readonly string[] {
  const known = neededOf.get(facts);
  if (known !== undefined) return known;
  const all = readFact(facts, services()) ?? [];
  const choice = readFact(facts, databaseService());
  // DevLake works on one of several databases.
  const told = choice?.status === "named" ? choice.service : undefined;
  // A set yields what is added to it while it is gone through.
  const needed = new Set(
    all.filter((service) => {
      const role = readFact(facts, serviceRole(service)) ?? "other";
      return role !== "other" && !(role === "database" && told !== undefined && told !== service);
    }),
  );
  for (const service of needed)
    for (const other of readFact(facts, serviceModel(service))?.dependsOn ?? []) needed.add(other);
  const found = all.filter((service) => needed.has(service));
  neededOf.set(facts, found);
  return found;
}

/** Remembered: every rule and every tool asks, and facts never change. */
const neededOf = new WeakMap<Facts, readonly string[]>();

/** Runs once before others start, and has: that it has ended is as it should be. */
export function isDoneJob(facts: Facts, service: string): boolean {
  return (
    readFact(facts, serviceModel(service))?.runsOnce === true &&
    readFact(facts, containerState(service)) === "exited" &&
    readFact(facts, containerExitCode(service)) === 0
  );
}

/** Those of them that have to run. */
export function servicesToRun(facts: Facts): readonly string[] {
  return neededServices(facts).filter((service) => !isDoneJob(facts, service));
}
