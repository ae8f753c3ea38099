import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { sha256Hex } from "../core/text/digest.ts";
import { SignatureError } from "./attest-error.ts";

/** A key that can check signatures. Two with the same `keyId` are the same key. */
export interface PublicKey {
  /** sha256 of the key's SPKI DER, lower-case hex: the name under which other tools show it too. */
  readonly keyId: string;
  readonly algorithm: "ed25519" | "ecdsa-p256";
  /** SPKI in PEM, as OpenSSL writes it. */
  readonly pem: string;
  readonly object: KeyObject;
}

/**
 * Reads a public key in PEM (SPKI). Ed25519 is what we sign with; P-256 is accepted for checking,
 * because cosign and most hardware make such keys. Throws SignatureError for all else, private keys included.
 */
export function readPublicKey(pem: string): PublicKey {
  // createPublicKey also takes private keys and certificates; a private key has no business here.
  if (!pem.trimStart().startsWith("-----BEGIN PUBLIC KEY-----")) {
    throw malformedKey("the text does not start with -----BEGIN PUBLIC KEY-----");
  }
  let object: KeyObject;
  try {
    object = createPublicKey({ key: pem, format: "pem" });
  } catch (cause) {
    throw malformedKey("the text between the PEM lines is damaged", cause);
  }
  return {
    keyId: sha256Hex(object.export({ type: "spki", format: "der" })),
    algorithm: algorithmOf(object),
    pem: object.export({ type: "spki", format: "pem" }).toString(),
    object,
  };
}

function algorithmOf(object: KeyObject): PublicKey["algorithm"] {
  const type = object.asymmetricKeyType;
  if (type === "ed25519") return "ed25519";
  const curve = object.asymmetricKeyDetails?.namedCurve;
  if (type === "ec" && curve === "prime256v1") return "ecdsa-p256";
  throw malformedKey(`it is a ${curve ?? type ?? "secret"} key, and only Ed25519 and P-256 are known`);
}

function malformedKey(why: string, cause?: unknown): SignatureError {
  return new SignatureError("public_key_malformed", `the public key cannot be used: ${why}`, {
    hint: "give the public half in PEM, as `openssl pkey -in KEY.pem -pubout` prints it",
    cause,
  });
}

/** Whether `signature` over `message` was made with the private half of `key`. */
export function isSignedBy(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.algorithm === "ed25519") return verify(null, message, key.object, signature);
  // DER is what cosign and OpenSSL write; the DSSE specification's own vector is raw r and s.
  return (["der", "ieee-p1363"] as const).some((dsaEncoding) =>
    verify("sha256", message, { key: key.object, dsaEncoding }, signature),
  );
}
