const TAB = "    ";

// Control, format, private-use and lone surrogate characters can move the cursor, reorder a line or
// hide text in it; the line and paragraph separators break lines where we do not expect it.
const unsafe = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/**
 * Text from outside, made safe to show: `\u{202e}` in place of every character that could change how
 * the rest looks. New lines stay, tabs become four spaces. Applying it twice changes nothing more.
 */
export function escapeText(text: string): string {
  return text
    .replaceAll("\t", TAB)
    .replaceAll(unsafe, (character) => (character === "\n" ? character : codePoint(character)));
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
  return json.replaceAll(unsafe, (character) => {
    if (character === "\n") return character;
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
