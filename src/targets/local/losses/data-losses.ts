import { readFact, type FactRef, type Facts } from "../../../core/fact.ts";
import type { SettingChange, UnnamedData } from "../facts/change-facts.ts";
import { isWithin } from "./data-places.ts";
import {
  containerChanges,
  containerNotSeen,
  containerUnnamedData,
  databaseMounts,
  otherUnnamedData,
  serviceRole,
} from "../facts/local-facts.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import type { RecreationLoss } from "./recreation-loss.ts";

/** Data without a name, and data that the files would look for elsewhere. */
export function dataLosses(
  facts: Facts,
  services: readonly string[],
  containers: readonly string[],
): readonly RecreationLoss[] {
  return [
    ...services.flatMap((service) =>
      unnamed(service, containerUnnamedData(service).id, dataOfService(facts, service)),
    ),
    ...containers.flatMap((name) => unnamed(name, otherUnnamedData().id, dataOfContainer(facts, name))),
    ...services.flatMap((service) => elsewhere(facts, service)),
  ];
}

export function dataLossReads(services: readonly string[]): readonly FactRef<unknown>[] {
  return [
    otherUnnamedData(),
    ...services.flatMap((service) => [containerUnnamedData(service), containerNotSeen(service)]),
  ];
}

function dataOfService(facts: Facts, service: string): readonly UnnamedData[] {
  return readFact(facts, containerUnnamedData(service)) ?? [];
}

export function dataOfContainer(facts: Facts, name: string): readonly UnnamedData[] {
  return (readFact(facts, otherUnnamedData()) ?? []).find(({ container }) => container === name)?.data ?? [];
}

function unnamed(of: string, fact: string, data: readonly UnnamedData[]): readonly RecreationLoss[] {
  return data.map(({ path, kind }) => ({
    kind: "unnamed_data",
    of,
    fact,
    message: `${of} keeps its data in ${path}, ${whereOf(kind)}: it would be lost from sight with the container`,
  }));
}

export function whereOf(kind: UnnamedData["kind"]): string {
  return kind === "anonymous_volume" ? "in a volume without a name" : "in no volume at all";
}

/** Directories below which databases and Grafana keep their data, in the images that people run. */
const dataRoots = ["/var/lib/mysql", "/var/lib/postgresql", "/bitnami", "/var/lib/grafana", "/data"];
/** Settings and scripts of theirs. */
const noData = ["/etc", "/docker-entrypoint-initdb.d", "/usr", "/opt"];

/** An empty database, or an empty Grafana, would be started in place of the one with the data. */
function elsewhere(facts: Facts, service: string): readonly RecreationLoss[] {
  const role = readFact(facts, serviceRole(service));
  if (role !== "database" && role !== "grafana") return [];
  const changes = (readFact(facts, containerChanges(service)) ?? []).filter(movesData);
  const fact = containerChanges(service).id;
  const loss = (message: string, of = fact): RecreationLoss => ({
    kind: "other_data",
    of: service,
    fact: of,
    message,
  });
  if (changes.length > 0)
    return changes.map((change) =>
      loss(`the files want ${service} ${told(change)}: the data is where the container has it`),
    );
  if (readFact(facts, containerNotSeen(service))?.some((setting) => /^volumes\b/.test(setting)) === true)
    return [
      loss(
        `whether the files want the data of ${service} elsewhere was not to be seen`,
        containerNotSeen(service).id,
      ),
    ];
  const isDatabase = serviceOfRole(facts, "database")?.service === service;
  return isDatabase && readFact(facts, databaseMounts()) === "differs"
    ? [loss(`the files want ${service} on another volume than the one with the data`, databaseMounts().id)]
    : [];
}

/** Settings of databases and Grafana that say where the data is. */
const placeSettings =
  /^environment\.(?:PGDATA|(?:MYSQL|MARIADB|POSTGRESQL)_DATA_DIR|GF_PATHS_DATA|GF_DATABASE_(?:TYPE|URL|HOST|NAME|PATH))$/;

function movesData({ setting, how, container = "", files = "" }: SettingChange): boolean {
  if (setting === "volumes" || placeSettings.test(setting)) return true;
  if (setting === "command") return `${container} ${files}`.includes("datadir");
  const path = pathOf(setting);
  if (path === undefined || noData.some((directory) => isWithin(path, directory))) return false;
  // One that is added hides what lies there, and nothing else.
  return how !== "only_files" || dataRoots.some((root) => isWithin(path, root) || isWithin(root, path));
}

function pathOf(setting: string): string | undefined {
  return /^volumes\.(\/.*)$/.exec(setting)?.[1];
}

function told({ setting, how, container, files }: SettingChange): string {
  const path = pathOf(setting);
  if (path === undefined) return `with another ${setting}`;
  if (how === "only_files")
    return `with ${files ?? "something"} mounted at ${path}, where the container has none`;
  if (how === "only_container") return `without ${container ?? "what is mounted"} at ${path}`;
  return `with ${files ?? "something else"} at ${path} in place of ${container ?? "what is there"}`;
}
