import { displayWidth, headOfWidth } from "./text-width.ts";

/** Prose wider than this is hard to read, whatever the terminal has. */
const PROSE_WIDTH = 100;

/** Stands for a space that must not be broken at; no text that was escaped holds it. */
const GLUE = "\u0000";

export interface WrapOptions {
  /** A command between backticks is never broken, even where it is wider than the line: it is for copying. */
  readonly wholeCommands?: boolean;
}

const breakAfter = ["/", ".", "_", "-", ":", ","];

/**
 * Lines of at most `width` cells (and at most 100). Words are kept whole where they fit; paths and
 * ids that do not fit are broken, after one of `/._-:,` if there is one in the last third.
 */
export function wrapText(text: string, width: number, options: WrapOptions = {}): readonly string[] {
  const limit = Math.max(8, Math.min(width, PROSE_WIDTH));
  return text.split("\n").flatMap((line) => {
    // What is aligned in the source, such as a caret under a column, stays aligned.
    const margin = " ".repeat(Math.min(line.length - line.trimStart().length, limit / 2));
    return wrapLine(line.trimStart(), limit - margin.length, options).map((part) => margin + part);
  });
}

function wrapLine(line: string, limit: number, { wholeCommands = false }: WrapOptions): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of wordsOf(line, wholeCommands ? Infinity : limit)) {
    const joined = current === "" ? word : `${current} ${word}`;
    if (displayWidth(joined) <= limit) {
      current = joined;
      continue;
    }
    if (current !== "") lines.push(current);
    const pieces = wholeCommands && word.includes("`") ? [word] : breakWord(word, limit);
    lines.push(...pieces.slice(0, -1));
    current = pieces.at(-1) ?? "";
  }
  return [...lines, current];
}

function breakWord(word: string, limit: number): readonly string[] {
  const pieces: string[] = [];
  let rest = word;
  for (;;) {
    const head = headOfWidth(rest, limit);
    if (head.length === rest.length) return [...pieces, rest];
    const after = Math.max(...breakAfter.map((mark) => head.lastIndexOf(mark))) + 1;
    const end = after > (head.length * 2) / 3 ? after : head.length;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
}

/** The words of a line; a command between backticks is one word, so that it can be copied whole. */
function wordsOf(line: string, limit: number): readonly string[] {
  const glued = line.replaceAll(/`[^`]*`/g, (code) =>
    displayWidth(code) > limit ? code : code.replaceAll(" ", GLUE),
  );
  return glued.split(" ").map((word) => word.replaceAll(GLUE, " "));
}

/**
 * `text` wrapped to `width` cells in all, its first line after `lead` and the others indented as far.
 * `look` is applied to each line of the text alone, so that colours never reach into the margin.
 */
export function hang(
  lead: string,
  text: string,
  width: number,
  options: WrapOptions & { readonly look?: (line: string) => string; readonly leadWidth?: number } = {},
): string {
  const { look = (line: string) => line, leadWidth = displayWidth(lead) } = options;
  const margin = " ".repeat(leadWidth);
  return wrapText(text, width - leadWidth, options)
    .map((line, index) => (index === 0 ? lead : margin) + look(line))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Every line that is not empty moved to the right. */
export function indent(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(by));
}
