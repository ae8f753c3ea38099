export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** The 1-based line and column of a UTF-16 offset. */
export function positionAt(text: string, offset: number): TextPosition {
  const starts = lineStartsOf(text);
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** Of the text asked about last: a file is asked about many times in a row. */
let latest: { readonly text: string; readonly starts: readonly number[] } | undefined;

function lineStartsOf(text: string): readonly number[] {
  if (latest?.text !== text) {
    const starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    latest = { text, starts };
  }
  return latest.starts;
}
