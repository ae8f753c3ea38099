import { createPublicKey, sign } from "node:crypto";
import * as fc from "../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import {
  carriedPublicKeys,
  parseEnvelope,
  PAYLOAD_TYPE,
  preAuthEncoding,
  serializeEnvelope,
  signerAsWritten,
  verifyEnvelope,
  type Envelope,
} from "../../src/attest/dsse.ts";
import { isSignedBy, readPublicKey, type PublicKey } from "../../src/attest/keys.ts";
import { signResult } from "../../src/attest/sign.ts";
import { fileSubject } from "../../src/attest/statement.ts";
import { openEnvelope } from "./checked.ts";
import { memorySigner } from "./signers.ts";
import { flipBit, withEachBitFlipped, withoutCarriedKey, withSignature } from "./tampering.ts";

const signer = memorySigner();
const other = memorySigner();
const plan = Buffer.from("apiVersion: devlake-repair/v1\n");
const envelope = await signResult({
  predicate: { outcome: "repaired", steps: [{ id: "s1", state: "done" }] },
  subject: fileSubject("port.plan.yaml", plan),
  signer,
});

function bytesOf(value: Envelope | string): Buffer {
  return Buffer.from(typeof value === "string" ? value : serializeEnvelope(value));
}

/** DSSE protocol 1.0.2, "Test Vectors". */
const vector = {
  type: "http://example.com/HelloWorld",
  x: 46950820868899156662930047687818585632848591499744589407958293238635476079160n,
  y: 5640078356564379163099075877009565129882514886557779369047442380624545832820n,
  sig: "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==",
};

function coordinate(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").toString("base64url");
}

function vectorKey(): PublicKey {
  const jwk = { kty: "EC", crv: "P-256", x: coordinate(vector.x), y: coordinate(vector.y) };
  const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
  return readPublicKey(pem.toString());
}

