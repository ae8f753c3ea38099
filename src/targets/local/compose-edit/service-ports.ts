import { isAlias, isScalar, type Node } from "yaml";
import { entriesOf, entryOf, itemsOf, lineOf, resolved, type ComposeFile } from "./compose-file.ts";
import { readPortEntry, type PortEntry } from "./port-entry.ts";
import type { Project } from "./project.ts";

/** A service that takes settings from another one: of the same project when `file` is absent. */
export interface Extension {
  readonly base: string;
  readonly file: string | undefined;
  readonly path: string;
  readonly line: number;
}

/** What one service publishes after Compose has merged the files. */
export interface ServicePorts {
  readonly entries: readonly PortEntry[];
  readonly extensions: readonly Extension[];
}

/** `ports:` of all services, over all Compose files in their order; `!override` and `!reset` drop what came before. */
export function readServicePorts(project: Project): ReadonlyMap<string, ServicePorts> {
  const services = new Map<string, ServicePorts>();
  for (const file of project.composeFiles) {
    const root = file.document.contents;
    const servicesNode = entryOf(file, root, "services");
    if (replaces(servicesNode)) services.clear();
    for (const [service, node] of entriesOf(file, servicesNode)) {
      if (replaces(node)) services.delete(service);
      if (isReset(node)) continue;
      const before = services.get(service) ?? { entries: [], extensions: [] };
      const settings = entriesOf(file, node);
      const ports = settings.get("ports");
      const kept = replaces(ports) ? [] : before.entries;
      const added = isReset(ports)
        ? []
        : itemsOf(file, ports).map((item, index) => readPortEntry(project, file, service, index, item));
      services.set(service, {
        entries: [...kept, ...added],
        extensions: [...before.extensions, ...extensionOf(file, settings.get("extends"))],
      });
    }
  }
  return services;
}

/** Those of the entries that bind this host port, alone or within a range. */
export function entriesPublishing(
  entries: readonly PortEntry[],
  port: number,
  protocol: string | undefined,
): readonly PortEntry[] {
  return entries.filter(({ published, protocol: own }) => {
    if (published === undefined || (protocol !== undefined && own !== protocol)) return false;
    return published.range.low <= port && port <= published.range.high;
  });
}

/** Files named by a top-level `include:`, as they are written. */
export function includedFiles(project: Project): readonly { path: string; by: string; line: number }[] {
  return project.composeFiles.flatMap((file) => {
    const include = entryOf(file, file.document.contents, "include");
    return itemsOf(file, include).flatMap((item) => {
      const node = resolved(file, item);
      const line = lineOf(file, node);
      const path = isScalar(node) ? node : entryOf(file, node, "path");
      const paths = isScalar(path) ? [path] : itemsOf(file, path).map((one) => resolved(file, one));
      return paths.filter(isScalar).map((one) => ({ path: String(one.value), by: file.path, line }));
    });
  });
}

function extensionOf(file: ComposeFile, node: Node | undefined): readonly Extension[] {
  if (node === undefined) return [];
  const place = { path: file.path, line: lineOf(file, node) };
  if (isScalar(node)) return [{ base: String(node.value), file: undefined, ...place }];
  const base = entryOf(file, node, "service");
  const other = entryOf(file, node, "file");
  if (!isScalar(base)) return [];
  return [{ base: String(base.value), file: isScalar(other) ? String(other.value) : undefined, ...place }];
}

function replaces(node: Node | undefined): boolean {
  return tagOf(node) === "!override" || isReset(node);
}

function isReset(node: Node | undefined): boolean {
  return tagOf(node) === "!reset";
}

function tagOf(node: Node | undefined): string | undefined {
  return node === undefined || isAlias(node) ? undefined : node.tag;
}
