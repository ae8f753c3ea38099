import { interpolate, type Lookup } from "./interpolate.ts";

/** One `NAME=value` of a dotenv file; `start` and `end` enclose the value without its quotes. */
export interface Assignment {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The bytes between `start` and `end`. */
  readonly raw: string;
  /** False when the value holds escapes or variables, so that `raw` is not what Compose sees. */
  readonly plain: boolean;
  readonly value: string;
}

export interface EnvFile {
  readonly path: string;
  readonly text: string;
  readonly assignments: readonly Assignment[];
  /** The assignment at whose value reading stopped, when its quote, at `at`, is never closed. */
  readonly unclosed?: { readonly name: string; readonly at: number } | undefined;
}

const KEY = /(?:export[ \t]+)?([^\s=:#]+)[ \t]*[=:][ \t]*/y;
const BLANK_OR_COMMENT = /(?:\uFEFF|\s|#[^\n]*)+/y;
const REST_OF_LINE = /[^\n]*/y;

/**
 * Reads a dotenv file the way Compose's own reader does (compose-go `dotenv/parser.go`): `export `, `NAME: value`,
 * quotes that may span lines, ` #` comments after unquoted values, later assignments winning.
 */
export function readEnvFile(path: string, text: string, outer: Lookup): EnvFile {
  const assignments: Assignment[] = [];
  const earlier = new Map<string, string>();
  let i = 0;
  while (i < text.length) {
    i += matchAt(BLANK_OR_COMMENT, text, i)?.[0].length ?? 0;
    const key = matchAt(KEY, text, i);
    const name = key?.[1];
    if (key === undefined || name === undefined) {
      i += (matchAt(REST_OF_LINE, text, i)?.[0].length ?? 0) + 1;
      continue;
    }
    const valueAt = i + key[0].length;
    const quote = text[valueAt];
    if (quote === '"' || quote === "'") {
      const close = closingQuote(text, valueAt + 1, quote);
      if (close === -1) return { path, text, assignments, unclosed: { name, at: valueAt } };
      add(name, valueAt + 1, close, quote === "'");
      i = close + 1;
    } else {
      const line = matchAt(REST_OF_LINE, text, valueAt)?.[0] ?? "";
      const value = (line.split(" #")[0] ?? "").trimEnd();
      add(name, valueAt, valueAt + value.length, false);
      i = valueAt + line.length;
    }
  }
  return { path, text, assignments };

  function add(name: string, start: number, end: number, literal: boolean): void {
    const raw = text.slice(start, end);
    const plain = !/[\\$]/.test(raw);
    const value =
      plain || literal ? raw : interpolate(raw, (inner) => earlier.get(inner) ?? outer(inner)).text;
    earlier.set(name, value);
    assignments.push({ name, start, end, raw, plain, value });
  }
}

/** The assignment that counts: the last one. */
export function assignmentOf(file: EnvFile, name: string): Assignment | undefined {
  return file.assignments.findLast((assignment) => assignment.name === name);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === quote && text[i - 1] !== "\\") return i;
  }
  return -1;
}