describe("preAuthEncoding", () => {
  test("is what the specification's example shows", () => {
    const pae = preAuthEncoding(vector.type, Buffer.from("hello world"));

    expect(pae.toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  });

  test("counts bytes, not characters", () => {
    expect(preAuthEncoding("ü", Buffer.from("€")).toString()).toBe("DSSEv1 2 ü 3 €");
  });

  test("never gives two pairs the same bytes", () => {
    const pair = fc.tuple(fc.string({ unit: "binary" }), fc.uint8Array());
    fc.assert(
      fc.property(pair, pair, ([typeA, bodyA], [typeB, bodyB]) => {
        const same = typeA === typeB && Buffer.from(bodyA).equals(bodyB);
        expect(preAuthEncoding(typeA, bodyA).equals(preAuthEncoding(typeB, bodyB))).toBe(same);
      }),
    );
  });

  test("carries the specification's P-256 signature, raw r and s", () => {
    const pae = preAuthEncoding(vector.type, Buffer.from("hello world"));
    const sig = Buffer.from(vector.sig, "base64");

    expect(isSignedBy(vectorKey(), pae, sig)).toBe(true);
    expect(isSignedBy(vectorKey(), preAuthEncoding(vector.type, Buffer.from("hello worle")), sig)).toBe(
      false,
    );
  });
});

describe("openEnvelope", () => {
  test("hands on the bytes that were signed and the key that signed them", () => {
    const opened = openEnvelope(bytesOf(envelope), [other.publicKey, signer.publicKey]);

    expect(Buffer.from(opened.payload).toString("base64")).toBe(envelope.payload);
    expect(opened.signedBy.map(({ keyId }) => keyId)).toEqual([signer.publicKey.keyId]);
  });

  test("opens what a P-256 key signed", async () => {
    const p256 = memorySigner("ecdsa-p256");
    const signed = await signResult({ predicate: {}, subject: fileSubject("p", plan), signer: p256 });

    expect(openEnvelope(bytesOf(signed), [p256.publicKey]).signedBy).toHaveLength(1);
  });

  test("finds the key without the keyid, and refuses one that names another", () => {
    const lying = withSignature(envelope, { keyid: other.publicKey.keyId });

    expect(() => openEnvelope(bytesOf(lying), [signer.publicKey])).toThrow("the keyid in it is not that");
    expect(() => openEnvelope(bytesOf(lying), [other.publicKey])).toThrow("no signature fits");
    const empty = withSignature(envelope, { keyid: "" });
    expect(openEnvelope(bytesOf(empty), [other.publicKey, signer.publicKey]).signedBy).toHaveLength(1);
  });

  test("refuses a signature of nobody beside the good one", () => {
    const foreign = { sig: Buffer.alloc(64, 7).toString("base64") };
    for (const signatures of [
      [foreign, ...envelope.signatures],
      [...envelope.signatures, foreign],
    ]) {
      expect(() => openEnvelope(bytesOf({ ...envelope, signatures }), [signer.publicKey])).toThrow(
        "one of its signatures fits neither",
      );
    }
  });

  test("counts keys, not signatures", () => {
    const pae = preAuthEncoding(PAYLOAD_TYPE, Buffer.from(envelope.payload, "base64"));
    const second = { sig: sign(null, pae, other.privateKey).toString("base64") };
    const thrice = { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures, second] };
    const keys = [signer.publicKey, readPublicKey(signer.publicKey.pem), other.publicKey];

    expect(openEnvelope(bytesOf(thrice), keys).signedBy.map(({ keyId }) => keyId)).toEqual([
      signer.publicKey.keyId,
      other.publicKey.keyId,
    ]);
  });

  test("refuses any single flipped bit of the payload or the signature", () => {
    const [signature] = envelope.signatures;
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), (inPayload, bit) => {
        const changed = inPayload
          ? { ...envelope, payload: flipBit(envelope.payload, bit) }
          : withSignature(envelope, { sig: flipBit(signature?.sig ?? "", bit) });
        expect(() => openEnvelope(bytesOf(changed), [signer.publicKey])).toThrow("does not fit");
        const bare = withoutCarriedKey(changed);
        expect(() => openEnvelope(bytesOf(bare), [signer.publicKey])).toThrow("no signature fits");
      }),
      { numRuns: 500 },
    );
  });

  test("refuses every single flipped bit of the file", { timeout: 60_000 }, () => {
    const whole = bytesOf(envelope);
    const opened: number[] = [];
    for (const [at, bytes] of withEachBitFlipped(whole)) {
      try {
        const parsed = parseEnvelope(bytes);
        signerAsWritten(bytes, parsed, verifyEnvelope(parsed, [signer.publicKey]));
        opened.push(at);
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: "SignatureError" });
      }
    }

    expect(opened).toEqual([]);
  });

  test.each<[string, string, (text: string) => string]>([
    ["is cut", "not valid JSON", (text) => text.slice(0, -3)],
    ["has a byte order mark", "not valid JSON", (text) => `\u{feff}${text}`],
    ["has a field more", "Unrecognized key", (text) => text.replace("{", '{"extra": 1,')],
    [
      "has a field more in a signature",
      "Unrecognized key",
      (text) => text.replace('"keyid"', '"x": 1, "keyid"'),
    ],
    ["has a field twice", "same key twice", (text) => text.replace("{", '{"payload": "e30=",')],
    [
      "spells a field twice, once escaped",
      "same key twice",
      (text) => text.replace("{", '{"p\\u0061yload": "e30=",'),
    ],
    ["has no signature", "Too small", () => JSON.stringify({ ...envelope, signatures: [] })],
    [
      "has a line break in its base64",
      "standard base64",
      (text) => text.replace('"payload": "', '"payload": "\\n'),
    ],
    ["leaves out the padding", "standard base64", (text) => text.replace('=="', '"')],
    ["is nested without end", "levels deep", () => "[".repeat(100_000) + "]".repeat(100_000)],
  ])("refuses a file that %s", (_what, message, change) => {
    const changed = change(serializeEnvelope(envelope));

    expect(changed).not.toBe(serializeEnvelope(envelope));
    expect(() => parseEnvelope(Buffer.from(changed))).toThrow(message);
  });

  test("refuses the URL alphabet and bits left over behind the last digit", () => {
    const urlSafe = { ...withoutCarriedKey(envelope), payload: "-_-_" };
    const leftOver = { ...withoutCarriedKey(envelope), payload: "e31=" };

    expect(() => parseEnvelope(bytesOf(urlSafe))).toThrow("standard base64");
    expect(() => parseEnvelope(bytesOf(leftOver))).toThrow("standard base64");
  });

  test("refuses bytes that are not UTF-8, and files too large to be ours", () => {
    expect(() => parseEnvelope(Buffer.from([0x22, 0xff, 0x22]))).toThrow("not valid JSON");
    expect(() => parseEnvelope(Buffer.alloc(33 * 1024 * 1024, 0x20))).toThrow("more than the 33554432");
  });

  test("reads a large envelope", () => {
    const large = {
      ...withoutCarriedKey(envelope),
      payload: Buffer.alloc(8 << 20, 'x\\"').toString("base64"),
    };

    expect(parseEnvelope(bytesOf(large)).payload).toBe(large.payload);
  });

  test("refuses another payload type even when its signature holds", () => {
    const payloadType = "application/json";
    const pae = preAuthEncoding(payloadType, Buffer.from("{}"));
    const signed = {
      payloadType,
      payload: "e30=",
      signatures: [{ sig: sign(null, pae, signer.privateKey).toString("base64") }],
    };

    expect(() => openEnvelope(bytesOf(signed), [signer.publicKey])).toThrow('"application/json"');
  });
});

