import { createHash } from "node:crypto";
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
