import { sign } from "node:crypto";
import * as fc from "../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import { PAYLOAD_TYPE, preAuthEncoding, serializeEnvelope, type Envelope } from "../../src/attest/dsse.ts";
import { signResult } from "../../src/attest/sign.ts";
import {
  buildStatement,
  fileSubject,
  REPAIR_RESULT_TYPE,
  REPAIR_UNDO_TYPE,
  type Predicate,
} from "../../src/attest/statement.ts";
import { toSigstoreBundle } from "../../src/attest/sigstore-bundle.ts";
import type { TrustedKey } from "../../src/attest/trust.ts";
import { verifyResult, type VerifyReport } from "../../src/attest/verify.ts";
import { isAccepted } from "./checked.ts";
import { memorySigner, type MemorySigner } from "./signers.ts";
import { flipBit, withoutCarriedKey, withSignature } from "./tampering.ts";

const signer = memorySigner();
const other = memorySigner();
const planBytes = Buffer.from("apiVersion: devlake-repair/v1\nkind: RepairPlan\n");
const subject = fileSubject("plans/port.plan.yaml", planBytes);
const predicate: Predicate = { outcome: "repaired", later: { field: [1, null, "ü"] } };
const envelope = await signResult({ predicate, subject, signer });
const own: TrustedKey = { origin: "own", key: signer.publicKey, from: "my.pem" };
const given: TrustedKey = { origin: "given", key: other.publicKey, from: "other.pem" };

function check(
  value: Envelope,
  trustedKeys: readonly TrustedKey[] = [own],
  plan: Uint8Array | undefined = planBytes,
): VerifyReport {
  return verifyResult({
    envelopeBytes: Buffer.from(serializeEnvelope(value)),
    subjectBytes: plan,
    trustedKeys,
  });
}

function bytesOf(value: Envelope): Buffer {
  return Buffer.from(serializeEnvelope(value));
}

function signRaw(statement: unknown, by: MemorySigner = signer): Envelope {
  const payload = Buffer.from(typeof statement === "string" ? statement : JSON.stringify(statement));
  const sig = sign(null, preAuthEncoding(PAYLOAD_TYPE, payload), by.privateKey).toString("base64");
  const { keyId, pem } = by.publicKey;
  const signatures = [{ keyid: keyId, sig, publicKey: pem }];
  return { payloadType: PAYLOAD_TYPE, payload: payload.toString("base64"), signatures };
}

