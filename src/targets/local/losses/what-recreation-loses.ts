import { readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import { dataLosses, dataLossReads } from "./data-losses.ts";
import { imageMoves, imageMoveReads } from "./image-moves.ts";
import {
  containerChanges,
  containerName,
  containerSecrets,
  containerState,
  databaseMounts,
  filesApplied,
  serviceRole,
} from "../facts/local-facts.ts";
import type { RecreationLoss } from "./recreation-loss.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { whatAStartWouldLose } from "./what-a-start-loses.ts";

/**
 * What is lost, or lost from sight, when the containers of these services, and further ones by name, are removed or
 * recreated from the files: then no step may do it. All at once: a secret that two of them hold is gone with both.
 */
export function whatRecreationLoses(
  facts: Facts,
  services: readonly string[],
  containers: readonly string[] = [],
): readonly RecreationLoss[] {
  const there = services.filter((service) => exists(facts, service));
  return [
    ...secretLosses(facts, there, containers),
    ...backendLosses(facts, there),
    ...there.flatMap((service) => grafanaLosses(facts, service)),
    ...dataLosses(facts, there, containers),
    ...there.flatMap((service) => imageMoves(facts, service)),
  ];
}

/** The facts that {@link whatRecreationLoses} looks at. */
export function recreationLossReads(facts: Facts, services: readonly string[]): readonly FactRef<unknown>[] {
  const backend = serviceOfRole(facts, "backend")?.service;
  return [
    containerSecrets(),
    ...dataLossReads(services),
    ...services.flatMap((service) => [
      containerState(service),
      containerName(service),
      containerChanges(service),
      serviceRole(service),
      ...imageMoveReads(service),
      ...(service === backend ? [filesApplied()] : []),
      ...(readFact(facts, serviceRole(service)) === "database" ? [databaseMounts()] : []),
    ]),
  ];
}

function exists(facts: Facts, service: string): boolean {
  return (readFact(facts, containerState(service)) ?? "absent") !== "absent";
}

function secretLosses(
  facts: Facts,
  services: readonly string[],
  containers: readonly string[],
): readonly RecreationLoss[] {
  const groups = readFact(facts, containerSecrets());
  const names = new Map([
    ...services.map((service) => [readFact(facts, containerName(service)) ?? service, service] as const),
    ...containers.map((name) => [name, name] as const),
  ]);
  if (names.size === 0) return [];
  if (groups === undefined) {
    const message =
      "whether the container holds the last copy of a secret is not in these facts, which an older version made: make new ones";
    return [
      { kind: "not_looked_at", of: [...names.values()][0] ?? "", fact: containerSecrets().id, message },
    ];
  }
  return groups
    .filter(({ containers: holders }) => holders.every((name) => names.has(name)))
    .map(({ variables, containers: holders }) => ({
      kind: "last_secret",
      of: names.get(holders[0] ?? "") ?? "",
      fact: containerSecrets().id,
      message: `${variables.join(", ")} of ${holders.join(", ")} is in no file here and in no other container: save it first`,
    }));
}

function backendLosses(facts: Facts, services: readonly string[]): readonly RecreationLoss[] {
  const backend = serviceOfRole(facts, "backend")?.service;
  if (backend === undefined || !services.includes(backend)) return [];
  const fact = filesApplied().id;
  const secret = readFact(facts, filesApplied())?.secret;
  const losses: RecreationLoss[] = [];
  if (secret === "differs")
    losses.push({
      kind: "secret",
      of: backend,
      fact,
      message: `the ENCRYPTION_SECRET of the files is another than that of the container of ${backend}, and neither is proven against the database: keep the container's by putting it into the files, or, if the data was written with that of the files, remove the container yourself`,
    });
  if (secret === "only_container")
    losses.push({
      kind: "secret",
      of: backend,
      fact,
      message: `the files have no ENCRYPTION_SECRET, and the container of ${backend} has one: put that one into the files`,
    });
  const url = whatAStartWouldLose(facts).find(({ kind }) => kind === "database_url");
  if (url !== undefined)
    losses.push({ kind: "database_url", of: backend, fact, message: `it ${url.message}` });
  return losses;
}

/** Grafana encrypts the passwords of its data sources with it. */
const GRAFANA_KEY = "environment.GF_SECURITY_SECRET_KEY";

function grafanaLosses(facts: Facts, service: string): readonly RecreationLoss[] {
  if (readFact(facts, serviceRole(service)) !== "grafana") return [];
  const change = (readFact(facts, containerChanges(service)) ?? []).find(
    ({ setting }) => setting === GRAFANA_KEY,
  );
  if (change === undefined) return [];
  const message = `the GF_SECURITY_SECRET_KEY of the files is another than that of the container of ${service}, and what Grafana stores was encrypted with the container's: put that one into the files`;
  return [{ kind: "grafana_secret", of: service, fact: containerChanges(service).id, message }];
}
