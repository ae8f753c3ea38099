import type { ComposeFile } from "./compose-file.ts";
import { interpolate, type Lookup } from "./interpolate.ts";
import type { Project } from "./project.ts";

/** A leaf value by its address, the file's path first. Addresses are JSON, so that no key can imitate another. */
export type EffectiveModel = ReadonlyMap<string, string>;

export function leafAddress(path: string, keys: readonly (string | number)[]): string {
  return JSON.stringify([path, ...keys.map(String)]);
}

/** For messages: `services.devlake.ports.0` and its file. */
export function describeAddress(address: string): {
  readonly path: string;
  readonly keys: readonly string[];
} {
  const [path = "", ...keys] = JSON.parse(address) as string[];
  return { path, keys };
}

/**
 * All that the sources say once aliases, merge keys, variables and pass-through `environment:` entries are resolved.
 * Two models differ exactly where an edit has an effect. Extension fields (`x-...`) are left out: they have none.
 */
export function effectiveModel(project: Project): EffectiveModel {
  const leaves = new Map<string, string>();
  for (const file of project.composeFiles) addComposeFile(leaves, project.lookup, file);
  for (const file of project.envFiles) {
    file.assignments.forEach(({ name, raw }, index) => {
      leaves.set(leafAddress(file.path, [index, name]), `text ${raw}`);
    });
  }
  return leaves;
}

/** Addresses that are not the same in both models, in file order. */
export function differences(before: EffectiveModel, after: EffectiveModel): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (address) => before.get(address) !== after.get(address),
  );
}

function addComposeFile(leaves: Map<string, string>, lookup: Lookup, file: ComposeFile): void {
  // Aliases were measured when the file was read, so expanding all of them is bounded.
  addValue([], file.document.toJS({ maxAliasCount: -1 }));

  function addValue(keys: readonly string[], value: unknown): void {
    if (isExtension(keys)) return;
    if (typeof value === "object" && value !== null) {
      leaves.set(leafAddress(file.path, [...keys, ""]), Array.isArray(value) ? "list" : "map");
      for (const [key, child] of Object.entries(value)) addValue([...keys, key], child);
      return;
    }
    const passed = passedThrough(keys, value);
    const shown = passed === undefined ? asText(value) : `passed ${lookup(passed) ?? ""}`;
    leaves.set(leafAddress(file.path, keys), shown);
  }

  function asText(value: unknown): string {
    if (typeof value !== "string") return `${typeof value} ${String(value)}`;
    const { text, problem } = interpolate(value, lookup);
    return problem === undefined ? `text ${text}` : `unreadable ${value}`;
  }
}

/** `environment: [NAME]` and `environment: {NAME:}` hand the variable of that name to the container. */
function passedThrough(keys: readonly string[], value: unknown): string | undefined {
  const [top, , setting, key] = keys;
  if (top !== "services" || setting !== "environment" || keys.length !== 4) return undefined;
  if (value === null) return key;
  return typeof value === "string" && /^[A-Za-z_]\w*$/.test(value) && /^\d+$/.test(key ?? "")
    ? value
    : undefined;
}

function isExtension(keys: readonly string[]): boolean {
  const [top, , setting] = keys;
  return top?.startsWith("x-") === true || (top === "services" && setting?.startsWith("x-") === true);
}
