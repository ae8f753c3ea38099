import { createTwoFilesPatch, formatPatch, type StructuredPatchHunk } from "diff";

const CONTEXT = 3;
/** Lines taken away and put in, beyond which the search for the shortest diff takes milliseconds. */
const MANY_CHANGES = 40;

/** A unified diff with three lines of context and plain file names; empty when nothing differs. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const patch =
    createTwoFilesPatch(path, path, before, after, undefined, undefined, {
      context: CONTEXT,
      maxEditLength: MANY_CHANGES,
    }) ?? manyChanges(path, before, after);
  return patch.slice(patch.indexOf("--- ")).replaceAll(/^(---|\+\+\+) (.*?)\t?$/gm, "$1 $2");
}

/** Edits of values leave each line in its place, so that no search is needed. */
function manyChanges(path: string, before: string, after: string): string {
  const hunks = hunksOfLinesInPlace(before, after);
  if (hunks === undefined)
    return createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: CONTEXT });
  const names = { oldFileName: path, newFileName: path, oldHeader: undefined, newHeader: undefined };
  return formatPatch({ ...names, hunks });
}

/** undefined when lines were added or removed, or the last one is not ended. */
function hunksOfLinesInPlace(before: string, after: string): StructuredPatchHunk[] | undefined {
  const [old, now] = [before.split("\n"), after.split("\n")];
  if (old.length !== now.length || old.at(-1) !== "" || now.at(-1) !== "") return undefined;
  const changed = old.flatMap((line, index) => (line === now[index] ? [] : [index]));
  return nearby(changed).map((group) => {
    const start = Math.max(0, (group[0] ?? 0) - CONTEXT);
    const end = Math.min(old.length - 1, (group.at(-1) ?? 0) + 1 + CONTEXT);
    const lines: string[] = [];
    for (let at = start; at < end;) {
      let next = at;
      while (next < end && old[next] !== now[next]) next += 1;
      lines.push(...old.slice(at, next).map((line) => `-${line}`));
      lines.push(...now.slice(at, next).map((line) => `+${line}`));
      if (next < end) lines.push(` ${old[next]}`);
      at = next + 1;
    }
    const size = end - start;
    return { oldStart: start + 1, oldLines: size, newStart: start + 1, newLines: size, lines };
  });
}

/** Changes whose contexts touch share a hunk. */
function nearby(changed: readonly number[]): readonly (readonly number[])[] {
  const groups: number[][] = [];
  for (const index of changed) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group === undefined || last === undefined || index - last > 2 * CONTEXT + 1) groups.push([index]);
    else group.push(index);
  }
  return groups;
}
