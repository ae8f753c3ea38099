import { sameFile } from "./env-file-use.ts";
import type { PortEntry } from "./port-entry.ts";
import type { Project } from "./project.ts";
import { entriesPublishing, type Extension, type ServicePorts } from "./service-ports.ts";

/** Entries for this host port that a service gets by `extends:` from services within the given sources. */
export function inheritedEntries(
  project: Project,
  services: ReadonlyMap<string, ServicePorts>,
  service: string,
  port: number,
): readonly PortEntry[] {
  const seen = new Set([service]);
  return baseEntries(service);

  function baseEntries(heir: string): readonly PortEntry[] {
    return (services.get(heir)?.extensions ?? []).flatMap((extension) => {
      const { base } = extension;
      if (seen.has(base) || !isWithin(project, extension)) return [];
      seen.add(base);
      return [...entriesPublishing(services.get(base)?.entries ?? [], port, undefined), ...baseEntries(base)];
    });
  }
}

/** By service, those within the given sources that extend it and so publish its ports as well. */
export function heirsByBase(
  project: Project,
  services: ReadonlyMap<string, ServicePorts>,
): ReadonlyMap<string, readonly string[]> {
  const heirs = new Map<string, string[]>();
  for (const [name, { extensions }] of services) {
    const bases = extensions.filter((extension) => isWithin(project, extension)).map(({ base }) => base);
    for (const base of new Set(bases)) {
      if (base !== name) heirs.set(base, [...(heirs.get(base) ?? []), name]);
    }
  }
  return heirs;
}

/** Whether the service extended stands in one of the given files. */
export function isWithin(project: Project, { file }: Extension): boolean {
  return file === undefined || project.composeFiles.some((known) => sameFile(known.path, file));
}
