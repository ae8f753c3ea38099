import type { AnyTool } from "../targets/define-tool.ts";
import { filesOfUndo } from "../targets/file-change.ts";
import type { Json } from "../core/text/json.ts";

/**
 * Why an undo record is not acted on: it names a file that the step could not have written. `sources`: those that the
 * plan, or the facts before the run, name; undefined when all is as it should be.
 */
export function strayUndo(record: Json, tool: AnyTool, sources: readonly string[]): string | undefined {
  const allowed = new Set(tool.undoPaths?.(sources));
  const files = filesOfUndo(record);
  if (files === undefined)
    return tool.undoPaths === undefined ? undefined : `what its undo needs is not as ${tool.name} records it`;
  const stray = files.filter(({ path }) => !allowed.has(path)).map(({ path }) => JSON.stringify(path));
  return stray.length === 0
    ? undefined
    : `its undo record names ${stray.join(", ")}, which ${tool.name} cannot have written here; nothing of it was touched`;
}
