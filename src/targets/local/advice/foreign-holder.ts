import { readFact, type Facts } from "../../../core/fact.ts";
import type { PortHolder } from "../facts/fact-values.ts";
import { containerError, containerState, portHolder, serviceModel, services } from "../facts/local-facts.ts";
import { portErrorOf, type PortError } from "../causes/port-error.ts";

/** Somebody else has the port: a service that wants it cannot start. */
export function isForeign(holder: PortHolder | undefined): boolean {
  return holder?.kind === "container" || holder?.kind === "process";
}

/**
 * Nobody can look at the holder, as on another host, and the Engine said that the port was taken when
 * it tried to start the container. Where the holder can be seen, what is seen now decides.
 */
export function unseenConflict(facts: Facts, service: string, port: number): PortError | undefined {
  if (readFact(facts, portHolder(port))?.kind !== "unknown") return undefined;
  const error = portErrorOf(readFact(facts, containerError(service)));
  const runs = readFact(facts, containerState(service)) === "running";
  return !runs && error?.port === port ? error : undefined;
}

/** Somebody else has a port that the service wants. */
export function lacksPort(facts: Facts, service: string): boolean {
  return (readFact(facts, serviceModel(service))?.ports ?? []).some(
    ({ published, protocol }) =>
      protocol === "tcp" &&
      (isForeign(readFact(facts, portHolder(published))) ||
        unseenConflict(facts, service, published) !== undefined),
  );
}

/** Services that cannot start because a port is taken, and what depends on them, however far. */
export function blockedByPorts(facts: Facts): ReadonlySet<string> {
  const all = readFact(facts, services()) ?? [];
  const blocked = new Set(all.filter((service) => lacksPort(facts, service)));
  for (let before = -1; before !== blocked.size;) {
    before = blocked.size;
    for (const service of all) {
      const { dependsOn = [] } = readFact(facts, serviceModel(service)) ?? {};
      if (dependsOn.some((other) => blocked.has(other))) blocked.add(service);
    }
  }
  return blocked;
}
