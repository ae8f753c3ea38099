import { readEnvFile } from "./env-source.ts";
import { isPlainText, isPlainWord } from "./plain-words.ts";
import { MASK } from "./secret-patterns.ts";
import { maskSetting } from "./setting-value.ts";

interface Assignment {
  /** All before the value. */
  readonly head: string;
  readonly name: string;
  readonly rest: string;
}

/**
 * `.env` with every value masked that could be a secret; commented-out ones too, and whole lines that assign
 * nothing, because they may go on with a value. Lines and quotes stay.
 */
export function maskEnvText(text: string): string {
  const lines = text.split("\n");
  const insides = linesInsideValues(text);
  const masked: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const assignment = assignmentIn(line);
    const last = assignment === undefined ? index : endOfValue(lines, index, assignment);
    const unlessInside = (shown: string): string => (insides.has(index) ? maskedLine(line) : shown);
    if (assignment === undefined) masked.push(unlessInside(isComment(line) ? line : maskedLine(line)));
    else if (last === undefined) {
      masked.push(
        unlessInside(assignment.head + maskRest(assignment)),
        ...lines.slice(index + 1).map(maskedLine),
      );
      break;
    } else if (last === index) masked.push(unlessInside(assignment.head + maskRest(assignment)));
    else {
      masked.push(unlessInside(`${assignment.head}${assignment.rest.charAt(0)}${MASK}`));
      for (index++; index < last; index++) masked.push(MASK);
      masked.push(`${MASK}${assignment.rest.charAt(0)}`);
    }
  }
  return masked.join("\n");
}

/**
 * The lines that Compose reads as what goes on of a value above. They are masked whatever they look like by
 * themselves; what follows here masks what people may have meant, beyond that.
 */
function linesInsideValues(text: string): ReadonlySet<number> {
  const { assignments, unclosed } = readEnvFile(".env", text, () => undefined);
  const values = assignments.map(({ start, end }) => ({ start, end }));
  if (unclosed !== undefined) values.push({ start: unclosed.at, end: text.length });
  const inside = new Set<number>();
  let line = 0;
  let at = 0;
  for (const { start, end } of values) {
    for (; at < end; at++) {
      if (text[at] !== "\n") continue;
      line += 1;
      if (at >= start) inside.add(line);
    }
  }
  return inside;
}

function assignmentIn(line: string): Assignment | undefined {
  const indent = line.length - line.trimStart().length;
  // In a comment, `Note: text` is a sentence.
  const pattern =
    line[indent] === "#" ? /^#+\s*(?:export\s+)?([^\s=:#]+)\s*=\s*/ : /^(?:export\s+)?([^\s=:#]+)\s*[=:]\s*/;
  const match = pattern.exec(line.slice(indent));
  if (match === null || !isVariableName(match[1] ?? "")) return undefined;
  const at = indent + match[0].length;
  return { head: line.slice(0, at), name: match[1] ?? "", rest: line.slice(at) };
}

/** The second line of a secret that was broken over two may look like a name: `c2VjcmV0dmFs=`, `S3CRET+/=`. */
export function isVariableName(name: string): boolean {
  if (!/^[A-Za-z_][\w.-]{0,63}$/.test(name)) return false;
  if (/_/.test(name)) return !/[A-Z][a-z]+[A-Z]|\d[A-Za-z]\d/.test(name);
  const isOneCase = /^(?:[A-Z]+\d{0,3}|[a-z][a-z.-]*\d{0,3}|[A-Z][a-z]+|[a-z]+(?:[A-Z][a-z]+){1,4})$/.test(
    name,
  );
  // A single letter is a name too.
  return name.length <= 12 ? !/\d[A-Za-z].*\d/.test(name) : isOneCase && name.length <= 24;
}

/** The same of a word that may be a piece of a secret, which has no blank or sign in it: in capitals with `_`, or a known word. */
export function isUsualName(name: string): boolean {
  return isPlainWord(name) || (/^[A-Z]{1,16}\d{0,2}(?:_[A-Z0-9]{1,16})+$/.test(name) && isVariableName(name));
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith("#");
}

/** All masked but the indentation and the line's end. */
export function maskedLine(line: string): string {
  return line.replace(/\S[^\r]*/, MASK);
}

/** The index of the line on which a value ends: this one, unless its quote is closed further down, or never. */
function endOfValue(lines: readonly string[], index: number, { head, rest }: Assignment): number | undefined {
  const quote = rest.charAt(0);
  if ((quote !== '"' && quote !== "'") || closes(rest.slice(1), quote)) return index;
  for (let further = index + 1; further < lines.length; further++) {
    if (closes(lines[further] ?? "", quote)) return further;
  }
  // Out of a comment, nothing goes on.
  return isComment(head) ? index : undefined;
}

function closes(text: string, quote: string): boolean {
  return text.replaceAll(`\\${quote}`, "").includes(quote);
}

function maskRest({ head, name, rest }: Assignment): string {
  const value = rest.trimEnd();
  if (value === "") return rest;
  const tail = rest.slice(value.length);
  // Behind a quoted value a comment may stand.
  const quoted = /^(["'])((?:(?!\1)[^\\])*)\1(\s+#.*)?$/s.exec(value);
  if (quoted !== null) {
    const [, quote = "", inner = "", comment = ""] = quoted;
    const shown = shownValue(name, inner);
    return `${quote}${shown}${quote}${shown.includes(MASK) ? "" : maskTail(comment)}${tail}`;
  }
  if (/^["']/.test(value))
    return `${closed(value) ? `${value.charAt(0)}${MASK}${value.charAt(0)}` : MASK}${tail}`;
  // Only an unquoted value may have a comment behind it, after a blank.
  const comment = value.search(/\s#/);
  const bare = comment < 0 ? value : value.slice(0, comment).trimEnd();
  // A sentence that somebody commented out, or wrote with an equals sign in it.
  if (isComment(head) && isPlainText(bare)) return rest;
  const shown = shownValue(name, bare);
  if (shown.includes(MASK)) return `${shown}${tail}`;
  return `${shown}${maskTail(value.slice(bare.length))}${tail}`;
}

function closed(value: string): boolean {
  return value.length > 1 && value.endsWith(value.charAt(0));
}

/** Escapes make of a value another one than it looks like. */
function shownValue(name: string, value: string): string {
  if (value === "") return "";
  return value.includes("\\") ? MASK : maskSetting(name, value).shown;
}

/** `# was: VALUE` behind a value: of what is no sentence nothing stays. */
function maskTail(comment: string): string {
  const text = comment.replace(/^\s*#+\s*/, "");
  const isSentence =
    /^[A-Za-z][A-Za-z' .,;()-]*$/.test(text) && text.split(/[^A-Za-z]+/).every((word) => word.length < 16);
  return text === "" || isSentence ? comment : comment.slice(0, comment.length - text.length) + MASK;
}
