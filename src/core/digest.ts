import { createHash, createHmac } from "node:crypto";
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

/**
 * The only form in which a secret may appear anywhere: an HMAC under a salt that stays on the
 * target, cut to 16 hex digits, so that equal secrets can be recognised and none can be guessed.
 */
export function fingerprint(secret: string, salt: Uint8Array): string {
  return `hmac-sha256:${createHmac("sha256", salt).update(secret).digest("hex").slice(0, 16)}`;
}
