import { readEnvFile, type Assignment, type EnvFile } from "../../../core/masking/env-source.ts";
import { positionAt } from "../compose-edit/text-position.ts";
import { isUsualName, isVariableName, maskedLine } from "../../../core/masking/mask-env.ts";
import { MASK, type Redact } from "../../../core/masking/redact.ts";
import { maskSetting } from "../../../core/masking/setting-value.ts";

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
 * they are known to be harmless, and nothing stays of what is neither an assignment nor a comment. `masked`: the same
 * text masked line by line; a comment or a name that is gone there is not shown here.
 */
export function maskEnvByTokens(text: string, masked: string, redact: Redact): string {
  const { assignments, unclosed } = read(text);
  const lines = masked.split("\n");
  const isWhole = lines.length === text.split("\n").length;
  const ground: Ground = {
    text,
    lineAt: (at) => (isWhole ? (lines[positionAt(text, at).line - 1] ?? "") : ""),
  };
  const parts: string[] = [];
  let at = 0;
  for (const { name, start, end, raw, plain } of assignments) {
    parts.push(maskBetween(ground, at, start), maskedValue(name, raw, plain, redact));
    at = end;
  }
  if (unclosed === undefined) parts.push(maskGap(ground, at, text.length));
  else parts.push(maskBetween(ground, at, unclosed.at + 1), maskedLines(text.slice(unclosed.at + 1)));
  return parts.join("");
}

interface Ground {
  readonly text: string;
  /** What is shown of the line at an offset when it is masked by itself. */
  readonly lineAt: (offset: number) => string;
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
function maskBetween(ground: Ground, from: number, to: number): string {
  const own = from + closeAt(ground.text, from).length;
  const head = /(?:export[ \t]+)?([^\s=:#]+)[ \t]*[=:][ \t]*["']?$/.exec(ground.text.slice(own, to));
  if (head === null) return maskGap(ground, from, to);
  const [whole, name = ""] = head;
  const isShown =
    isVariableName(name) && (isUsualName(name) || ground.lineAt(own + head.index).includes(name));
  return maskGap(ground, from, own + head.index) + (isShown ? whole : whole.replace(name, MASK));
}

/** The quote that ends the value before; where the file begins there is none. */
function closeAt(text: string, at: number): string {
  return at > 0 && /["']/.test(text[at] ?? "") ? (text[at] ?? "") : "";
}

/** Comments, and lines that Compose passes over. */
function maskGap({ text, lineAt }: Ground, from: number, to: number): string {
  const close = closeAt(text, from).slice(0, to - from);
  let at = from + close.length;
  const lines = text
    .slice(at, to)
    .split("\n")
    .map((line) => {
      const shown = lineAt(at);
      at += line.length + 1;
      const hash = /^[\s\uFEFF]*#/.exec(line)?.[0];
      if (line.trim() === "" || hash === undefined) return maskedLine(line);
      const isSame = shown.startsWith(hash) && shown.endsWith("\r") === line.endsWith("\r");
      return isSame ? shown : hash + maskedLine(line.slice(hash.length));
    });
  return close + lines.join("\n");
}

function maskedLines(text: string): string {
  return text.split("\n").map(maskedLine).join("\n");
}
