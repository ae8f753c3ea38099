import { isScalar } from "yaml";
import { entriesOf, entryOf, itemsOf, resolved, type ComposeFile } from "./compose-file.ts";
import { describeAddress } from "./effective-model.ts";
import { servicesLoading } from "./env-file-use.ts";
import type { Project } from "./project.ts";
import type { EnvironmentChange } from "./types.ts";

/** The variables in containers that edits change, by the leaves that come of the edits. */
export function environmentChanges(
  project: Project,
  expected: ReadonlyMap<string, string>,
): readonly EnvironmentChange[] {
  const changes = [...expected].flatMap(([address, leaf]): readonly EnvironmentChange[] => {
    const { path, keys } = describeAddress(address);
    const text = leaf.slice(leaf.indexOf(" ") + 1);
    if (keys[0] === "services" && keys[2] === "environment" && keys.length === 4)
      return [{ service: keys[1] ?? "", ...variableOf(keys[3] ?? "", text) }];
    const variable = keys[1];
    if (keys.length !== 2 || variable === undefined || !project.envFiles.some((file) => file.path === path))
      return [];
    return servicesLoading(project, path)
      .filter((service) => !setsItself(project, service, variable))
      .map((service) => ({ service, variable, value: text }));
  });
  const distinct = new Map(changes.map((change) => [`${change.service} ${change.variable}`, change]));
  return [...distinct.values()];
}

/** In a list the key is an index, and the item says the name. */
function variableOf(key: string, text: string): Omit<EnvironmentChange, "service"> {
  const [, name, value] = /^\d+$/.test(key) ? (/^([^=]+)=([\s\S]*)$/.exec(text) ?? []) : [];
  return name === undefined ? { variable: key, value: text } : { variable: name, value: value ?? "" };
}

/** `environment:` wins over `env_file:`. */
function setsItself(project: Project, service: string, variable: string): boolean {
  return project.composeFiles.some((file) => variablesOf(file, service).has(variable));
}

function variablesOf(file: ComposeFile, service: string): ReadonlySet<string> {
  const services = entryOf(file, file.document.contents, "services");
  const environment = entryOf(file, entryOf(file, services, service), "environment");
  const listed = itemsOf(file, environment).flatMap((item) => {
    const value = resolved(file, item);
    return isScalar(value) ? [String(value.value).split("=")[0] ?? ""] : [];
  });
  return new Set([...entriesOf(file, environment).keys(), ...listed]);
}
