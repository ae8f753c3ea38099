import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { z } from "zod";
import { misfitText } from "../../core/text/misfit-text.ts";
import type { Diagnostic, Position } from "./diagnostics.ts";
import { tokenHazards } from "./yaml-tokens.ts";

/** Where a path such as `["steps", 0, "args"]` stands in a file. */
export type PositionOf = (path: readonly PropertyKey[]) => Position | undefined;

export type StrictParse<T> =
  | {
      readonly kind: "ok";
      readonly value: T;
      readonly positionOf: PositionOf;
      /** Where the key stands that a path ends with. */
      readonly keyPositionOf: PositionOf;
    }
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] };

export interface StrictFormat<T> {
  /** What the file is, in messages: `plan`, `policy`. */
  readonly what: string;
  readonly apiVersion: string;
  readonly schema: z.ZodType<T>;
  readonly maxBytes: number;
  /** How to get a good file. */
  readonly help: string;
}

/**
 * Reads a file of ours as hostile text: strict YAML 1.2 core, no aliases, anchors, tags, directives or
 * merge keys, no keys that reach into prototypes, then version and schema. Never throws.
 */
export function parseStrictYaml<T>(text: string, format: StrictFormat<T>): StrictParse<T> {
  if (Buffer.byteLength(text) > format.maxBytes) {
    return refused([
      problem("P0101", `the ${format.what} is larger than ${format.maxBytes} bytes`, format.help),
    ]);
  }
  const early = tokenHazards(text);
  if (early.length > 0) return refused(early);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    strict: true,
    // Compared below: the library compares each key with each, which takes seconds for thousands.
    uniqueKeys: false,
    merge: false,
    lineCounter: lines,
    prettyErrors: false,
    // "silent" would silence the error about a second document as well.
    logLevel: "error",
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const hazards = [
    ...[...document.errors, ...document.warnings].map(({ message, pos }) =>
      problem("P0102", message, undefined, at(pos[0])),
    ),
    ...directives(text),
    ...yamlHazards(document, at),
  ];
  if (hazards.length > 0) return refused(hazards);

  const positionOf = (path: readonly PropertyKey[]): Position | undefined => {
    const node = document.getIn(path, true);
    return isNode(node) && node.range ? at(node.range[0]) : undefined;
  };
  const keyPositionOf = (path: readonly PropertyKey[]): Position | undefined => {
    const map = document.getIn(path.slice(0, -1), true);
    const name = path.at(-1);
    const key = isMap(map)
      ? map.items.find((pair) => isScalar(pair.key) && pair.key.value === name)?.key
      : undefined;
    return isScalar(key) && key.range ? at(key.range[0]) : undefined;
  };
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const other = anotherKind(value, format.what);
  if (other !== undefined) return refused([other]);
  const version = z.looseObject({ apiVersion: z.string() }).safeParse(value);
  if (version.success && version.data.apiVersion !== format.apiVersion) {
    const message = `the ${format.what} has version "${version.data.apiVersion}", this program reads ${format.apiVersion}`;
    return refused([problem("P0201", message, format.help, positionOf(["apiVersion"]), "apiVersion")]);
  }
  const checked = format.schema.safeParse(value);
  if (checked.success) return { kind: "ok", value: checked.data, positionOf, keyPositionOf };
  return refused(
    checked.error.issues.slice(0, MOST_ISSUES).flatMap((issue) => {
      // An unknown key is wrong where it stands, not where its map begins.
      const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, MOST_ISSUES) : undefined;
      const paths = unknown?.map((key) => [...issue.path, key]) ?? [issue.path];
      return paths.map((path) => {
        const position = (unknown && keyPositionOf(path)) ?? nearest(path, positionOf);
        return problem(
          "P0202",
          sentence(issue, path, value),
          undefined,
          position,
          path.map(String).join("."),
        );
      });
    }),
  );
}

/** What people give by mistake, told in one line instead of by every field that it lacks. */
function anotherKind(value: unknown, what: string): Diagnostic | undefined {
  if (value === null) return problem("P0202", `the ${what} is empty`);
  const isSigned = z.looseObject({ payload: z.string(), payloadType: z.string() }).safeParse(value).success;
  return isSigned
    ? problem(
        "P0202",
        `this is a signed result, not a ${what}`,
        "read it with: gh devlake repair verify FILE",
      )
    : undefined;
}

