import type { EditRange } from "./edit-site.ts";
import { positionAt } from "./text-position.ts";
import type { ComposeSource, EditedFile } from "./types.ts";

export interface Edit {
  readonly range: EditRange;
  readonly to: string;
}

/**
 * Puts the edits into their texts, changing no byte outside the ranges. Two edits of one range must agree.
 * Returns undefined when a range does not hold the text it was found with, or edits overlap: then nothing was applied.
 */
export function applyEdits(
  sources: readonly ComposeSource[],
  edits: readonly Edit[],
): readonly EditedFile[] | undefined {
  const files = sources.map((source) => {
    const own = distinct(edits.filter((edit) => edit.range.path === source.path));
    return applyToText(source, own);
  });
  const edited = files.filter((file) => file !== undefined);
  return edited.length === files.length ? edited.filter((file) => file.changes.length > 0) : undefined;
}

function applyToText({ path, text }: ComposeSource, edits: readonly Edit[]): EditedFile | undefined {
  let after = "";
  let at = 0;
  const changes = [];
  for (const { range, to } of edits) {
    if (range.start < at || text.slice(range.start, range.end) !== range.from) return undefined;
    after += text.slice(at, range.start) + to;
    at = range.end;
    changes.push({ ...positionAt(text, range.start), from: range.from, to });
  }
  after += text.slice(at);
  return outsideIsEqual(text, after, edits) ? { path, before: text, after, changes } : undefined;
}

/** Walks back from the result instead of trusting how it was built. */
function outsideIsEqual(before: string, after: string, edits: readonly Edit[]): boolean {
  let shift = 0;
  let restored = after;
  for (const { range, to } of edits) {
    // Edits before this one have been undone already, so positions are those of the text before.
    const place = range.start;
    if (restored.slice(place, place + to.length) !== to) return false;
    restored = restored.slice(0, place) + range.from + restored.slice(place + to.length);
    shift += to.length - range.from.length;
  }
  return restored === before && after.length - before.length === shift;
}

function distinct(edits: readonly Edit[]): readonly Edit[] {
  const byPlace = new Map<string, Edit>();
  for (const edit of edits) {
    byPlace.set(`${edit.range.start}-${edit.range.end}-${edit.to}`, edit);
  }
  return [...byPlace.values()].sort((a, b) => a.range.start - b.range.start);
}
