import { missingImageProblems } from "../../losses/image-moves.ts";
import { readFact, unavailableReason, type FactRef, type Facts } from "../../../../core/fact.ts";
import {
  backendSecret,
  composeStatus,
  containerChanges,
  containerName,
  containerPublished,
  containerState,
  engineStatus,
  projectNetworkStates,
  projectVolumeStates,
  serviceImage,
  services as servicesOfModel,
  serviceSettings,
  serviceWaits,
  surplusContainers,
} from "../../facts/local-facts.ts";
import { serviceOfRole } from "../../facts/service-role.ts";
import { conditionOf, waitsOf } from "../../facts/waits.ts";
import type { UnmetPrecondition } from "../../../define-tool.ts";
import { otherFilesProblems } from "../other-files.ts";
import { providerProblems } from "../provider-problems.ts";
import type { Creation } from "./creation-reads.ts";
import { objectProblems } from "./object-problems.ts";
import { portProblems } from "./port-problems.ts";

/**
 * Why Compose may not create or recreate the containers of the named services: `up` with --no-recreate or
 * --force-recreate, --no-deps and --remove-orphans=false changes more than those only where this says so (tried with
 * 2.26, 2.40 and 5.5).
 */
export function creationProblems(creation: Creation, facts: Facts): readonly UnmetPrecondition[] {
  const { services } = creation;
  const all = readFact(facts, servicesOfModel()) ?? [];
  const unknown = services.filter((service) => !all.includes(service));
  const problems = [
    ...mustBe(engineStatus(), readFact(facts, engineStatus()) === "reachable", "the engine must answer"),
    ...mustBe(
      composeStatus(),
      readFact(facts, composeStatus())?.status === "valid",
      "the Compose files must be valid",
    ),
    ...otherFilesProblems(facts),
    ...providerProblems(facts),
    ...unknown.map((service) => ({
      fact: servicesOfModel().id,
      message: `the Compose files have no service "${service}" in an active profile`,
    })),
  ];
  if (problems.length > 0) return problems;
  const unseen = unseenFacts(creation, facts);
  if (unseen.length > 0) return unseen;
  return [
    ...secretProblems(facts, services),
    ...objectProblems(facts, services),
    ...surplusProblems(facts, services),
    ...services.flatMap((service) => [
      ...serviceProblems(facts, service),
      ...portProblems(facts, service),
      ...waitProblems(facts, service, services, all),
    ]),
  ];
}

function mustBe(ref: FactRef<unknown>, holds: boolean, message: string): readonly UnmetPrecondition[] {
  return holds ? [] : [{ fact: ref.id, message }];
}

const MADE_BEFORE =
  "this facts file was made before it was looked at what a start changes: make a new one with `gh devlake repair inspect`";

/** What nobody has seen, no step may change. */
function unseenFacts({ how, services }: Creation, facts: Facts): readonly UnmetPrecondition[] {
  const needed: readonly FactRef<unknown>[] = [
    projectNetworkStates(),
    projectVolumeStates(),
    surplusContainers(),
    ...services.flatMap((service) => [
      serviceSettings(service),
      serviceImage(service),
      serviceWaits(service),
      ...(how === "create" || isAbsent(facts, service)
        ? []
        : [containerChanges(service), containerPublished(service)]),
    ]),
  ];
  return [
    ...needed
      .filter((ref) => readFact(facts, ref) === undefined)
      .map((ref) => ({ fact: ref.id, message: unavailableReason(facts, ref) ?? MADE_BEFORE })),
    // A name may mean another image by now than the one that the container has.
    ...services
      .filter((service) => how === "recreate" && !isAbsent(facts, service))
      .filter((service) => readFact(facts, serviceImage(service))?.present === undefined)
      .map((service) => ({
        fact: serviceImage(service).id,
        message: `the engine did not say which image ${service} would be made from`,
      })),
  ];
}

function isAbsent(facts: Facts, service: string): boolean {
  return readFact(facts, containerState(service)) === "absent";
}

function secretProblems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  const backend = serviceOfRole(facts, "backend")?.service;
  if (backend === undefined || !services.includes(backend)) return [];
  return mustBe(
    backendSecret(),
    (readFact(facts, backendSecret()) ?? "set") === "set",
    "the backend must have an ENCRYPTION_SECRET",
  );
}

/** Compose removes what is surplus, also what runs, and of a recreation that was cut off one of the two containers. */
function surplusProblems(facts: Facts, services: readonly string[]): readonly UnmetPrecondition[] {
  return (readFact(facts, surplusContainers()) ?? [])
    .filter(({ service, kind }) => services.includes(service) && kind !== "one_off")
    .map(({ name, service, kind }) => ({
      fact: surplusContainers().id,
      message:
        kind === "leftover"
          ? `container ${name} is left of a recreation of ${service} that was cut off; ${isAlone(facts, service, name) ? "it is the only one that it has" : "Compose would remove it or the other one"}`
          : `container ${name} is one more than the Compose files want of ${service}; Compose would remove it`,
    }));
}

/** It stands for the service where that has no other one. */
function isAlone(facts: Facts, service: string, leftover: string): boolean {
  return (readFact(facts, containerName(service)) ?? leftover) === leftover;
}

function serviceProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const settings = readFact(facts, serviceSettings(service)) ?? [];
  return [
    ...settings
      .filter(({ unknown }) => unknown === true)
      .map(({ setting }) => ({
        fact: serviceSettings(service).id,
        message: `what Compose does with \`${setting}\` of ${service} is not known`,
      })),
    ...missingImageProblems(facts, [service]),
  ];
}

/** With --no-deps Compose starts it whatever becomes of those that it waits for. */
function waitProblems(
  facts: Facts,
  service: string,
  along: readonly string[],
  all: readonly string[],
): readonly UnmetPrecondition[] {
  return waitsOf(facts, service).flatMap((wait): readonly UnmetPrecondition[] => {
    if (!wait.required || along.includes(wait.service)) return [];
    if (!all.includes(wait.service))
      return [
        {
          fact: serviceWaits(service).id,
          message: `${service} depends on ${wait.service}, which is in no active profile`,
        },
      ];
    const condition = conditionOf(facts, wait);
    if (condition.kind !== "failed") return [];
    const message = `${service} waits for ${wait.service}, which ${condition.is}`;
    return [{ fact: containerState(wait.service).id, message }];
  });
}
