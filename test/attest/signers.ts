import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { readPublicKey, type PublicKey } from "../../src/attest/keys.ts";
import type { Signer } from "../../src/ports/signer.ts";

/** A signer that holds its key in memory, for tests. */
export interface MemorySigner extends Signer {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

export function memorySigner(kind: "ed25519" | "ecdsa-p256" = "ed25519"): MemorySigner {
  const { privateKey, publicKey } =
    kind === "ed25519"
      ? generateKeyPairSync("ed25519")
      : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = readPublicKey(publicKey.export({ type: "spki", format: "pem" }).toString());
  const digest = kind === "ed25519" ? null : "sha256";
  return {
    publicKey: key,
    privateKey,
    sign: (paeBytes) =>
      Promise.resolve({ signature: sign(digest, paeBytes, privateKey), publicKeyPem: key.pem }),
  };
}
