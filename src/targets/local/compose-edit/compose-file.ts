import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { aliasTargets, brokenReference, isMergeKey } from "./alias-targets.ts";
import { expandedSize } from "./expanded-size.ts";
import { positionAt } from "./text-position.ts";
import type { ComposeSource, Refusal } from "./types.ts";

export interface ComposeFile {
  readonly path: string;
  readonly text: string;
  readonly document: Document;
}

/** uniqueKeys is quadratic in the size of a map, so huge files are refused instead of read for minutes. */
export const LONGEST_FILE = 128 * 1024;
const MOST_NODES = 200_000;

/** Parses one Compose file, or says where it stops being one. */
export function readComposeFile(source: ComposeSource): ComposeFile | Refusal {
  const { path, text } = source;
  if (text.length > LONGEST_FILE) {
    return {
      path,
      reason: `${path} is larger than ${LONGEST_FILE / 1024} KiB; move the port by hand in the file`,
    };
  }
  const document = documentOf(text);
  const [error] = document.errors;
  if (error?.code === "MULTIPLE_DOCS") {
    const { line } = positionAt(text, error.pos[0]);
    return {
      path,
      line,
      reason: `${path} holds a second YAML document from line ${line}; put it in an override file of its own`,
    };
  }
  if (error !== undefined) {
    const { line, column } = positionAt(text, error.pos[0]);
    return {
      path,
      line,
      reason: `${path} is not valid YAML at line ${line}, column ${column} (${error.code}): correct it first`,
    };
  }
  // Without an alias there are no more nodes than characters.
  if (text.includes("*") && expandedSize(document) > MOST_NODES) {
    return {
      path,
      reason: `the YAML aliases in ${path} refer to themselves or multiply; write them out first`,
    };
  }
  const broken = brokenReference(document);
  if (broken !== undefined) {
    const { line } = positionAt(text, broken.offset);
    return { path, line, reason: `${path}, line ${line}: ${broken.problem}; correct it first` };
  }
  return { path, text, document };
}

/** Parsed lately, by text: an edit is checked by reading its outcome, which the next step begins with. Never changed. */
const documents = new Map<string, Document>();
const MOST_DOCUMENTS = 8;

function documentOf(text: string): Document {
  const known = documents.get(text);
  if (known !== undefined) return known;
  const document = parseCompose(text);
  documents.set(text, document);
  for (const oldest of documents.keys()) {
    if (documents.size <= MOST_DOCUMENTS) break;
    documents.delete(oldest);
  }
  return document;
}

/** YAML as Compose reads it; errors are left in the document. */
export function parseCompose(text: string): Document {
  // schema "core" keeps a %YAML 1.1 directive from turning 22:22 into a number.
  return parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: true,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
}

/** The node itself, or what an alias stands for. */
export function resolved(file: ComposeFile, node: unknown): Node | undefined {
  if (isAlias(node)) return aliasTargets(file.document).get(node);
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
}

function mapOf(file: ComposeFile, node: unknown): YAMLMap | undefined {
  const found = resolved(file, node);
  return isMap(found) ? found : undefined;
}

export function itemsOf(file: ComposeFile, node: unknown): readonly unknown[] {
  const found = resolved(file, node);
  return isSeq(found) ? found.items : [];
}

/** Keys with their values as Compose sees the map: with `<<` merged in, its own keys first. */
export function entriesOf(file: ComposeFile, node: unknown): ReadonlyMap<string, Node | undefined> {
  const entries = new Map<string, Node | undefined>();
  const map = mapOf(file, node);
  if (map === undefined) return entries;
  const merges: unknown[] = [];
  for (const pair of map.items) {
    if (!isPair(pair)) continue;
    if (isMergeKey(pair.key)) merges.push(pair.value);
    else if (isScalar(pair.key)) entries.set(String(pair.key.value), resolved(file, pair.value));
  }
  for (const merge of merges) {
    const sources = itemsOf(file, merge);
    for (const merged of sources.length > 0 ? sources : [merge]) {
      for (const [key, value] of entriesOf(file, merged)) {
        if (!entries.has(key)) entries.set(key, value);
      }
    }
  }
  return entries;
}

export function entryOf(file: ComposeFile, node: unknown, key: string): Node | undefined {
  return entriesOf(file, node).get(key);
}

/** The text of a scalar and the offset it starts at; `faithful` when source and value are the same characters. */
export interface ScalarText {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly raw: string;
  readonly faithful: boolean;
}

export function scalarText(file: ComposeFile, node: Scalar): ScalarText {
  const [from, to] = node.range ?? [0, 0];
  const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
  const start = quoted ? from + 1 : from;
  const end = quoted ? to - 1 : to;
  const raw = file.text.slice(start, end);
  const value = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
  return { value, start, end, raw, faithful: raw === value };
}

export function lineOf(file: ComposeFile, node: Node | undefined): number {
  return positionAt(file.text, node?.range?.[0] ?? 0).line;
}