describe("verifyResult", () => {
  test("says yes three times for an untouched result of one's own", () => {
    const report = check(envelope);

    expect(report).toMatchObject({
      signature: { status: "valid", signedBy: { keyId: signer.publicKey.keyId } },
      signer: { status: "trusted", origin: "own", keyId: signer.publicKey.keyId },
      subject: { status: "unchanged", name: "port.plan.yaml" },
      statement: { predicateType: REPAIR_RESULT_TYPE, predicate },
    });
    expect(isAccepted(report)).toBe(true);
  });

  test("tells a key given by name from one's own", () => {
    const report = check(envelope, [{ origin: "given", key: signer.publicKey, from: "signer.pem" }]);

    expect(report.signer).toMatchObject({ status: "trusted", origin: "given" });
  });

  test("a key that a policy names is trusted as that policy's, and only when nobody nearer vouches", () => {
    const named = { name: "the team", keyId: signer.publicKey.keyId, from: "policy.yaml" };
    const of = (trustedKeys: readonly TrustedKey[]) =>
      verifyResult({
        envelopeBytes: Buffer.from(serializeEnvelope(envelope)),
        subjectBytes: planBytes,
        trustedKeys,
        policyKeys: [{ name: "another", keyId: other.publicKey.keyId, from: "policy.yaml" }, named],
      }).signer;

    expect(of([])).toEqual({ status: "trusted", origin: "policy", ...named });
    expect(of([own])).toMatchObject({ status: "trusted", origin: "own" });
  });

  test("a name in a policy makes no signature valid", () => {
    const report = verifyResult({
      envelopeBytes: Buffer.from(serializeEnvelope(withoutCarriedKey(envelope))),
      subjectBytes: planBytes,
      trustedKeys: [],
      policyKeys: [{ name: "the team", keyId: signer.publicKey.keyId, from: "policy.yaml" }],
    });

    expect(report.signature.status).toBe("invalid");
  });

  test("a result is no account of an undo, nor the other way round", async () => {
    const undo = await signResult({ predicate, subject, predicateType: REPAIR_UNDO_TYPE, signer });
    const about = { subjectBytes: planBytes, trustedKeys: [own] };

    for (const report of [
      verifyResult({ ...about, envelopeBytes: bytesOf(undo) }),
      verifyResult({ ...about, envelopeBytes: bytesOf(envelope), predicateType: REPAIR_UNDO_TYPE }),
    ]) {
      expect(report).toMatchObject({
        signature: { status: "invalid", error: { reason: "predicate_type_unexpected" } },
      });
    }
    const right = verifyResult({
      ...about,
      envelopeBytes: bytesOf(undo),
      predicateType: REPAIR_UNDO_TYPE,
    });
    expect(isAccepted(right)).toBe(true);
  });

  test("answers integrity by the carried key, and says that the signer is unknown", () => {
    const report = check(envelope, [given]);

    expect(report).toMatchObject({
      signature: { status: "valid" },
      signer: { status: "unknown", error: { name: "TrustError", reason: "signer_unknown" } },
      subject: { status: "unchanged" },
    });
    expect(isAccepted(report)).toBe(false);
  });

  test("a result signed anew by someone else is whole, but not trusted", async () => {
    const forged = await signResult({ predicate: { outcome: "healthy" }, subject, signer: other });

    expect(check(forged)).toMatchObject({ signature: { status: "valid" }, signer: { status: "unknown" } });
  });

  test("an envelope whose key was taken out is not as it was written, whoever may check it", () => {
    expect(check(withoutCarriedKey(envelope))).toMatchObject({
      signature: { status: "invalid", error: { reason: "envelope_altered" } },
    });
    expect(check(withoutCarriedKey(envelope), [given])).toMatchObject({
      signature: { status: "invalid", error: { reason: "signature_invalid" } },
    });
  });

  test("names both digests when the plan changed", () => {
    const report = check(envelope, [own], Buffer.concat([planBytes, Buffer.from("\n")]));

    expect(report.subject).toMatchObject({
      status: "changed",
      was: subject.digest.sha256,
      error: { name: "TrustError", reason: "subject_changed" },
    });
    expect(isAccepted(report)).toBe(false);
  });

  test("says which plan is missing, and does not call that accepted", () => {
    const report = verifyResult({
      envelopeBytes: Buffer.from(serializeEnvelope(envelope)),
      subjectBytes: undefined,
      trustedKeys: [own],
    });

    expect(report.subject).toMatchObject({
      status: "not-found",
      name: "port.plan.yaml",
      error: { reason: "subject_not_found" },
    });
    expect(isAccepted(report)).toBe(false);
  });

  test("takes any subject that matches", () => {
    const two = buildStatement([fileSubject("first", Buffer.from("first")), subject], predicate);

    expect(check(signRaw(two)).subject).toMatchObject({ status: "unchanged", name: "port.plan.yaml" });
  });

  const statement = buildStatement([subject], predicate);
  const sha512 = [{ name: "p", digest: { sha512: "ab" } }];
  test.each<[string, string, Envelope]>([
    ["payload bit flipped", "signature_invalid", { ...envelope, payload: flipBit(envelope.payload, 77) }],
    [
      "signature bit flipped",
      "signature_invalid",
      withSignature(envelope, { sig: flipBit(envelope.signatures[0]?.sig ?? "", 9) }),
    ],
    [
      "carried key of another",
      "signature_invalid",
      withSignature(envelope, { publicKey: other.publicKey.pem }),
    ],
    [
      "carried key damaged",
      "public_key_malformed",
      withSignature(envelope, { publicKey: "-----BEGIN PUBLIC KEY-----" }),
    ],
    ["payload type changed", "payload_type_unexpected", { ...envelope, payloadType: "application/json" }],
    [
      "other predicate type",
      "predicate_type_unexpected",
      signRaw({ ...statement, predicateType: `${REPAIR_RESULT_TYPE}0` }),
    ],
    [
      "predicate type in capitals",
      "predicate_type_unexpected",
      signRaw({ ...statement, predicateType: REPAIR_RESULT_TYPE.toUpperCase() }),
    ],
    [
      "statement of version 0.1",
      "statement_malformed",
      signRaw({ ...statement, _type: "https://in-toto.io/Statement/v0.1" }),
    ],
    ["no subject", "statement_malformed", signRaw({ ...statement, subject: [] })],
    ["only a sha512 digest", "statement_malformed", signRaw({ ...statement, subject: sha512 })],
    [
      "digest in capitals",
      "statement_malformed",
      signRaw({ ...statement, subject: [{ name: "p", digest: { sha256: "A".repeat(64) } }] }),
    ],
    ["unknown field in the statement", "statement_malformed", signRaw({ ...statement, extra: 1 })],
    ["predicate that is a list", "statement_malformed", signRaw({ ...statement, predicate: [] })],
    [
      "key twice in the statement",
      "statement_malformed",
      signRaw(JSON.stringify(statement).replace("{", '{"predicate":{},')),
    ],
    ["no JSON inside", "statement_malformed", signRaw("hello world")],
  ])("refuses: %s", (_what, reason, changed) => {
    const report = check(changed);

    expect(report).toMatchObject({
      signature: { status: "invalid", error: { name: "SignatureError", code: "bad_result", reason } },
      signer: { status: "not-checked" },
      subject: { status: "not-checked" },
    });
    expect(isAccepted(report)).toBe(false);
  });

  test("a file that is no envelope at all is an answer, not a crash", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const report = verifyResult({ envelopeBytes: bytes, subjectBytes: planBytes, trustedKeys: [own] });
          expect(report.signature).toMatchObject({
            status: "invalid",
            error: { reason: "envelope_malformed" },
          });
        },
      ),
    );
  });
});