/** A misfit with the name of its field, since a missing one has no place in the file. */
function sentence(issue: z.core.$ZodIssue, path: readonly PropertyKey[], root: unknown): string {
  const name = JSON.stringify(String(path.at(-1) ?? ""));
  if (issue.code === "unrecognized_keys") return `unknown field ${name}`;
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    return `the field ${name} is missing`;
  return path.length === 0 ? misfitText(issue, root) : `the field ${name}: ${misfitText(issue, root)}`;
}

/** For bytes that are no text: what was signed and what was read would not be the same. */
export const notUtf8: Diagnostic = problem(
  "P0102",
  "the file is not UTF-8 text",
  "save it as UTF-8, or make a new one",
);

/** To place each of thousands takes seconds, and nobody reads them. */
const MOST_ISSUES = 100;

function refused(diagnostics: readonly Diagnostic[]): {
  readonly kind: "refused";
  readonly diagnostics: readonly Diagnostic[];
} {
  return { kind: "refused", diagnostics };
}

function problem(
  code: Diagnostic["code"],
  message: string,
  help?: string,
  position?: Position,
  path = "",
): Diagnostic {
  return { code, message, help, position, path };
}

/** The position of a path, or of the closest parent that stands in the file. */
function nearest(path: readonly PropertyKey[], positionOf: PositionOf): Position | undefined {
  for (let length = path.length; length >= 0; length--) {
    const position = positionOf(path.slice(0, length));
    if (position !== undefined) return position;
  }
  return undefined;
}

function directives(text: string): readonly Diagnostic[] {
  const line = text.split("\n").findIndex((candidate) => candidate.startsWith("%"));
  if (line < 0) return [];
  return [
    problem("P0103", "YAML directives are not allowed here", "delete the line", {
      line: line + 1,
      column: 1,
    }),
  ];
}

/** In one list or map: a plan's 64 KiB hold fewer facts, and to judge many more costs time out of proportion. */
const MOST_ITEMS = 2_000;

/** Parsers disagree about which of two equal keys counts. */
function repeatedKeys(map: YAMLMap, at: (offset: number) => Position): readonly Diagnostic[] {
  const seen = new Set<unknown>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const isRepeated = seen.has(key.value);
    seen.add(key.value);
    return isRepeated
      ? [problem("P0102", "Map keys must be unique", undefined, at(key.range?.[0] ?? 0))]
      : [];
  });
}

const prototypeKeys = new Set(["__proto__", "constructor", "prototype", "<<"]);

function yamlHazards(
  document: ReturnType<typeof parseDocument>,
  at: (offset: number) => Position,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (message: string, node: { readonly range?: readonly number[] | null | undefined }): void => {
    found.push(problem("P0103", message, "only plain values may stand here", at(node.range?.[0] ?? 0)));
  };
  visit(document, (_key, node) => {
    if (isCollection(node) && node.items.length > MOST_ITEMS) {
      const message = `more than ${MOST_ITEMS} items`;
      found.push(problem("P0102", message, "no file of this kind has so many", at(node.range?.[0] ?? 0)));
      return visit.BREAK;
    }
    if (isMap(node)) found.push(...repeatedKeys(node, at));
    if (isAlias(node)) add("aliases are not allowed here", node);
    else if (isPair(node)) {
      const { key } = node;
      // Some parsers make a text of such a key, others another one, or none.
      if (!isScalar(key) || typeof key.value !== "string") {
        const { range } = isNode(key) ? key : { range: undefined };
        found.push(problem("P0102", "keys must be texts", "put the key into quotes", at(range?.[0] ?? 0)));
      } else if (prototypeKeys.has(key.value)) add(`the key "${key.value}" is not allowed here`, key);
    } else if (isNode(node)) {
      if ("anchor" in node && node.anchor !== undefined) add("anchors are not allowed here", node);
      if (node.tag !== undefined && node.tag.startsWith("!"))
        add(`the tag "${node.tag}" is not allowed here`, node);
    }
    return undefined;
  });
  return found;
}
