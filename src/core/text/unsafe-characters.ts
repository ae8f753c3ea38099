/**
 * Control, format, private-use and lone surrogate characters: they can move the cursor, reorder a line or hide
 * text in it. The line and paragraph separators break lines where nobody expects it.
 */
export const unsafeCharacters = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** `\uXXXX` for each unit of a character: what JSON and double-quoted YAML read as that character. */
export function unitEscapes(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
