import type { Position } from "../../core/diagnostic.ts";
import { escapeLine } from "./escape.ts";
import { paint, symbolsOf, type Style } from "./style.ts";
import { cutToWidth, displayWidth, tailOfWidth } from "./text-width.ts";

/**
 * A line of a file behind its number, and a caret under the column:
 * ```
 *    |
 * 31 |     tool: run_shell
 *    |           ^
 * ```
 * Control characters are shown as escapes. A line that is too long is cut on both sides of the caret.
 */
export function formatSourceLine(
  source: string,
  position: Position,
  colour: "red" | "yellow",
  style: Style,
): string {
  const number = String(position.line);
  const bar = paint(style, "blue", "|");
  const blank = `${" ".repeat(number.length)} ${bar}`;
  const { text, caret } = aroundCaret(source, position.column, style.width - number.length - 3, style);
  return [
    blank,
    `${paint(style, "blue", number)} ${bar} ${text}`.trimEnd(),
    `${blank} ${" ".repeat(caret)}${paint(style, ["bold", colour], "^")}`,
  ].join("\n");
}

/** What is shown of a line, in at most `room` cells, and how many of them stand before the caret. */
function aroundCaret(
  source: string,
  column: number,
  room: number,
  style: Style,
): { readonly text: string; readonly caret: number } {
  const { ellipsis } = symbolsOf(style);
  const line = source.replace(/\r$/, "");
  const at = Math.min(column - 1, line.length);
  // Of an enormous line only what may be seen is escaped and measured.
  const reach = room * 4;
  const from = Math.max(0, at - reach);
  const before = escapeLine(line.slice(from, at));
  const after = escapeLine(line.slice(at, at + reach));
  const fits = from === 0 && displayWidth(before) + Math.min(displayWidth(after), room / 3) <= room - 1;
  const head = fits ? before : ellipsis + tailOfWidth(before, Math.floor(room / 2) - displayWidth(ellipsis));
  const caret = displayWidth(head);
  return { text: head + cutToWidth(after, room - caret, ellipsis), caret };
}
