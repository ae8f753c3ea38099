import { escapeLine, escapeText } from "./escape.ts";

/**
 * Text from outside as nothing but text, in a Markdown paragraph, list item or table cell and in the
 * HTML of a `<summary>` alike: entities work in all of them, backslashes do not.
 *
 * What GitHub finds only after rendering (mentions, `#12`, addresses, `:emoji:`, `$math$`) would come
 * back out of an entity. A `<span>` around its first character splits it, as GitHub's documentation
 * does with `$`: docs.github.com, "Writing mathematical expressions".
 */
export function markdownText(text: string): string {
  return escapeLine(text).replaceAll(special, (found) =>
    foundLater.test(found) ? `<span>${found}</span>` : found.replaceAll(/[^]/g, entity),
  );
}

// What Markdown and HTML read: anywhere, at the ends of a word, at the start of a line.
const special =
  /[&<>`*[\]|~\\]|_(?!\w)|(?<!\w)_|^(?:[-+=]|\d+(?=[.)]))|[@$#]|:(?=\/\/|[\w+-]+:)|(?<=www)\.|(?<=\bGH)-/gi;
const foundLater = /^[@$#:.-]$/;

/** A text of several lines; what stands between backticks is shown as code, as its writer meant it. */
export function markdownProse(text: string): string {
  return text.trim().split("\n").map(proseLine).join("<br>");
}

function proseLine(line: string): string {
  return line
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? markdownCode(part) : markdownText(part)))
    .join("");
}

/** A name from outside as code; between backticks where nothing in it could end them. */
export function markdownCode(text: string): string {
  return /^[\w./:=,-]+(?: [\w./:=,-]+)*$/.test(text) ? `\`${text}\`` : `<code>${markdownText(text)}</code>`;
}

/** Lines as they are, in a fence that is longer than any in them. */
export function markdownFence(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${escapeText(text).trimEnd()}\n${fence}`;
}

function entity(character: string): string {
  return `&#${character.codePointAt(0) ?? 0};`;
}
