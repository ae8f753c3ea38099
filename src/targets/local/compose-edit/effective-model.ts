import type { ComposeFile } from "./compose-file.ts";
import { interpolate, type Lookup } from "../../../core/masking/interpolate.ts";
import type { Project } from "./project.ts";

type Keys = readonly (string | number)[];
type Leaves = ReadonlyMap<string, string>;

/** A leaf's place, the file's path first. Addresses are JSON, so that no key can imitate another. */
export function leafAddress(path: string, keys: Keys): string {
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
 * What differs between two readings of the same files, in file order: each leaf's address with what it is after,
 * undefined when it is gone. Compared is all that the sources say once aliases, merge keys, variables and
 * pass-through `environment:` entries are resolved, so leaves differ exactly where an edit has an effect.
 * Extension fields (`x-...`) are left out: they have none.
 */
export function changedLeaves(before: Project, after: Project): ReadonlyMap<string, string | undefined> {
  const changed = new Map<string, string | undefined>();
  before.composeFiles.forEach((file, index) => {
    const other = after.composeFiles[index];
    compare(valueOf(file), other === undefined ? ABSENT : valueOf(other), []);

    function compare(was: unknown, is: unknown, keys: Keys): void {
      if (isExtension(keys)) return;
      if (was === is && !readsVariables(keys, was)) return;
      const parts = partsOf(was, is);
      if (parts === undefined) {
        // Addresses are written only where something may differ: there are thousands of them.
        addChanges(changed, leavesOf(file, before.lookup, was, keys), leavesOf(file, after.lookup, is, keys));
        return;
      }
      for (const [key, [partWas, partIs]] of parts) compare(partWas, partIs, [...keys, key]);
    }
  });
  addChanges(changed, envLeaves(before), envLeaves(after));
  return changed;
}

const ABSENT = Symbol("absent");

function valueOf({ document }: ComposeFile): unknown {
  // Aliases were measured when the file was read, so expanding all of them is bounded.
  return document.toJS({ maxAliasCount: -1 });
}

/** The members of both where both are maps, or both lists; undefined otherwise. */
function partsOf(was: unknown, is: unknown): ReadonlyMap<string, readonly [unknown, unknown]> | undefined {
  if (!isCollection(was) || !isCollection(is) || Array.isArray(was) !== Array.isArray(is)) return undefined;
  const now = new Map(Object.entries(is));
  const parts = new Map<string, readonly [unknown, unknown]>();
  for (const [key, value] of Object.entries(was))
    parts.set(key, [value, now.has(key) ? now.get(key) : ABSENT]);
  for (const [key, value] of now) if (!parts.has(key)) parts.set(key, [ABSENT, value]);
  return parts;
}

function isCollection(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function addChanges(changed: Map<string, string | undefined>, was: Leaves, is: Leaves): void {
  for (const address of new Set([...was.keys(), ...is.keys()])) {
    if (was.get(address) !== is.get(address)) changed.set(address, is.get(address));
  }
}

/** The leaves of a value, lists and maps themselves included, so that an empty one is not nothing. */
export function leavesOf({ path }: ComposeFile, lookup: Lookup, value: unknown, keys: Keys): Leaves {
  const leaves = new Map<string, string>();
  if (value !== ABSENT) add(value, keys);
  return leaves;

  function add(member: unknown, at: Keys): void {
    if (isExtension(at)) return;
    if (isCollection(member)) {
      leaves.set(leafAddress(path, [...at, ""]), Array.isArray(member) ? "list" : "map");
      for (const [key, child] of Object.entries(member)) add(child, [...at, key]);
      return;
    }
    const passed = passedThrough(at, member);
    const shown = passed === undefined ? asText(member) : `passed ${lookup(passed) ?? ""}`;
    leaves.set(leafAddress(path, at), shown);
  }

  function asText(member: unknown): string {
    if (typeof member !== "string") return `${typeof member} ${String(member)}`;
    const { text, problem } = interpolate(member, lookup);
    return problem === undefined ? `text ${text}` : `unreadable ${member}`;
  }
}

function envLeaves({ envFiles }: Project): Leaves {
  return new Map(
    envFiles.flatMap(({ path, assignments }) =>
      assignments.map(({ name, raw }, index) => [leafAddress(path, [index, name]), `text ${raw}`] as const),
    ),
  );
}

/** Whether a leaf may mean something else although it is written the same. */
function readsVariables(keys: Keys, value: unknown): boolean {
  return (
    (typeof value === "string" && value.includes("$")) ||
    isCollection(value) ||
    passedThrough(keys, value) !== undefined
  );
}

/** `environment: [NAME]` and `environment: {NAME:}` hand the variable of that name to the container. */
function passedThrough(keys: Keys, value: unknown): string | undefined {
  const [top, , setting, key] = keys.map(String);
  if (top !== "services" || setting !== "environment" || keys.length !== 4) return undefined;
  if (value === null) return key;
  return typeof value === "string" && /^[A-Za-z_]\w*$/.test(value) && /^\d+$/.test(key ?? "")
    ? value
    : undefined;
}

function isExtension(keys: Keys): boolean {
  const [top, , setting] = keys.map(String);
  return top?.startsWith("x-") === true || (top === "services" && setting?.startsWith("x-") === true);
}
