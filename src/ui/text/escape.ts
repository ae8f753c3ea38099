import { unitEscapes, unsafeCharacters } from "../../core/text/unsafe-characters.ts";

const TAB = "    ";

/**
 * Text from outside, made safe to show: `\u{202e}` in place of every character that could change how
 * the rest looks. New lines stay, tabs become four spaces. Applying it twice changes nothing more.
 */
export function escapeText(text: string): string {
  return text
    .replaceAll("\t", TAB)
    .replaceAll(unsafeCharacters, (character) => (character === "\n" ? character : codePoint(character)));
}

/** The same for what has to stay on one line: new lines are shown too. */
export function escapeLine(text: string): string {
  return escapeText(text).replaceAll("\n", codePoint("\n"));
}

/**
 * JSON text with the same characters as `\uXXXX`: equal when parsed, harmless when looked at. Line ends
 * stay: in JSON text they are layout, never part of a string.
 */
export function escapeJson(json: string): string {
  return json.replaceAll(unsafeCharacters, (character) =>
    character === "\n" ? character : unitEscapes(character),
  );
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
