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

/** JSON text with the same characters as `\uXXXX`: equal when parsed, harmless when looked at. */
export function escapeJson(json: string): string {
  return json.replaceAll(unsafe, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
      return `\\u${unit}`;
    }).join(""),
  );
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
