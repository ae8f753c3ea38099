import type { Effect, Reversible } from "../core/effect.ts";
import { effectText } from "./format-steps.ts";
import { paint, type Style } from "./text/style.ts";
import { hang } from "./text/wrap-text.ts";

export interface ToolLine {
  readonly name: string;
  readonly version: number;
  readonly effect: Effect;
  readonly reversible: Reversible;
  readonly summary: string;
}

/** The catalog for a person: each tool's name, what it may do, and its summary. */
export function formatTools(tools: readonly ToolLine[], style: Style): string {
  return tools
    .map((tool) =>
      [
        `${paint(style, "bold", tool.name)} (version ${tool.version})`,
        hang("   ", effectText(tool), style.width),
        hang("   ", tool.summary, style.width),
      ].join("\n"),
    )
    .join("\n\n");
}
