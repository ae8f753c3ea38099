import { readStrictJson } from "../core/text/strict-json.ts";
import { SignatureError } from "./attest-error.ts";

/** What stands in a signed file. Throws SignatureError when it can be read in more than one way, or in none. */
export function parseJsonStrictly(bytes: Uint8Array, what: "envelope" | "statement"): unknown {
  const reading = readStrictJson(bytes);
  if (reading.kind === "ok") return reading.value;
  const code = what === "envelope" ? "envelope_malformed" : "statement_malformed";
  throw new SignatureError(code, `the ${what} ${reading.reason}`, { cause: reading.cause });
}
