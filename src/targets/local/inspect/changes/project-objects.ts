import type { ProjectObject } from "../../facts/change-facts.ts";
import { networkHash, volumeHash } from "../../facts/config-hash.ts";
import type { Redact } from "../../../../core/masking/redact.ts";
import type { ComposeModel, ComposeObject } from "../../ports/compose.ts";
import type { ContainerDetails } from "../../ports/docker.ts";
import { PROJECT_LABEL } from "../containers.ts";
import { usedNetworks, usedVolumes } from "./uses.ts";

const HASH_LABEL = "com.docker.compose.config-hash";

interface EngineObject {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Kind {
  /** The label that holds its key in the files. */
  readonly label: string;
  readonly hash: (printed: NonNullable<ComposeObject["printed"]>) => string;
  /** Keys that each service uses. */
  readonly usedBy: (service: ComposeModel["services"][number]) => readonly string[];
  /** Real names of those that a container has. */
  readonly of: (container: ContainerDetails) => readonly string[];
}

const networkKind: Kind = {
  label: "com.docker.compose.network",
  hash: networkHash,
  usedBy: usedNetworks,
  of: ({ networks }) => networks.map(({ name }) => name),
};

const volumeKind: Kind = {
  label: "com.docker.compose.volume",
  hash: volumeHash,
  usedBy: usedVolumes,
  of: ({ mounts = [] }) => mounts.flatMap(({ type, source }) => (type === "volume" ? [source] : [])),
};

export interface ObjectsSeen {
  readonly model: ComposeModel;
  readonly own: readonly ContainerDetails[];
  readonly redact: Redact;
}

/** The networks of the files against the engine's. undefined: Compose printed them in a form that has no hash (1.x). */
export function networkStates(
  seen: ObjectsSeen,
  there: readonly EngineObject[],
): ProjectObject[] | undefined {
  return states(networkKind, seen.model.networkEntries, seen, there);
}

export function volumeStates(seen: ObjectsSeen, there: readonly EngineObject[]): ProjectObject[] | undefined {
  const told = states(volumeKind, seen.model.volumeEntries, seen, there);
  return told === undefined ? undefined : [...told, ...forgotten(seen, there)];
}

/** They may hold the data of a service whose volume bears another name now. */
function forgotten(
  { model, own, redact }: ObjectsSeen,
  there: readonly EngineObject[],
): readonly ProjectObject[] {
  const known = new Set([
    ...(model.volumeEntries ?? []).map(({ name }) => name),
    ...own.flatMap(volumeKind.of),
  ]);
  return (
    there
      .filter(({ name, labels }) => !known.has(name) && labels[PROJECT_LABEL] === model.project)
      .map(({ name, labels }) => ({ name: redact(name), key: labels[volumeKind.label] ?? "" }))
      // Without a key it is no volume that Compose made for a name in a file.
      .filter(({ key }) => key !== "")
      .map(({ name }) => ({ name, services: [], status: "forgotten" as const }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  );
}

function states(
  kind: Kind,
  entries: readonly ComposeObject[] | undefined,
  { model, own, redact }: ObjectsSeen,
  there: readonly EngineObject[],
): ProjectObject[] | undefined {
  if (entries === undefined) return undefined;
  const told = entries
    .map((entry) => ({
      name: redact(entry.name),
      services: model.services
        .filter((service) => kind.usedBy(service).includes(entry.key))
        .map(({ name }) => name)
        .sort(),
      status: statusOf(kind, entry, model, own, there),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = told.flatMap(({ status, ...rest }) => (status === undefined ? [] : [{ ...rest, status }]));
  return known.length === told.length ? known : undefined;
}

function statusOf(
  kind: Kind,
  entry: ComposeObject,
  { project }: ComposeModel,
  own: readonly ContainerDetails[],
  there: readonly EngineObject[],
): ProjectObject["status"] | undefined {
  const found = there.find(({ name }) => name === entry.name);
  if (entry.isExternal) return found === undefined ? "external_missing" : "external";
  const used = new Set(own.flatMap(kind.of));
  const isRenamed = there.some(
    ({ name, labels }) =>
      name !== entry.name &&
      labels[PROJECT_LABEL] === project &&
      labels[kind.label] === entry.key &&
      used.has(name),
  );
  if (isRenamed) return "renamed";
  if (found === undefined) return "absent";
  const key = found.labels[kind.label];
  // Without a key Compose itself refuses it, and does nothing.
  if (found.labels[PROJECT_LABEL] !== project || (key !== undefined && key !== entry.key)) return "foreign";
  const hash = found.labels[HASH_LABEL];
  if (hash === undefined || hash === "") return "unlabelled";
  if (entry.printed === undefined) return undefined;
  return hash === kind.hash(entry.printed) ? "same" : "differs";
}
