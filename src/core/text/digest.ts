import { createHash } from "node:crypto";
import type { Facts } from "../fact.ts";
import { canonicalJson } from "./json.ts";

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

export const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function digestBytes(bytes: string | Uint8Array): Digest {
  return `sha256:${sha256Hex(bytes)}`;
}

/** Digest of a JSON value, independent of key order. */
export function digestJson(value: unknown): Digest {
  return digestBytes(canonicalJson(value));
}

/** {@link digestJson} of the facts as an object by id, made fact by fact: an object of a thousand members is slow to make. */
export function digestFacts(facts: Facts): Digest {
  const members = [...facts]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([id, entry]) => `${JSON.stringify(id)}:${canonicalJson(entry)}`);
  return digestBytes(`{${members.join(",")}}`);
}
