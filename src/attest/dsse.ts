import { z } from "zod";
import { SignatureError } from "./attest-error.ts";
import { isSignedBy, readPublicKey, type PublicKey } from "./keys.ts";
import { parseJsonStrictly } from "./signed-json.ts";

/** Envelopes, their encoding and how to check them: https://github.com/secure-systems-lab/dsse, version 1.0.2. */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

const MAX_ENVELOPE_BYTES = 32 * 1024 * 1024;

/**
 * Base64 with exactly one spelling. Buffer.from takes junk, line breaks and the URL alphabet, which
 * would give one document many hashes; cosign 2.5 refuses the URL alphabet too.
 */
const Base64 = z.string().refine((text) => Buffer.from(text, "base64").toString("base64") === text, {
  error: "must be standard base64 with padding",
});

const EnvelopeSchema = z.strictObject({
  payloadType: z.string(),
  payload: Base64,
  signatures: z
    .array(
      z.strictObject({
        /** A hint that nobody signed: never used to find a key, and refused where it names another than the signer's. */
        keyid: z.string().optional(),
        sig: Base64,
        /** Our addition: the signer's public key in PEM. It proves integrity only, never who signed. */
        publicKey: z.string().max(4096).optional(),
      }),
    )
    .min(1)
    .max(16),
});

export type Envelope = Readonly<z.infer<typeof EnvelopeSchema>>;

export interface OpenedEnvelope {
  /** The very bytes that the signatures were checked over. */
  readonly payload: Uint8Array;
  /** The keys, each once, whose signatures these are. Never empty. */
  readonly signedBy: readonly PublicKey[];
}

/** PAE: what is really signed. Lengths are in bytes; so no type and body can pass for another pair. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, "utf8");
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}

/** JSON, indented by two, one line feed at the end: what stands on disk and what cosign reads. */
export function serializeEnvelope(envelope: Envelope): string {
  return `${JSON.stringify(envelope, undefined, 2)}\n`;
}

/** Reads the form of an envelope; nothing is checked against any key yet. Throws SignatureError. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > MAX_ENVELOPE_BYTES) {
    throw new SignatureError(
      "envelope_too_large",
      `the envelope has ${bytes.length} bytes, more than the ${MAX_ENVELOPE_BYTES} that are read`,
    );
  }
  const parsed = EnvelopeSchema.safeParse(parseJsonStrictly(bytes, "envelope"));
  if (!parsed.success) {
    throw new SignatureError(
      "envelope_malformed",
      `the file is not a DSSE envelope: ${z.prettifyError(parsed.error)}`,
      { hint: "give the result file that stands beside the plan, named PLAN.result.json" },
    );
  }
  return parsed.data;
}

/**
 * The keys that the envelope brings along. Anyone can put any key there and sign again: a signature
 * that holds under one of these shows that the file is whole, and nothing about whose it is.
 */
export function carriedPublicKeys(envelope: Envelope): PublicKey[] {
  return envelope.signatures.flatMap(({ publicKey }) =>
    publicKey === undefined ? [] : [readCarriedKey(publicKey)],
  );
}

function readCarriedKey(pem: string): PublicKey {
  const key = readPublicKey(pem);
  // One spelling only, as for base64: a key that was retouched is a file that was retouched.
  if (key.pem === pem) return key;
  throw new SignatureError("public_key_malformed", "the public key in the file is not in standard PEM form");
}

/**
 * Checks an envelope against `publicKeys`, every signature against every key whatever its keyid says.
 * Throws SignatureError for a signature that fits none of them, or not the key that it carries itself, and for a
 * keyid that names another key. How many distinct keys are enough is the caller's question.
 */
export function verifyEnvelope(envelope: Envelope, publicKeys: readonly PublicKey[]): OpenedEnvelope {
  if (envelope.payloadType !== PAYLOAD_TYPE) {
    throw new SignatureError(
      "payload_type_unexpected",
      `the payload is a "${envelope.payloadType}", not a "${PAYLOAD_TYPE}"`,
    );
  }
  const payload = Buffer.from(envelope.payload, "base64");
  const message = preAuthEncoding(envelope.payloadType, payload);
  const signedBy = new Map<string, PublicKey>();
  for (const { sig, publicKey, keyid = "" } of envelope.signatures) {
    const signature = Buffer.from(sig, "base64");
    if (publicKey !== undefined && !isSignedBy(readCarriedKey(publicKey), message, signature)) {
      throw unfitting("a signature does not fit the content and the key it carries");
    }
    const key = publicKeys.find((each) => isSignedBy(each, message, signature));
    if (key === undefined) {
      throw unfitting(
        envelope.signatures.length === 1
          ? "no signature fits the content and the keys given"
          : "one of its signatures fits neither the content nor a key that is known here",
      );
    }
    // Other tools leave it empty.
    if (keyid !== "" && keyid !== key.keyId)
      throw altered("the keyid in it is not that of the key that signed");
    signedBy.set(key.keyId, key);
  }
  return { payload, signedBy: [...signedBy.values()] };
}

/**
 * The signer of a file that is, to the last byte, as we write it: one signature with its keyid and its key, in one
 * spelling. What a signature does not cover could be changed unseen otherwise. Throws SignatureError.
 */
export function signerAsWritten(
  bytes: Uint8Array,
  { payload, payloadType, signatures }: Envelope,
  { signedBy }: Pick<OpenedEnvelope, "signedBy">,
): PublicKey {
  const [signer] = signedBy;
  const [signature, ...more] = signatures;
  if (signer === undefined || signature === undefined) throw new TypeError("an opened envelope has a signer");
  if (more.length > 0) throw altered(`it holds ${signatures.length} signatures, and a run signs once`);
  const { keyid, sig, publicKey } = signature;
  if (keyid === undefined || keyid === "") throw altered("the keyid of its signer is gone");
  if (publicKey === undefined) throw altered("the public key of its signer is gone");
  const written = serializeEnvelope({ payloadType, payload, signatures: [{ keyid, sig, publicKey }] });
  if (Buffer.from(written).equals(bytes)) return signer;
  throw new SignatureError(
    "envelope_reformatted",
    "the file was formatted anew: what was signed is whole, but spaces, line ends or the order of its fields are not as they were written",
    { hint: `${GET_AGAIN}; where only spaces and line ends have changed, \`jq . FILE\` prints it as it was` },
  );
}

const GET_AGAIN = "get the file again from where it was written, for instance from git";

function altered(what: string): SignatureError {
  return new SignatureError("envelope_altered", `${what}: the file was changed after it was written`, {
    hint: GET_AGAIN,
  });
}

function unfitting(what: string): SignatureError {
  return new SignatureError(
    "signature_invalid",
    `${what}: the file was changed after it was signed, or signed by another`,
    {
      hint: "get the file again from where it was written; for a foreign signer give the public key with --key",
    },
  );
}
