import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "../seeded-fast-check.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKeyFileSigner } from "../../src/adapters/signing/key-file-signer.ts";
import { PAYLOAD_TYPE, preAuthEncoding, serializeEnvelope, type Envelope } from "../../src/attest/dsse.ts";
import { readPublicKey, type PublicKey } from "../../src/attest/keys.ts";
import { signResult } from "../../src/attest/sign.ts";
import { serializeBundle, toSigstoreBundle } from "../../src/attest/sigstore-bundle.ts";
import { parseStatement, fileSubject, REPAIR_RESULT_TYPE } from "../../src/attest/statement.ts";
import { verifyResult } from "../../src/attest/verify.ts";
import type { Signer } from "../../src/ports/signer.ts";
import { isAccepted, openEnvelope } from "../attest/checked.ts";
import { memorySigner } from "../attest/signers.ts";
import { flipBit, withoutCarriedKey, withSignature } from "../attest/tampering.ts";

/** Verifiers that others wrote must say the same as ours of the same files: cosign 2.5 or newer, and OpenSSL. */
const planBytes = Buffer.from("apiVersion: devlake-repair/v1\nkind: RepairPlan\n");
const other = memorySigner();

let directory: string;

interface Finished {
  readonly exit: number;
  readonly output: string;
}

/** Runs a tool in the test's directory. The proxy that nobody serves shows that no network is needed. */
async function run(tool: string, args: readonly string[]): Promise<Finished> {
  const nowhere = "http://127.0.0.1:9";
  const env = {
    PATH: process.env["PATH"],
    HOME: directory,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    COSIGN_PASSWORD: "",
  };
  return await new Promise((resolve, reject) => {
    execFile(tool, args, { cwd: directory, env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ exit: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

async function needTool(tool: string, howToInstall: string): Promise<void> {
  try {
    await run(tool, ["version"]);
  } catch (cause) {
    throw new Error(`these tests need ${tool}: ${howToInstall}`, { cause });
  }
}

async function put(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(path.join(directory, name), content);
  return name;
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "cosign-"));
  await needTool("openssl", "install the package openssl");
  await needTool(
    "cosign",
    "install cosign 2.5 or newer (Debian 13: apt-get install cosign; elsewhere: docs.sigstore.dev/cosign/system_config/installation)",
  );
  await put("plan.yaml", planBytes);
  await put("other.yaml", "another plan\n");
  await put("other.pem", other.publicKey.pem);
  // With a key given, no certificate authority is asked; an empty list of them keeps cosign off the network.
  await put("no-roots.json", '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

interface Check {
  readonly envelope: Envelope;
  readonly key: PublicKey;
  readonly plan?: string;
  readonly type?: string;
}

/** `cosign verify-blob-attestation` on the envelope itself, as `<plan>.result.json` holds it. */
async function cosign({
  envelope,
  key,
  plan = "plan.yaml",
  type = REPAIR_RESULT_TYPE,
}: Check): Promise<Finished> {
  await put("key.pem", key.pem);
  await put("result.json", serializeEnvelope(envelope));
  const offline = ["--insecure-ignore-tlog=true"];
  const about = ["--key", "key.pem", "--type", type];
  return await run("cosign", [
    "verify-blob-attestation",
    ...about,
    ...offline,
    "--signature",
    "result.json",
    plan,
  ]);
}

/** The same in the bundle form that newer versions read. */
async function cosignBundle({
  envelope,
  key,
  plan = "plan.yaml",
  type = REPAIR_RESULT_TYPE,
}: Check): Promise<Finished> {
  await put("key.pem", key.pem);
  await put("result.sigstore.json", serializeBundle(toSigstoreBundle(envelope)));
  const offline = ["--insecure-ignore-tlog=true", "--trusted-root", "no-roots.json"];
  const about = ["--key", "key.pem", "--type", type];
  const bundle = ["--new-bundle-format", "--bundle", "result.sigstore.json"];
  return await run("cosign", ["verify-blob-attestation", ...about, ...offline, ...bundle, plan]);
}

async function ours({ envelope, key, plan = "plan.yaml" }: Check): Promise<boolean> {
  const report = verifyResult({
    envelopeBytes: Buffer.from(serializeEnvelope(envelope)),
    subjectBytes: await readFile(path.join(directory, plan)),
    trustedKeys: [{ origin: "given", key, from: "key.pem" }],
  });
  return isAccepted(report);
}

describe.each<[string, () => Promise<Signer>]>([
  [
    "an Ed25519 key file",
    () => openKeyFileSigner({ env: {}, homeDirectory: directory, platform: process.platform }, undefined),
  ],
  ["a P-256 key", () => Promise.resolve(memorySigner("ecdsa-p256"))],
])("a result signed with %s", (_what, makeSigner) => {
  let good: Check;

  beforeAll(async () => {
    const signer = await makeSigner();
    const envelope = await signResult({
      predicate: { outcome: "repaired", steps: [{ id: "s1", state: "done", reason: "<ü & €>" }] },
      subject: fileSubject("plan.yaml", planBytes),
      signer,
    });
    const { publicKeyPem } = await signer.sign(Buffer.from("which key?"));
    good = { envelope, key: readPublicKey(publicKeyPem) };
  });

  test("is verified by cosign in both forms, and by us", async () => {
    expect(await cosign(good)).toMatchObject({ exit: 0, output: expect.stringContaining("Verified OK") });
    expect(await cosignBundle(good)).toMatchObject({
      exit: 0,
      output: expect.stringContaining("Verified OK"),
    });
    expect(await ours(good)).toBe(true);
  });

  test("is verified by openssl over the encoding that was signed", async () => {
    const payload = Buffer.from(good.envelope.payload, "base64");
    const sig = Buffer.from(good.envelope.signatures[0]?.sig ?? "", "base64");
    await put("key.pem", good.key.pem);
    await put("signature.bin", sig);
    await put("message.bin", preAuthEncoding(PAYLOAD_TYPE, payload));
    await put(
      "changed.bin",
      preAuthEncoding(PAYLOAD_TYPE, Buffer.from(flipBit(good.envelope.payload, 5), "base64")),
    );
    const command = [
      "pkeyutl",
      "-verify",
      "-pubin",
      "-inkey",
      "key.pem",
      "-sigfile",
      "signature.bin",
      "-rawin",
      "-in",
    ];

    expect(await run("openssl", [...command, "message.bin"])).toMatchObject({
      exit: 0,
      output: expect.stringContaining("Signature Verified Successfully"),
    });
    expect((await run("openssl", [...command, "changed.bin"])).exit).toBe(1);
  });

  const sigOf = ({ envelope }: Check): string => envelope.signatures[0]?.sig ?? "";
  const unsigned = /accepted signatures do not match threshold/;
  test.each<[string, RegExp, (check: Check) => Check]>([
    [
      "a flipped bit in the payload",
      unsigned,
      (c) => ({ ...c, envelope: { ...c.envelope, payload: flipBit(c.envelope.payload, 333) } }),
    ],
    [
      "a flipped bit in the signature",
      unsigned,
      (c) => ({ ...c, envelope: withSignature(c.envelope, { sig: flipBit(sigOf(c), 200) }) }),
    ],
    ["another key", unsigned, (c) => ({ ...c, key: other.publicKey })],
    [
      "another plan",
      /no matching subject digest|artifact digest does not match/,
      (c) => ({ ...c, plan: "other.yaml" }),
    ],
    [
      "another payload type",
      /invalid payloadType|accepted signatures do not match/,
      (c) => ({ ...c, envelope: { ...c.envelope, payloadType: "application/json" } }),
    ],
  ])("is refused by cosign in both forms, and by us: %s", async (_case, why, change) => {
    const bad = change(good);

    for (const answer of [await cosign(bad), await cosignBundle(bad)]) {
      expect(answer.exit).toBe(1);
      expect(answer.output).toMatch(why);
    }
    expect(await ours(bad)).toBe(false);
    expect(await ours({ ...bad, envelope: withoutCarriedKey(bad.envelope) })).toBe(false);
  });

  // In the envelope form only: with --new-bundle-format cosign 2.5.0 does not look at --type.
  test("is refused by cosign for another predicate type, and read by us for its own only", async () => {
    const type = `${REPAIR_RESULT_TYPE}1`;
    const payload = Buffer.from(good.envelope.payload, "base64");

    const answer = await cosign({ ...good, type });

    expect(answer.exit).toBe(1);
    expect(answer.output).toContain("invalid predicate type");
    expect(() => parseStatement(payload, type)).toThrow(`not a "${type}"`);
  });

  test("is judged alike by cosign and by us wherever one bit is flipped", async () => {
    const bit = fc.record({ inPayload: fc.boolean(), at: fc.nat() });
    await fc.assert(
      fc.asyncProperty(bit, async ({ inPayload, at }) => {
        const envelope = inPayload
          ? { ...good.envelope, payload: flipBit(good.envelope.payload, at) }
          : withSignature(good.envelope, { sig: flipBit(sigOf(good), at) });
        expect((await cosign({ ...good, envelope })).exit).toBe(1);
        expect(await ours({ ...good, envelope })).toBe(false);
      }),
      { numRuns: 25 },
    );
  });
});

test("what cosign signs, we open; as a repair result it is refused", async () => {
  await put("predicate.json", '{"outcome":"repaired"}');
  const about = ["--predicate", "predicate.json", "--type", REPAIR_RESULT_TYPE];
  const offline = ["--tlog-upload=false", "--yes"];
  expect((await run("cosign", ["generate-key-pair"])).exit).toBe(0);

  const signed = await run("cosign", [
    "attest-blob",
    "--key",
    "cosign.key",
    ...about,
    ...offline,
    "--output-signature",
    "theirs.json",
    "plan.yaml",
  ]);

  expect(signed).toMatchObject({ exit: 0 });
  const bytes = await readFile(path.join(directory, "theirs.json"));
  const key = readPublicKey(await readFile(path.join(directory, "cosign.pub"), "utf8"));
  const opened = openEnvelope(bytes, [key]);
  expect(opened.signedBy).toMatchObject([{ algorithm: "ecdsa-p256" }]);
  // cosign 2.5 writes version 0.1 of the statement; we read version 1 only.
  expect(() => parseStatement(opened.payload)).toThrow("not an in-toto v1 statement");
});
