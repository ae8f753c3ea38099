import { isMap, isScalar, parseDocument } from "yaml";
import type { Endpoints } from "../facts/fact-values.ts";

/**
 * gh-devlake's state file with other endpoints: only those values change, whatever else the file
 * holds. Without a file, the least that gh-devlake reads (its internal/devlake/state.go).
 */
export function stateFileText(text: string | undefined, endpoints: Endpoints): string {
  if (text === undefined) return `${JSON.stringify({ method: "local", endpoints }, undefined, 2)}\n`;
  const replaced = replaceEndpoints(text, endpoints);
  if (replaced !== undefined) return replaced;
  const state = JSON.parse(text) as Record<string, unknown>;
  const before = typeof state["endpoints"] === "object" ? state["endpoints"] : {};
  return `${JSON.stringify({ ...state, endpoints: { ...before, ...endpoints } }, undefined, 2)}\n`;
}

/** Replaces the values in place (JSON is YAML); undefined when one of them is not there yet. */
function replaceEndpoints(text: string, endpoints: Endpoints): string | undefined {
  const root = parseDocument(text).get("endpoints", true);
  if (!isMap(root)) return undefined;
  const edits: { start: number; end: number; value: string }[] = [];
  for (const [name, value] of Object.entries(endpoints)) {
    const node = root.get(name, true);
    if (!isScalar(node) || node.range === null || node.range === undefined) return undefined;
    edits.push({ start: node.range[0], end: node.range[1], value: JSON.stringify(value) });
  }
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((edited, { start, end, value }) => edited.slice(0, start) + value + edited.slice(end), text);
}
