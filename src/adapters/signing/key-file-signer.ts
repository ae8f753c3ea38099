import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { sha256Hex } from "../../core/text/digest.ts";
import { errnoCode, RepairError } from "../../core/errors.ts";
import type { Signer } from "../../ports/signer.ts";
import { createKeyFile, readKeyFile } from "./key-file.ts";
import { findKeySource, type KeyEnvironment, type KeySource } from "./signing-key-path.ts";

export interface KeyFileSigner extends Signer {
  readonly publicKeyPem: string;
  /** sha256 of the public key's SPKI DER, lower-case hex. */
  readonly keyId: string;
  /** Where the key was found, for messages. */
  readonly source: KeySource;
  /** True when the user's own key was made just now: worth one line to the user. */
  readonly created: boolean;
}

/**
 * Loads the Ed25519 key to sign with, and makes the user's own on first use. It is loaded here and
 * not at the first signature, so that a bad key stops a run before it changes anything.
 * Throws RepairError `signing_key`; no message ever holds key material.
 */
export async function openKeyFileSigner(
  where: KeyEnvironment,
  keyOption: string | undefined,
): Promise<KeyFileSigner> {
  const source = findKeySource(where, keyOption);
  const created = source.kind === "own" && (await createKeyFile(source.path, where.platform));
  const pem =
    source.kind === "pem" ? source.pem : await readKeyFile(source.path, source.named, where.platform);
  const privateKey = parseSigningKey(pem, source);
  const publicKey = createPublicKey(privateKey);
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return {
    publicKeyPem,
    keyId: sha256Hex(publicKey.export({ type: "spki", format: "der" })),
    source,
    created,
    sign: (paeBytes) => Promise.resolve({ signature: sign(null, paeBytes, privateKey), publicKeyPem }),
  };
}

export interface OwnPublicKey {
  readonly pem: string;
  /** The file or the variable that it comes from, for messages. */
  readonly from: string;
}

/** The public half of the key that this user signs with, or undefined when there is none yet: reading makes no key. */
export async function readOwnPublicKey(where: KeyEnvironment): Promise<OwnPublicKey | undefined> {
  const source = findKeySource(where, undefined);
  try {
    const pem =
      source.kind === "pem" ? source.pem : await readKeyFile(source.path, source.named, where.platform);
    const publicKey = createPublicKey(parseSigningKey(pem, source));
    return { pem: publicKey.export({ type: "spki", format: "pem" }).toString(), from: placeOf(source) };
  } catch (thrown) {
    const missing = thrown instanceof RepairError && errnoCode(thrown.cause) === "ENOENT";
    if (missing && source.kind === "own") return undefined;
    throw thrown;
  }
}

function placeOf(source: KeySource): string {
  if (source.kind === "pem") return source.named;
  return source.kind === "own" ? source.path : `${source.path} (${source.named})`;
}

function parseSigningKey(pem: string, source: KeySource): KeyObject {
  const where = source.kind === "pem" ? source.named : `${source.named} "${source.path}"`;
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: pem, format: "pem" });
  } catch (thrown) {
    // OpenSSL's errors are not kept as the cause: what they quote is not ours to vouch for.
    throw new RepairError("signing_key", `${where} ${whyNotPrivateKey(pem, errnoCode(thrown))}`, {
      hint: wayOut(source),
    });
  }
  if (privateKey.asymmetricKeyType === "ed25519") return privateKey;
  const found = privateKey.asymmetricKeyDetails?.namedCurve ?? privateKey.asymmetricKeyType ?? "unknown";
  throw new RepairError("signing_key", `${where} holds a ${found} key, and results are signed with Ed25519`, {
    hint: wayOut(source),
  });
}

function whyNotPrivateKey(pem: string, code: string | undefined): string {
  if (pem.trim() === "") return "is empty";
  if (code === "ERR_MISSING_PASSPHRASE" || pem.includes("ENCRYPTED")) {
    return "is protected by a passphrase, which nobody can type during a run";
  }
  if (pem.includes("-----BEGIN OPENSSH PRIVATE KEY-----"))
    return "is an OpenSSH key, and PKCS #8 PEM is needed";
  if (pem.includes("-----BEGIN PUBLIC KEY-----")) return "holds only a public key, which cannot sign";
  return "is not a private key in PEM";
}

function wayOut(source: KeySource): string {
  const make = "`openssl genpkey -algorithm ed25519 -out key.pem` makes a fit key";
  return source.kind === "own"
    ? `move the file away and a new key is made on the next run; results signed so far keep their old signer; ${make}`
    : make;
}
