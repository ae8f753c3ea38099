import { cannotRecreate } from "../facts/compose-version.ts";
import { emptyStarts } from "../losses/empty-starts.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import type { Remedy } from "../../../core/finding.ts";
import { hasOldPorts } from "../health/healthy-facts.ts";
import {
  containerChanges,
  containerNetworkMissing,
  containerState,
  serviceSharesNetworkOf,
  services as servicesOfModel,
} from "../facts/local-facts.ts";
import { conditionOf, waitsOf } from "../facts/waits.ts";
import { isMadeWithoutSecret } from "./made-without-secret.ts";
import { saveRemedies } from "./save-remedy.ts";

type Way = "create" | "recreate" | "start";

/** How the container of a service that is down comes up; undefined: not by any of these, as a dead one, or one whose data may lie elsewhere. */
export function wayOf(facts: Facts, service: string): Way | undefined {
  const state = readFact(facts, containerState(service)) ?? "absent";
  if (state === "absent") return emptyStarts(facts, [service]).length > 0 ? undefined : "create";
  if (state === "dead" || state === "removing" || state === "paused") return undefined;
  const isLost = readFact(facts, containerNetworkMissing(service)) === true && state !== "running";
  // It can be connected to other networks as it is.
  const differs = (readFact(facts, containerChanges(service)) ?? []).some(
    ({ setting }) => !setting.startsWith("networks."),
  );
  const neverRan = state === "created" && differs;
  if (isLost || neverRan || hasOldPorts(facts, service) || isMadeWithoutSecret(facts, service))
    return "recreate";
  return state === "exited" || state === "created" ? "start" : undefined;
}

const tools: Readonly<Record<Way, string>> = {
  create: "retry_local_compose_up",
  recreate: "recreate_services",
  start: "start_stopped_services",
};

const why: Readonly<Record<Way, string>> = {
  create:
    "these services have no container; nothing that exists is recreated, and volumes that exist are used again",
  recreate: "these containers cannot do as they are what the Compose files want; only new ones can",
  start: "these containers exist and need no change; starting them changes nothing else",
};

/**
 * What brings up services that are down: those that have no container are created, those that cannot be used as they
 * are recreated, and the others started. Each tool is offered for all that it can bring up now; what waits for the
 * others comes when they run.
 */
export function bringUpRemedies(facts: Facts, down: readonly string[]): readonly Remedy[] {
  return (["start", "create", "recreate"] as const).flatMap((way) => {
    if (way === "recreate" && cannotRecreate(facts)) return [];
    const wanted = down.filter((service) => wayOf(facts, service) === way);
    const chosen = inModelOrder(
      facts,
      possible(facts, way === "recreate" ? withSharers(facts, wanted) : wanted),
    );
    if (chosen.length === 0) return [];
    return [
      ...(way === "recreate" ? saveRemedies(facts, chosen) : []),
      { tool: tools[way], args: { services: chosen }, why: why[way] },
    ];
  });
}

/** Who uses the network of a container that is replaced has to be replaced too. */
function withSharers(facts: Facts, hosts: readonly string[]): readonly string[] {
  const all = new Set(hosts);
  // A set yields what is added to it while it is gone through.
  for (const host of all)
    for (const service of readFact(facts, servicesOfModel()) ?? [])
      if (readFact(facts, serviceSharesNetworkOf(service)) === host && isMade(facts, service))
        all.add(service);
  return [...all];
}

function isMade(facts: Facts, service: string): boolean {
  return (readFact(facts, containerState(service)) ?? "absent") !== "absent";
}

/** Those of them whose start does not wait for something that is down and not among them. */
function possible(facts: Facts, services: readonly string[]): readonly string[] {
  const left = services.filter((service) =>
    waitsOf(facts, service).every(
      (wait) =>
        !wait.required || services.includes(wait.service) || conditionOf(facts, wait).kind !== "failed",
    ),
  );
  return left.length === services.length ? left : possible(facts, left);
}

/** The same arguments however the services were found. */
function inModelOrder(facts: Facts, services: readonly string[]): string[] {
  return (readFact(facts, servicesOfModel()) ?? []).filter((service) => services.includes(service));
}
