/** Where a stretch of interpolated text comes from: a place in the source text, a variable, or neither. */
type Origin =
  | { readonly kind: "written"; readonly offset: number }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "made" };

export interface Piece {
  readonly text: string;
  /** Offset of this piece in the interpolated text. */
  readonly at: number;
  readonly origin: Origin;
}

/** Interpolated text that still knows where each part of it was written. */
export interface TracedText {
  readonly text: string;
  readonly pieces: readonly Piece[];
  /** Variables that were read but have no value, so that Compose puts a blank. */
  readonly unset: readonly string[];
  /** Set when Compose would refuse the text, such as `${VAR:?message}` without VAR. */
  readonly problem?: string | undefined;
}

export type Lookup = (name: string) => string | undefined;

interface Part {
  readonly text: string;
  readonly origin: Origin;
}

interface Trace {
  readonly parts: Part[];
  readonly unset: string[];
  problem?: string;
}

/** Far more than anybody writes, far less than fills the stack. */
const DEEPEST = 50;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

/**
 * Interpolates as Compose does (https://docs.docker.com/reference/compose-file/interpolation/): `$VAR`, `${VAR}`,
 * `:-` `-` `:?` `?` `:+` `+`, nested defaults, and `$$` for a dollar sign.
 */
export function interpolate(source: string, lookup: Lookup): TracedText {
  const trace: Trace = { parts: [], unset: [] };
  expandInto(trace, source, 0, 0, lookup);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { text, origin } of trace.parts) {
    if (text === "") continue;
    pieces.push({ text, at, origin });
    at += text.length;
  }
  const text = pieces.map((piece) => piece.text).join("");
  return { text, pieces, unset: trace.unset, problem: trace.problem };
}

/** The single piece that holds the whole stretch `[start, end)`, or undefined when it is put together from several. */
export function pieceHolding(traced: TracedText, start: number, end: number): Piece | undefined {
  return traced.pieces.find((piece) => piece.at <= start && end <= piece.at + piece.text.length);
}

function expandInto(trace: Trace, source: string, base: number, depth: number, lookup: Lookup): void {
  if (depth > DEEPEST) {
    trace.problem ??= `defaults are nested more than ${DEEPEST} deep`;
    return;
  }
  let i = 0;
  while (i < source.length) {
    const dollar = source.indexOf("$", i);
    const end = dollar === -1 ? source.length : dollar;
    trace.parts.push({ text: source.slice(i, end), origin: { kind: "written", offset: base + i } });
    if (dollar === -1) return;
    const next = source[dollar + 1];
    if (next === "$") {
      trace.parts.push({ text: "$", origin: { kind: "made" } });
      i = dollar + 2;
    } else if (next === "{") {
      const close = closingBrace(source, dollar + 2);
      if (close === -1) {
        trace.problem ??= "a ${ is never closed";
        return;
      }
      expandBraced(trace, source.slice(dollar + 2, close), base + dollar + 2, depth, lookup);
      i = close + 1;
    } else {
      const name = nameAt(source, dollar + 1);
      if (name === undefined) {
        trace.problem ??= "a $ is followed by no variable name (write $$ for a dollar sign)";
        return;
      }
      expandVariable(trace, name, "", () => undefined, lookup);
      i = dollar + 1 + name.length;
    }
  }
}

function expandBraced(trace: Trace, inner: string, base: number, depth: number, lookup: Lookup): void {
  const name = nameAt(inner, 0);
  const operator = name === undefined ? undefined : /^(?::?[-?+])?/.exec(inner.slice(name.length))?.[0];
  if (name === undefined || operator === undefined || (operator === "" && inner.length > name.length)) {
    trace.problem ??= "the part between ${ and } is not a variable with an optional default";
    return;
  }
  const wordAt = name.length + operator.length;
  const word = inner.slice(wordAt);
  expandVariable(
    trace,
    name,
    operator,
    () => expandInto(trace, word, base + wordAt, depth + 1, lookup),
    lookup,
  );
}

function expandVariable(
  trace: Trace,
  name: string,
  operator: string,
  expandWord: () => void,
  lookup: Lookup,
): void {
  const value = lookup(name);
  const present = value !== undefined && !(operator.startsWith(":") && value === "");
  switch (operator.at(-1)) {
    case "-":
      if (!present) return expandWord();
      break;
    case "+":
      if (present) expandWord();
      return;
    case "?":
      if (!present) {
        trace.problem ??= `${name} is required but not set`;
        return;
      }
      break;
    case undefined:
    default:
      if (value === undefined) trace.unset.push(name);
  }
  trace.parts.push({ text: value ?? "", origin: { kind: "variable", name } });
}

function nameAt(source: string, offset: number): string | undefined {
  NAME.lastIndex = offset;
  return NAME.exec(source)?.[0];
}

function closingBrace(source: string, from: number): number {
  let depth = 1;
  for (let i = from; i < source.length; i++) {
    if (source[i] === "}") depth -= 1;
    else if (source[i] === "{" && source[i - 1] === "$") depth += 1;
    if (depth === 0) return i;
  }
  return -1;
}
