import { createHmac } from "node:crypto";
import type { Digest } from "./digest.ts";

/** `hmac-sha256:` and 64 lower-case hex digits, or the plain digest of older accounts. */
export const fileDigestPattern = /^(?:hmac-)?sha256:[0-9a-f]{64}$/;

export type KeyedDigest = `hmac-sha256:${string}`;

/** Makes digests that say which texts are the same, and nothing to whoever has not the key. */
export type KeyDigest = (digest: Digest) => KeyedDigest;

/**
 * `key`: random, and kept nowhere. A plain digest of a file that is known but for a weak secret in it would let anybody
 * find that secret by trying.
 */
export function keyDigests(key: Uint8Array): KeyDigest {
  return (digest) => `hmac-sha256:${createHmac("sha256", key).update(digest).digest("hex")}`;
}
