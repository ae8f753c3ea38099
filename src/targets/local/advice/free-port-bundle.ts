import { readFact, type Facts } from "../../../core/fact.ts";
import { portHolder, serviceModel, serviceRole, services } from "../facts/local-facts.ts";
import { alternativePort, BUNDLES_TRIED } from "../facts/port-bundle.ts";
import { isForeign } from "./foreign-holder.ts";

interface Movable {
  readonly service: string;
  readonly published: number;
  readonly target: number;
  readonly conflicting: boolean;
  /** The web ports move together, because gh-devlake finds them as a set; the others only when taken. */
  readonly web: boolean;
}

/**
 * New host ports by service: all web ports when one of them is taken, every other port only when it
 * is taken itself; the first bundle in which all are free. undefined when the facts show none.
 */
export function freePortBundle(facts: Facts): Record<string, number> | undefined {
  // Every conflict asks for the same bundle, and facts never change.
  if (!bundles.has(facts)) bundles.set(facts, findBundle(facts));
  return bundles.get(facts);
}

const bundles = new WeakMap<Facts, Record<string, number> | undefined>();

function findBundle(facts: Facts): Record<string, number> | undefined {
  const movable = movablePorts(facts);
  const webIsTaken = movable.some(({ web, conflicting }) => web && conflicting);
  const moving = movable.filter(({ web, conflicting }) => conflicting || (web && webIsTaken));
  if (moving.length === 0) return undefined;
  const others = moving.filter((port) => !port.web).map((port) => [port]);
  const chosen = new Map<number, string>();
  for (const together of [moving.filter((port) => port.web), ...others]) {
    const found = firstFree(facts, together, chosen);
    if (found === undefined) return undefined;
    for (const [service, port] of found) chosen.set(port, service);
  }
  return Object.fromEntries([...chosen].map(([port, service]) => [service, port]));
}

function movablePorts(facts: Facts): readonly Movable[] {
  return (readFact(facts, services()) ?? []).flatMap((service) =>
    (readFact(facts, serviceModel(service))?.ports ?? [])
      .filter(({ protocol }) => protocol === "tcp")
      .map(({ published, target }) => ({
        service,
        published,
        target,
        conflicting: isForeign(readFact(facts, portHolder(published))),
        web: ["backend", "grafana", "config-ui"].includes(readFact(facts, serviceRole(service)) ?? "other"),
      })),
  );
}

/** The first bundle whose ports are free and are given to no other service, neither before nor by itself. */
function firstFree(
  facts: Facts,
  ports: readonly Movable[],
  chosen: ReadonlyMap<number, string>,
): readonly (readonly [service: string, port: number])[] | undefined {
  for (let bundle = 0; bundle < BUNDLES_TRIED; bundle++) {
    const moved = ports.map(
      ({ service, published, target }) => [service, alternativePort(published, target, bundle)] as const,
    );
    const owners = new Map(chosen);
    const fits = moved.every(([service, port]) => {
      const owner = owners.get(port) ?? service;
      owners.set(port, owner);
      return owner === service && readFact(facts, portHolder(port))?.kind === "free";
    });
    if (fits) return moved;
  }
  return undefined;
}
