import type { z } from "zod";

/** Of a list of unknown keys; nobody reads more. */
const MOST_KEYS = 10;
const LONGEST_QUOTE = 60;

/** What a schema says of a part of `root`, with the wrong value: `9 does not fit: too big: ...`. */
export function misfitText(issue: z.core.$ZodIssue, root: unknown): string {
  if (issue.code === "unrecognized_keys")
    return `unknown field ${issue.keys.slice(0, MOST_KEYS).map(quoted).join(", ")}`;
  const value = valueAt(root, issue.path);
  if (value === undefined) return "it is missing";
  const why = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return `${quoted(value)} does not fit: ${why}`;
}

/** The same with the place: `target.kind: "x" does not fit: ...`. */
export function placedMisfit(issue: z.core.$ZodIssue, root: unknown): string {
  const place = issue.path.map(String).join(".");
  return place === "" ? misfitText(issue, root) : `${place}: ${misfitText(issue, root)}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Short enough for a message, and made in no time of megabytes. */
function quoted(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a map";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, LONGEST_QUOTE + 1)) : String(value);
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}...`;
}