describe("signerAsWritten", () => {
  const signerOf = (value: Envelope, text = serializeEnvelope(value)): string => {
    const keys = [signer.publicKey, other.publicKey];
    const bytes = Buffer.from(text);
    const parsed = parseEnvelope(bytes);
    return signerAsWritten(bytes, parsed, verifyEnvelope(parsed, keys)).keyId;
  };

  test("is whoever signed a file that is as we write it", () => {
    expect(signerOf(envelope)).toBe(signer.publicKey.keyId);
  });

  const pae = preAuthEncoding(PAYLOAD_TYPE, Buffer.from(envelope.payload, "base64"));
  const added = {
    keyid: other.publicKey.keyId,
    sig: sign(null, pae, other.privateKey).toString("base64"),
    publicKey: other.publicKey.pem,
  };
  const text = serializeEnvelope(envelope);
  test.each<[what: string, reason: string, envelope: Envelope, text?: string]>([
    [
      "a good signature more",
      "envelope_altered",
      { ...envelope, signatures: [...envelope.signatures, added] },
    ],
    [
      "its signature twice",
      "envelope_altered",
      { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] },
    ],
    ["no keyid and no key", "envelope_altered", withoutCarriedKey(envelope)],
    ["an empty keyid", "envelope_altered", withSignature(envelope, { keyid: "" })],
    ["lines of Windows", "envelope_reformatted", envelope, text.replaceAll("\n", "\r\n")],
    ["one line", "envelope_reformatted", envelope, JSON.stringify(envelope)],
    ["a line feed more", "envelope_reformatted", envelope, `${text}\n`],
    ["no line feed", "envelope_reformatted", envelope, text.trimEnd()],
    [
      "its fields in another order",
      "envelope_reformatted",
      envelope,
      `${JSON.stringify({ signatures: envelope.signatures, payload: envelope.payload, payloadType: envelope.payloadType }, undefined, 2)}\n`,
    ],
    ["an escape", "envelope_reformatted", envelope, text.replace("payloadType", "p\\u0061yloadType")],
  ])("is nobody where the file has %s", (_what, reason, changed, as) => {
    expect(() => signerOf(changed, as)).toThrow(expect.objectContaining({ reason }));
  });
});

describe("carriedPublicKeys", () => {
  test("refuses a key in another spelling", () => {
    const spaced = withSignature(envelope, { publicKey: `${signer.publicKey.pem}\n` });

    expect(() => carriedPublicKeys(spaced)).toThrow("not in standard PEM form");
  });

  test("is empty for an envelope as other tools write it", () => {
    expect(carriedPublicKeys(withoutCarriedKey(envelope))).toEqual([]);
  });
});
