import { isMap, isPair, isScalar, isSeq, type Scalar } from "yaml";
import type { Edit } from "./apply-edits.ts";
import { LONGEST_FILE, parseCompose, type ComposeFile } from "./compose-file.ts";
import { leavesOf } from "./effective-model.ts";
import type { Lookup } from "../../../core/masking/interpolate.ts";

type Keys = readonly (string | number)[];

interface EditedScalar {
  readonly scalar: Scalar;
  readonly keys: Keys;
  /** As it is written after the edits, quotes included. */
  readonly after: string;
}

/**
 * What edits of digits do to one file, told from the scalars they stand in: each of these is parsed again, the
 * rest of the file is not. By leaf address, what it is after. undefined where only reading the whole file can
 * tell: aliases make one scalar many leaves, tags and text of several lines depend on what is around them.
 */
export function rereadScalars(
  file: ComposeFile,
  edits: readonly Edit[],
  lookup: Lookup,
): ReadonlyMap<string, string> | undefined {
  // A `*` may be the start of an alias; every digit more may make the file too long.
  if (file.text.includes("*") || file.text.length + edits.length * 5 > LONGEST_FILE) return undefined;
  if (!edits.every(({ range, to }) => isNumber(range.from) && isNumber(to))) return undefined;
  const inOrder = [...edits].sort((a, b) => a.range.start - b.range.start);
  const edited = editedScalars(file, inOrder);
  const values = edited && valuesOf(edited.map(({ after }) => after));
  if (edited === undefined || values === undefined) return undefined;
  const changed = new Map<string, string>();
  edited.forEach(({ scalar, keys }, index) => {
    const was = leavesOf(file, lookup, scalar.value, keys);
    for (const [address, is] of leavesOf(file, lookup, values[index], keys)) {
      if (was.get(address) !== is) changed.set(address, is);
    }
  });
  return changed;
}

function isNumber(text: string): boolean {
  return /^\d{1,5}$/.test(text);
}

/** The scalars that hold the edits, in file order; undefined unless each edit stands in a plain one-line value. */
function editedScalars(
  { text, document }: ComposeFile,
  edits: readonly Edit[],
): readonly EditedScalar[] | undefined {
  const found: EditedScalar[] = [];
  let next = 0;
  walk(document.contents, []);
  return next === edits.length ? found : undefined;

  /** In file order, so that an edit which no value takes stops all that come after it. */
  function walk(node: unknown, keys: Keys): void {
    if (isMap(node)) {
      for (const pair of node.items) {
        const key = isPair(pair) && isScalar(pair.key) ? pair.key.value : undefined;
        if (typeof key === "string" || typeof key === "number") walk(pair.value, [...keys, key]);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, index) => walk(item, [...keys, index]));
    } else if (isScalar(node)) {
      take(node, keys);
    }
  }

  function take(scalar: Scalar, keys: Keys): void {
    const [start, end] = scalar.range ?? [0, 0];
    let after = "";
    let at = start;
    for (let edit = edits[next]; edit !== undefined; edit = edits[next]) {
      const { range, to } = edit;
      if (range.start < at || end < range.end) break;
      after += text.slice(at, range.start) + to;
      at = range.end;
      next += 1;
    }
    if (at === start) return;
    after += text.slice(at, end);
    // Never counted as all, so that the whole file is read.
    if (scalar.tag !== undefined || !isOnOneLine(scalar, after)) next = edits.length + 1;
    found.push({ scalar, keys, after });
  }
}

function isOnOneLine({ type }: Scalar, after: string): boolean {
  return (
    (type === "PLAIN" || type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE") &&
    !/[\r\n\u0085\u2028\u2029]/.test(after)
  );
}

/** What each text is when it is read by itself, all of them in one go; undefined when one is not one value. */
function valuesOf(texts: readonly string[]): readonly unknown[] | undefined {
  const list = texts.map((text) => `- ${text}\n`).join("");
  const { contents, errors } = parseCompose(list);
  if (errors.length > 0 || !isSeq(contents) || contents.items.length !== texts.length) return undefined;
  const values = contents.items.map((item, index) => {
    if (!isScalar(item)) return undefined;
    const [start, end] = item.range ?? [0, 0];
    return list.slice(start, end) === texts[index] ? { value: item.value } : undefined;
  });
  const read = values.filter((value) => value !== undefined);
  return read.length === texts.length ? read.map(({ value }) => value) : undefined;
}
