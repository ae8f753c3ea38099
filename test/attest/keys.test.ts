import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { readPublicKey } from "../../src/attest/keys.ts";

function spkiPem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

test("a key's id is the sha256 of its SPKI DER", () => {
  const { publicKey } = generateKeyPairSync("ed25519");

  const key = readPublicKey(spkiPem(publicKey));

  const der = publicKey.export({ type: "spki", format: "der" });
  expect(key.keyId).toBe(createHash("sha256").update(der).digest("hex"));
  expect(key).toMatchObject({ algorithm: "ed25519", pem: spkiPem(publicKey) });
});

test("P-256 keys are read, other kinds are refused by name", () => {
  const curve = (namedCurve: string) => spkiPem(generateKeyPairSync("ec", { namedCurve }).publicKey);
  const rsa = spkiPem(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);

  expect(readPublicKey(curve("prime256v1")).algorithm).toBe("ecdsa-p256");
  expect(() => readPublicKey(curve("secp384r1"))).toThrow("it is a secp384r1 key");
  expect(() => readPublicKey(rsa)).toThrow("it is a rsa key");
});

test("a private key in place of the public one is refused, and not repeated", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

  expect(() => readPublicKey(pem)).toThrow(/^the public key cannot be used: the text does not start with/);
});

test("damaged PEM is refused", () => {
  const pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";

  expect(() => readPublicKey(pem)).toThrow("damaged");
});
