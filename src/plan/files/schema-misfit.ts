import type { SchemaProblem } from "../../ports/published-schemas.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { PositionOf } from "./strict-yaml.ts";

/** Where keys and values stand in a file that was parsed. */
export interface FilePositions {
  readonly positionOf: PositionOf;
  readonly keyPositionOf: PositionOf;
}

/** What a published schema says of a file, at its place there. */
export function misfit(
  { path, isKey, message, help }: SchemaProblem,
  { positionOf, keyPositionOf }: FilePositions,
  code: Diagnostic["code"] = "P0202",
): Diagnostic {
  const position = isKey ? keyPositionOf(path) : positionOf(path);
  return { code, message, help, position: position ?? positionOf(path.slice(0, -1)), path: path.join(".") };
}
