/** Made when a text needs it: the first one loads ICU's rules, which takes 40 ms. */
let graphemes: Intl.Segmenter | undefined;
function segmentsOf(text: string): Iterable<Intl.SegmentData> {
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return graphemes.segment(text);
}

/**
 * Characters of one UTF-16 unit and one cell each, which join with none of each other: ASCII, Latin-1, dashes
 * and quotes, arrows, box drawing, check marks and Braille, so all of our own symbols.
 */
const plain =
  /^[\x20-\x7e\xa1-\xac\xae-\xff\u2010-\u2026\u2190-\u2193\u21b3\u2500-\u257f\u2713\u2717\u2800-\u28ff]*$/;
const invisible = /^[\p{M}\p{Cf}\p{Cc}]+$/u;
// Two cells: emoji, and the East Asian Wide and Fullwidth blocks of Unicode TR 11.
const wide =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}])/u;

/** Terminal cells that `text` takes: one line, without escape sequences. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** `text` with spaces up to `width` cells; longer text stays as it is. */
export function padToWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/** `text` in at most `width` cells, its end replaced by `ellipsis` where something is left out. */
export function cutToWidth(text: string, width: number, ellipsis: string): string {
  if (displayWidth(text) <= width) return text;
  return headOfWidth(text, Math.max(0, width - displayWidth(ellipsis))) + ellipsis;
}

/** The longest head of `text`, in whole graphemes, that fits into `width` cells. */
export function headOfWidth(text: string, width: number): string {
  // One character more, since a mark after the last one would belong to it.
  if (plain.test(text.slice(0, width + 1))) return text.slice(0, width);
  // A window is nearly always enough, and keeps enormous lines from being segmented again and again.
  const window = text.slice(0, width * 4 + 16);
  return filled(window, width) ?? (window === text ? text : (filled(text, width) ?? text));
}

/** The longest tail of `text`, in whole graphemes, that fits into `width` cells. */
export function tailOfWidth(text: string, width: number): string {
  // One character more, since a mark after the first one left out would belong to it.
  if (width > 0 && plain.test(text.slice(-width - 1))) return text.slice(-width);
  let [used, start] = [0, text.length];
  for (const { segment } of [...segmentsOf(text)].toReversed()) {
    used += graphemeWidth(segment);
    if (used > width) break;
    start -= segment.length;
  }
  return text.slice(start);
}

/** The head of `text` that fits, if something does not fit; undefined when all of it does. */
function filled(text: string, width: number): string | undefined {
  let [used, end] = [0, 0];
  for (const { segment } of segmentsOf(text)) {
    used += graphemeWidth(segment);
    if (used > width) return text.slice(0, end);
    end += segment.length;
  }
  return undefined;
}

/** `text` in pieces of at most `width` cells each; joined they are `text` again. */
export function splitByWidth(text: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  for (;;) {
    // A single grapheme may be wider than the width; it still has to go somewhere.
    const head = headOfWidth(rest, width) || firstGrapheme(rest);
    if (head.length === rest.length) return [...pieces, head];
    pieces.push(head);
    rest = rest.slice(head.length);
  }
}

function firstGrapheme(text: string): string {
  for (const { segment } of segmentsOf(text)) return segment;
  return text;
}
