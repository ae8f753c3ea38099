import { readFact, type Facts } from "../core/fact.ts";
import { portHolder, serviceModel, serviceRole, services } from "../core/local-facts.ts";
import { alternativePort, BUNDLES_TRIED } from "../core/port-bundle.ts";
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
  const web = firstFree(
    facts,
    moving.filter((port) => port.web),
  );
  const others = moving.filter((port) => !port.web).map((port) => firstFree(facts, [port]));
  if (web === undefined || others.includes(undefined)) return undefined;
  return Object.assign({}, web, ...others) as Record<string, number>;
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

function firstFree(facts: Facts, ports: readonly Movable[]): Record<string, number> | undefined {
  for (let bundle = 0; bundle < BUNDLES_TRIED; bundle++) {
    const moved = ports.map(
      ({ service, published, target }) => [service, alternativePort(published, target, bundle)] as const,
    );
    if (moved.every(([, port]) => readFact(facts, portHolder(port))?.kind === "free"))
      return Object.fromEntries(moved);
  }
  return undefined;
}
