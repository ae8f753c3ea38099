import { cannotRecreate } from "../../facts/compose-version.ts";
import { readFact, type FactRef, type Facts } from "../../../../core/fact.ts";
import {
  backendSecret,
  composeCommand,
  composeProject,
  composeStatus,
  containerChanges,
  containerExitCode,
  containerId,
  containerName,
  containerNetworksLacking,
  containerNotSeen,
  containerPorts,
  containerPublished,
  engineStatus,
  madeFrom,
  portHolder,
  projectNetworkStates,
  projectVolumeStates,
  serviceImage,
  serviceModel,
  services as servicesOfModel,
  serviceSettings,
  serviceSharesNetworkOf,
  serviceWaits,
  surplusContainers,
  takenFromShell,
} from "../../facts/local-facts.ts";
import { servicesMadeAlong } from "../../losses/made-along.ts";
import { steadyState } from "../../facts/steady-state.ts";
import { waitsOf } from "../../facts/waits.ts";
import { providerFacts } from "../provider-problems.ts";
import { wantedHostPorts } from "./port-problems.ts";

/** What is about to be done to the containers of the named services. */
export interface Creation {
  readonly how: "create" | "recreate";
  readonly services: readonly string[];
}

/** All that refusals, simulation and preview of a creation look at. */
export function creationReads(creation: Creation, facts: Facts): readonly FactRef<unknown>[] {
  const present = (...refs: readonly FactRef<unknown>[]): readonly FactRef<unknown>[] =>
    refs.filter(({ id }) => facts.has(id));
  return [
    engineStatus(),
    composeStatus(),
    // Which Compose it is matters where an old one cannot do it, and for what it makes along.
    ...(isMoreMade(facts) || (creation.how === "recreate" && cannotRecreate(facts))
      ? present(composeCommand())
      : []),
    composeProject(),
    servicesOfModel(),
    backendSecret(),
    projectNetworkStates(),
    projectVolumeStates(),
    surplusContainers(),
    ...present(takenFromShell(), madeFrom()),
    ...providerFacts(facts),
    ...sharers(facts, creation.services).map((service) => serviceSharesNetworkOf(service)),
    // Whose networks and volumes are made.
    ...(isMoreMade(facts) ? servicesMadeAlong(facts, creation.services) : []).flatMap((service) =>
      present(serviceWaits(service), serviceSharesNetworkOf(service)),
    ),
    ...creation.services.flatMap((service) => [
      serviceModel(service),
      serviceSettings(service),
      serviceImage(service),
      serviceWaits(service),
      ...steadyState(facts, service),
      ...waitsOf(facts, service).flatMap((wait) => [
        ...steadyState(facts, wait.service),
        ...(wait.condition === "completed" ? present(containerExitCode(wait.service)) : []),
      ]),
      ...wantedHostPorts(facts, service).map((port) => portHolder(port)),
      ...present(serviceSharesNetworkOf(service)),
      ...(creation.how === "create" ? [] : ofContainer(facts, service)),
    ]),
  ];
}

/** Where every network and volume of the files is there and as they want it, it is no matter for whom Compose makes them. */
function isMoreMade(facts: Facts): boolean {
  return [projectNetworkStates(), projectVolumeStates()].some((ref) =>
    (readFact(facts, ref) ?? []).some(
      ({ status }) => !["same", "unlabelled", "external", "forgotten"].includes(status),
    ),
  );
}

/** What of these says what the files want, which no attempt changes. */
export function filesReads({ services: named }: Creation): readonly FactRef<unknown>[] {
  return [
    composeStatus(),
    composeProject(),
    ...named.flatMap((service) => [
      serviceModel(service),
      serviceSettings(service),
      serviceWaits(service),
      serviceSharesNetworkOf(service),
    ]),
  ];
}

function ofContainer(facts: Facts, service: string): readonly FactRef<unknown>[] {
  return [
    containerId(service),
    containerName(service),
    containerChanges(service),
    containerPorts(service),
    containerPublished(service),
    ...[containerNotSeen(service), containerNetworksLacking(service)].filter(({ id }) => facts.has(id)),
  ];
}

/** Services that use the network namespace of one of these, and lose their network when it is recreated. */
export function sharers(facts: Facts, hosts: readonly string[]): readonly string[] {
  return (readFact(facts, servicesOfModel()) ?? []).filter((service) =>
    hosts.includes(readFact(facts, serviceSharesNetworkOf(service)) ?? ""),
  );
}