describe("signResult", () => {
  test("any JSON predicate comes back as it was", async () => {
    // `__proto__` is left out by the reader: no predicate of ours has such a key, and a hostile one gains nothing.
    const json = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((value) =>
        JSON.parse(JSON.stringify(value), (key, member) => (key === "__proto__" ? undefined : member)),
      );
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const report = check(await signResult({ predicate: value, subject, signer }));
        expect("statement" in report && report.statement.predicate).toEqual(value);
      }),
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ["NaN", { steps: [{ seconds: Number.NaN }] }],
    ["a function", { seconds: Number }],
    ["undefined in a list", { seconds: [undefined] }],
    ["a BigInt", { seconds: 1n }],
  ])("refuses to sign %s, which JSON would change in silence", async (_what, value) => {
    await expect(signResult({ predicate: value, subject, signer })).rejects.toThrow(TypeError);
  });

  test("leaves out members that are undefined", async () => {
    const signed = await signResult({ predicate: { a: 1, b: undefined }, subject, signer });

    expect(check(signed)).toMatchObject({ statement: { predicate: { a: 1 } } });
  });

  test("keeps the last part of a plan's path, of either kind", () => {
    expect(fileSubject("C:\\plans\\a.plan.yaml", planBytes).name).toBe("a.plan.yaml");
    expect(fileSubject("./plans/a.plan.yaml", planBytes).name).toBe("a.plan.yaml");
    expect(() => fileSubject("plans/", planBytes)).toThrow("Too small");
  });
});

describe("toSigstoreBundle", () => {
  test("holds the same payload and signature, and no field that protobuf readers do not know", () => {
    expect(toSigstoreBundle(envelope)).toEqual({
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: { publicKey: { hint: signer.publicKey.keyId }, tlogEntries: [] },
      dsseEnvelope: {
        payload: envelope.payload,
        payloadType: PAYLOAD_TYPE,
        signatures: [{ sig: envelope.signatures[0]?.sig }],
      },
    });
  });

  test("cannot hold two signatures", () => {
    const two = { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] };

    expect(() => toSigstoreBundle(two)).toThrow("exactly one signature, not 2");
  });
});
