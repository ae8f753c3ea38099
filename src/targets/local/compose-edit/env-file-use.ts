import { isScalar } from "yaml";
import { entriesOf, entryOf, itemsOf, resolved, type ComposeFile } from "./compose-file.ts";
import { interpolate } from "../../../core/masking/interpolate.ts";
import type { Project } from "./project.ts";

/** Services that load the dotenv file at `path` into their containers with `env_file:`. */
export function servicesLoading(project: Project, path: string): readonly string[] {
  const services = new Set<string>();
  for (const file of project.composeFiles) {
    const declared = entryOf(file, file.document.contents, "services");
    for (const [service, node] of entriesOf(file, declared)) {
      const files = envFilesOf(project, file, entryOf(file, node, "env_file"));
      if (files.some((loaded) => sameFile(loaded, path))) services.add(service);
    }
  }
  return [...services];
}

/**
 * Variables that programs inside DevLake's containers take as their own listening port: `PORT` (backend,
 * env.example), `GF_*` (Grafana), `MYSQL_TCP_PORT` (mysqld). Changing one moves the container port as well.
 */
export function isContainerSetting(variable: string): boolean {
  return /^(?:PORT|MYSQL_TCP_PORT|GF_\w+)$/.test(variable);
}

/** Whether two paths relative to the project directory name one file. */
export function sameFile(a: string, b: string): boolean {
  return normalized(a) === normalized(b);
}

function envFilesOf(project: Project, file: ComposeFile, node: unknown): readonly string[] {
  const found = resolved(file, node);
  const items = isScalar(found) ? [found] : itemsOf(file, found);
  return items.flatMap((item) => {
    const value = resolved(file, item);
    const path = isScalar(value) ? value : entryOf(file, value, "path");
    return isScalar(path) ? [interpolate(String(path.value), project.lookup).text] : [];
  });
}

function normalized(path: string): string {
  return path
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}
