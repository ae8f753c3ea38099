import { isSecretName, MASK, type Redact } from "../../core/masking/redact.ts";
import { unsafeCharacters } from "../../core/text/unsafe-characters.ts";

export interface DataBounds {
  readonly redact: Redact;
  /** Characters of one text. */
  readonly maxText: number;
  /** Characters of the whole. */
  readonly maxTotal: number;
}

/**
 * Text from a deployment as a model may see it: secrets masked before anything is cut, invisible
 * characters shown as `\u{202e}`, and not longer than `max`.
 */
export function harmlessText(text: string, redact: Redact, max: number): string {
  const shown = redact(text.toWellFormed()).replaceAll(unsafeCharacters, (character) =>
    character === "\n" || character === "\t"
      ? character
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return shown.length <= max
    ? shown
    : `${shown.slice(0, max).toWellFormed()} [cut: ${shown.length - max} more characters]`;
}

/**
 * A block of data between marks that nothing inside can imitate: it is JSON without any `<` or `>`.
 * What does not fit is left out and counted.
 */
export function dataBlock(name: string, entries: readonly unknown[], bounds: DataBounds): string {
  const lines: string[] = [];
  let size = 0;
  for (const entry of entries) {
    const line = dataLine(entry, bounds);
    size += line.length + 1;
    if (size > bounds.maxTotal) break;
    lines.push(line);
  }
  const left = entries.length - lines.length;
  const more = left === 0 ? [] : [`{"left out because there is too much":${left}}`];
  return [`<untrusted-data name="${name}">`, ...lines, ...more, "</untrusted-data>"].join("\n");
}

function dataLine(value: unknown, { redact, maxText }: DataBounds): string {
  const harmless = (text: string): string => harmlessText(text, redact, maxText);
  return JSON.stringify(mapTexts(value, harmless))
    .replaceAll("<", String.raw`\u003c`)
    .replaceAll(">", String.raw`\u003e`);
}

/** Every text in a JSON value, names of members too, through one function. */
function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]): [string, unknown] => [
      map(key),
      // Facts come masked from here, but a bundle may come from anywhere.
      typeof member === "string" && isSecretName(key) ? MASK : mapTexts(member, map),
    ]),
  );
}
