import type { AnyTool } from "../catalog/define-tool.ts";
import { filesOfUndo } from "../catalog/file-change.ts";
import type { Json } from "../core/json.ts";

/**
 * Why an undo record is not acted on: it names a file that the step could not have written. `composeFiles`: those that the
 * plan, or the facts before the run, name; undefined when all is as it should be.
 */
export function strayUndo(record: Json, tool: AnyTool, composeFiles: readonly string[]): string | undefined {
  const allowed = new Set(tool.undoPaths?.(composeFiles));
  const files = filesOfUndo(record);
  if (files === undefined)
    return tool.undoPaths === undefined ? undefined : `what its undo needs is not as ${tool.name} records it`;
  const stray = files.filter(({ path }) => !allowed.has(path)).map(({ path }) => JSON.stringify(path));
  return stray.length === 0
    ? undefined
    : `its undo record names ${stray.join(", ")}, which ${tool.name} cannot have written here; nothing of it was touched`;
}
