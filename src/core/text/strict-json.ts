import { decodeUtf8 } from "./utf8.ts";

/** Far above what our own files need; it keeps hostile nesting from exhausting the stack. */
const MAX_DEPTH = 100;

/** `reason` follows the name of the file in a sentence, and repeats nothing of the input, which may be anything. */
export type JsonReading =
  | { readonly kind: "ok"; readonly value: unknown }
  | { readonly kind: "refused"; readonly reason: string; readonly cause?: unknown };

/**
 * Reads JSON that can be read in one way only: valid UTF-8, no byte order mark, no key twice, none that reaches
 * into prototypes. JSON.parse takes the last of two equal keys in silence, other readers take the first. Never throws.
 */
export function readStrictJson(bytes: Uint8Array): JsonReading {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused(NOT_JSON);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { ...refused(NOT_JSON), cause };
  }
  const written = measure(text);
  if (written.depth > MAX_DEPTH) return refused(`is nested more than ${MAX_DEPTH} levels deep`);
  const keys = keysIn(value);
  if (keys.includes("__proto__")) return refused("has a key named __proto__");
  return written.keys === keys.length ? { kind: "ok", value } : refused("has the same key twice");
}

const NOT_JSON = "is not valid JSON in UTF-8";

function refused(reason: string): { readonly kind: "refused"; readonly reason: string } {
  return { kind: "refused", reason };
}

/** Keys and nesting as written. A key is a string that a colon follows; right only for text that JSON.parse accepted. */
function measure(text: string): { readonly keys: number; readonly depth: number } {
  let keys = 0;
  let depth = 0;
  let deepest = 0;
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[[\]{}]/g)) {
    if (colon !== undefined) keys += 1;
    else if (token === "[" || token === "{") deepest = Math.max(deepest, (depth += 1));
    else if (token === "]" || token === "}") depth -= 1;
  }
  return { keys, depth: deepest };
}

function keysIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysIn)];
}
