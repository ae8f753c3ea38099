import { SignatureError } from "./attest-error.ts";

/** Far above what our own files need; it keeps hostile nesting from exhausting the stack. */
const MAX_DEPTH = 100;

/**
 * Reads JSON that can be read in one way only: valid UTF-8, no byte order mark, no key twice.
 * JSON.parse takes the last of two equal keys in silence, other readers take the first.
 */
export function parseJsonStrictly(bytes: Uint8Array, what: "envelope" | "statement"): unknown {
  const code = what === "envelope" ? "envelope_malformed" : "statement_malformed";
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the input; the input may be anything, so it is not repeated.
    throw new SignatureError(code, `the ${what} is not valid JSON in UTF-8`, { cause });
  }
  const written = measure(text);
  if (written.depth > MAX_DEPTH) {
    throw new SignatureError(code, `the ${what} is nested more than ${MAX_DEPTH} levels deep`);
  }
  if (written.keys !== countKeys(value)) {
    throw new SignatureError(code, `the ${what} has the same key twice`);
  }
  return value;
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

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, child: unknown) => sum + countKeys(child), own);
}
