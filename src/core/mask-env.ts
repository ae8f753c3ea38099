import { readEnvFile } from "./compose-edit/env-source.ts";
import { isSecretName, MASK } from "./redact.ts";

/** A value is kept only when it cannot be a secret: numbers, switches, port mappings, plain addresses. */
const harmlessValue = new RegExp(
  [
    String.raw`\d{1,5}(?:ms|s|m|h)?`,
    "true|false|yes|no|on|off",
    String.raw`(?:(?:\d{1,3}\.){3}\d{1,3}:)?(?:\d{1,5}(?:-\d{1,5})?:){0,2}\d{1,5}(?:-\d{1,5})?(?:/(?:tcp|udp))?`,
    String.raw`(?:\d{1,3}\.){3}\d{1,3}|localhost|\[?::1?\]?`,
    // Longer paths may be webhooks, whose last part is a secret.
    String.raw`https?://[\w.-]{1,253}(?::\d{1,5})?(?:/[a-z-]{1,20}){0,2}/?`,
  ]
    .map((form) => `(?:${form})`)
    .join("|")
    .replace(/^/, "^(?:")
    .replace(/$/, ")$"),
  "i",
);

/** Whether a variable of the shell or of `.env` may be shown with its value. */
export function isHarmless(name: string, value: string): boolean {
  return !isSecretName(name) && (value === "" || harmlessValue.test(value));
}

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
  if (match === null) return undefined;
  const at = indent + match[0].length;
  return { head: line.slice(0, at), name: match[1] ?? "", rest: line.slice(at) };
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

function maskRest({ name, rest }: Assignment): string {
  const value = rest.trimEnd();
  if (value === "") return rest;
  const tail = rest.slice(value.length);
  const quote = /^(["']).*\1$/s.exec(value)?.[1] ?? "";
  const inner = quote === "" ? value : value.slice(1, -1);
  if (inner === "") return rest;
  // Only an unquoted value may have a comment behind it, after a blank.
  const comment = quote === "" ? inner.search(/\s#/) : -1;
  const bare = comment < 0 ? inner : inner.slice(0, comment).trimEnd();
  if (isHarmless(name, bare)) return rest;
  return `${quote}${MASK}${quote}${tail}`;
}
