import { readEnvFile, type Assignment, type EnvFile } from "./compose-edit/env-source.ts";
import { positionAt } from "./compose-edit/text-position.ts";
import { maskComment } from "./mask-comment.ts";
import { isUsualName, isVariableName, maskedLine } from "./mask-env.ts";
import { MASK, type Redact } from "./redact.ts";
import { maskSetting } from "./setting-value.ts";

/** Whether Compose reads the same names, quotes and lines in a masked `.env` as in the real one. */
export function keepsAssignments(real: string, masked: string): boolean {
  if (real === masked) return true;
  const before = shapesOf(read(real));
  const after = shapesOf(read(masked));
  return (
    lineEnds(real) === lineEnds(masked) &&
    before.length === after.length &&
    before.every((shape, index) => isAlike(shape, after[index]))
  );
}

function read(text: string): EnvFile {
  return readEnvFile(".env", text, () => undefined);
}

function lineEnds(text: string): string {
  return text
    .split("\n")
    .map((line) => (line.endsWith("\r") ? "r" : "n"))
    .join("");
}

/** Where an assignment stands, and how Compose reads it; `value` undefined when its quote is never closed. */
interface Shape {
  readonly place: string;
  readonly value: Pick<Assignment, "plain" | "raw"> | undefined;
}

/** Of the assignments whose names may be seen. */
function shapesOf({ text, assignments, unclosed }: EnvFile): readonly Shape[] {
  const closed = assignments.map(({ name, start, raw, plain }) => ({
    name,
    place: `${name} ${positionAt(text, start).line} ${quoteBefore(text, start)} ${raw.split("\n").length}`,
    value: { plain, raw },
  }));
  const open =
    unclosed === undefined
      ? []
      : [
          {
            name: unclosed.name,
            place: `${unclosed.name} ${positionAt(text, unclosed.at).line} open`,
            value: undefined,
          },
        ];
  return [...closed, ...open].filter(({ name }) => isVariableName(name));
}

/** What holds escapes or variables must not look as if it held none, unless nothing is left of it. */
function isAlike({ place, value }: Shape, masked: Shape | undefined): boolean {
  if (masked?.place !== place || (value === undefined) !== (masked.value === undefined)) return false;
  if (value === undefined || masked.value === undefined) return true;
  const isGone = masked.value.raw.replaceAll(MASK, "").trim() === "";
  return value.plain === masked.value.plain || (!value.plain && isGone);
}

function quoteBefore(text: string, start: number): string {
  const quote = text[start - 1];
  return quote === '"' || quote === "'" ? quote : "";
}

/**
 * A `.env` masked piece by piece as Compose reads it: names, signs, quotes and line ends stay, values are shown where
 * they are known to be harmless, and nothing stays of what is neither an assignment nor a comment.
 */
export function maskEnvByTokens(text: string, redact: Redact): string {
  const { assignments, unclosed } = read(text);
  const parts: string[] = [];
  let at = 0;
  for (const { name, start, end, raw, plain } of assignments) {
    parts.push(maskBetween(text.slice(at, start), at, redact), maskedValue(name, raw, plain, redact));
    at = end;
  }
  if (unclosed !== undefined) {
    parts.push(maskBetween(text.slice(at, unclosed.at + 1), at, redact));
    at = unclosed.at + 1;
    const rest = text.slice(at);
    parts.push(rest.trim() === "" ? rest : maskedLines(rest));
  } else {
    const [close, rest] = splitClose(text.slice(at), at);
    parts.push(close, maskGap(rest, redact));
  }
  return parts.join("");
}

function maskedValue(name: string, raw: string, plain: boolean, redact: Redact): string {
  if (raw.trim() === "") return raw;
  if (!plain || raw.includes("\n")) return maskedLines(raw);
  const { shown } = maskSetting(name, raw);
  const head = `${name}=`;
  const masked = redact(head + shown);
  return masked.startsWith(head) ? masked.slice(head.length) : MASK;
}

/** What stands before a value: the end of the line above, comments, and the name with its sign and quote. */
function maskBetween(text: string, at: number, redact: Redact): string {
  const [close, rest] = splitClose(text, at);
  const head = /(?:export[ \t]+)?([^\s=:#]+)[ \t]*[=:][ \t]*["']?$/.exec(rest);
  if (head === null) return close + maskGap(rest, redact);
  const [whole, name = ""] = head;
  const isShown = isVariableName(name) && (isUsualName(name) || redact(name) === name);
  return close + maskGap(rest.slice(0, head.index), redact) + (isShown ? whole : whole.replace(name, MASK));
}

/** The quote that ends the value before; where the file begins there is none. */
function splitClose(text: string, at: number): readonly [close: string, rest: string] {
  const close = at > 0 ? (/^["']/.exec(text)?.[0] ?? "") : "";
  return [close, text.slice(close.length)];
}

/** Comments, and lines that Compose passes over. */
function maskGap(text: string, redact: Redact): string {
  const lines = text.split("\n").map((line) => {
    const hash = /^[\s\uFEFF]*#/.exec(line)?.[0];
    if (line.trim() === "" || hash === undefined) return maskedLine(line);
    const masked = redact(maskComment(line));
    return masked.startsWith(hash) ? masked : hash + maskedLine(line.slice(hash.length));
  });
  return lines.join("\n");
}

function maskedLines(text: string): string {
  return text.split("\n").map(maskedLine).join("\n");
}
