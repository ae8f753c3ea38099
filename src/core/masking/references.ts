/**
 * Compose's references to variables, `${NAME}` and `${NAME:-default}`, taken out of a text and put back into it.
 * In between each is one character of Unicode's private use area, so that it counts as one letter.
 */
export interface WithoutReferences {
  readonly text: string;
  readonly references: readonly string[];
}

const FIRST = 0xe000;
const MOST = 0x1900;
/** Of one reference. */
const MAX_LENGTH = 1024;

/** Whether a character stands for a reference. */
export const referenceMark = /[\uE000-\uF8FF]/;
const marks = /[\uE000-\uF8FF]/g;

/** undefined: the text holds such characters of its own, or more references than anybody writes. */
export function takeReferencesOut(text: string): WithoutReferences | undefined {
  if (referenceMark.test(text)) return undefined;
  const references: string[] = [];
  let out = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) break;
    const end = endOfReference(text, dollar);
    if (end === undefined) {
      const until = text[dollar + 1] === "$" ? dollar + 2 : dollar + 1;
      out += text.slice(at, until);
      at = until;
      continue;
    }
    if (references.length >= MOST) return undefined;
    out += text.slice(at, dollar) + String.fromCharCode(FIRST + references.length);
    references.push(text.slice(dollar, end));
    at = end;
  }
  return { text: out + text.slice(at), references };
}

export function putReferencesBack(text: string, references: readonly string[]): string {
  return text.replaceAll(marks, (mark) => references[mark.charCodeAt(0) - FIRST] ?? mark);
}

function endOfReference(text: string, dollar: number): number | undefined {
  if (text[dollar + 1] !== "{") {
    const name = /^[A-Z_][A-Z0-9_]{0,80}(?![A-Za-z0-9_])/.exec(text.slice(dollar + 1, dollar + 84))?.[0];
    return name === undefined ? undefined : dollar + 1 + name.length;
  }
  if (!/^[A-Za-z_]\w{0,80}(?:\}|:?[-?+])/.test(text.slice(dollar + 2, dollar + 86))) return undefined;
  let depth = 1;
  const last = Math.min(text.length, dollar + MAX_LENGTH);
  for (let at = dollar + 2; at < last; at++) {
    if (text[at] === "}") depth -= 1;
    else if (text[at] === "{" && text[at - 1] === "$") depth += 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

/** The parts of `${NAME:-word}`; undefined when it is `${NAME}` or `$NAME` alone. */
export function wordOfReference(
  reference: string,
): { readonly name: string; readonly operator: string; readonly word: string } | undefined {
  const match = /^\$\{(\w+)(:?[-?+])([\s\S]*)\}$/.exec(reference);
  if (match === null) return undefined;
  const [, name = "", operator = "", word = ""] = match;
  return { name, operator, word };
}
