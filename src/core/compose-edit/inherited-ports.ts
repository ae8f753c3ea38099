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

/** Services within the given sources that extend this one and so publish its ports as well. */
export function heirsOf(
  project: Project,
  services: ReadonlyMap<string, ServicePorts>,
  service: string,
): readonly string[] {
  const heirs: string[] = [];
  for (const [name, { extensions }] of services) {
    const extend = extensions.some((extension) => extension.base === service && isWithin(project, extension));
    if (extend && name !== service) heirs.push(name);
  }
  return heirs;
}

/** Whether the service extended stands in one of the given files. */
export function isWithin(project: Project, { file }: Extension): boolean {
  return file === undefined || project.composeFiles.some((known) => sameFile(known.path, file));
}
