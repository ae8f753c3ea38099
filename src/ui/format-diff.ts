import { escapeText } from "./text/escape.ts";
import { paint, symbolsOf, type Paint, type Style } from "./text/style.ts";
import { cutToWidth, splitByWidth } from "./text/text-width.ts";

/**
 * `text`: outside any file; `meta`: file headers and the mark for a missing last line end; the others
 * as a unified diff has them.
 */
type LineKind = "text" | "meta" | "hunk" | "added" | "removed" | "context";

interface DiffLine {
  readonly kind: LineKind;
  readonly text: string;
}

const look: Readonly<Record<LineKind, Paint | undefined>> = {
  text: undefined,
  meta: "bold",
  hunk: "cyan",
  added: "green",
  removed: "red",
  context: undefined,
};

export interface DiffOptions {
  /** Columns to stay within; the style's when left out. */
  readonly width?: number;
  /** Whether unchanged lines that are too long are cut (the default) or wrapped like the others. */
  readonly context?: "cut" | "wrap";
}

/**
 * A unified diff in colours. Lines that are too long go on in the next line behind a `↳`, so nothing
 * that is added or removed is ever left out.
 */
export function formatDiff(diff: string, style: Style, options: DiffOptions = {}): string {
  const { width = style.width, context = "cut" } = options;
  const { ellipsis, rest } = symbolsOf(style);
  return readDiff(diff)
    .flatMap(({ kind, text }) => {
      if (kind === "context" && context === "cut") return [cutToWidth(text, width, ellipsis)];
      const format = look[kind];
      // Broken anywhere, not at words: white space in a changed line matters.
      const [first = ""] = splitByWidth(text, width);
      const remainder = text.slice(first.length);
      const tail = remainder === "" ? [] : splitByWidth(remainder, width - 2);
      return [first, ...tail.map((part) => `${rest} ${part}`)].map((line) =>
        format === undefined ? line : paint(style, format, line),
      );
    })
    .join("\n");
}

export function isDiff(text: string): boolean {
  return /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/m.test(text);
}

/**
 * A preview of a file with CRLF line ends would show a `\u{d}` on every line. Where all lines of a diff
 * have it, it says nothing about the change and is left out; where only some do, it stays visible.
 */
export function withoutUniformCr(diff: string): string {
  const body = diff.split("\n").filter((line) => /^[ +-]/.test(line) && !isFileHeader(line));
  const everyLine = body.length > 0 && body.every((line) => line.endsWith("\r"));
  return everyLine ? diff.replaceAll(/\r$/gm, "") : diff;
}

function isFileHeader(line: string): boolean {
  return /^(?:---|\+\+\+) /.test(line);
}

/** Reads by the counts in the hunk headers: a removed line that begins with `--` is no file header. */
function readDiff(diff: string): readonly DiffLine[] {
  let [oldLeft, newLeft] = [0, 0];
  const text = escapeText(withoutUniformCr(diff).replace(/\n$/, ""));
  return text.split("\n").map((line) => {
    const header = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (header !== null) {
      [oldLeft, newLeft] = [Number(header[1] ?? 1), Number(header[2] ?? 1)];
      return { kind: "hunk", text: line };
    }
    if (line.startsWith("\\")) return { kind: "meta", text: line };
    if (oldLeft <= 0 && newLeft <= 0) return { kind: isFileHeader(line) ? "meta" : "text", text: line };
    if (line.startsWith("+")) {
      newLeft -= 1;
      return { kind: "added", text: line };
    }
    oldLeft -= 1;
    if (line.startsWith("-")) return { kind: "removed", text: line };
    newLeft -= 1;
    return { kind: "context", text: line };
  });
}
