import { createTwoFilesPatch } from "diff";

/** A unified diff with three lines of context and plain file names; empty when nothing differs. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const patch = createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 3 });
  return patch.slice(patch.indexOf("--- ")).replaceAll(/^(---|\+\+\+) (.*?)\t?$/gm, "$1 $2");
}
