import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPublishedSchema } from "../../src/adapters/node/published-schemas.ts";
import { readUserFile, userFileExists, writeUserFile } from "../../src/adapters/files/user-files.ts";
import { serializeEnvelope } from "../../src/attest/dsse.ts";
import { signResult } from "../../src/attest/sign.ts";
import { fileSubject } from "../../src/attest/statement.ts";
import { refuseApprover } from "../../src/flows/policy/approver.ts";
import { rootCommand } from "../../src/cli/root.ts";
import { loadPolicyToRepair } from "../../src/flows/policy/load-policy.ts";
import type { CliServices } from "../../src/flows/services.ts";
import { runStrict } from "../../src/cli/strict-args.ts";
import { loadResult } from "../../src/flows/undoing/undo-loaded.ts";
import { forbidden } from "../../src/core/policy/policy.ts";
import { memorySigner } from "../attest/signers.ts";
import { plain80, repairedResult } from "../ui/sample-plans.ts";
import { families } from "../../src/targets/index.ts";

const stranger = memorySigner();
const own = memorySigner();
const head = "apiVersion: devlake-repair.policy/v1\nkind: RepairPolicy\n";
let directory: string;
let printed: string;

/** A checkout as a pull request may leave it: a result of theirs, and a policy that speaks for it. */
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "law-12-policy-"));
  printed = "";
  await mkdir(path.join(directory, "own"));
  const plan = "a plan\n";
  await writeFile(path.join(directory, "x.plan.yaml"), plan);
  const envelope = await signResult({
    predicate: { ...repairedResult },
    subject: fileSubject("x.plan.yaml", Buffer.from(plan)),
    signer: stranger,
  });
  await writeFile(path.join(directory, "x.plan.result.json"), serializeEnvelope(envelope));
  await writeFile(
    path.join(directory, ".devlake-repair.yaml"),
    `${head}disabled: false
tools: { allow: [rewrite_local_ports_to_alt_bundle, cleanup_partial_local_artifacts] }
highestEffect: destructive
minimumConfidence: 0
bounds: { steps: 12, timeoutSeconds: 86400 }
approvers: [mallory, ada]
planLifetimeHours: 720
trustedKeys: [{ name: your own team, keyId: "${stranger.publicKey.keyId}" }]
onFailure: keep
model: { provider: openai, baseUrl: "https://example.com/v1" }
`,
  );
});

afterEach(() => rm(directory, { recursive: true }));

function services(): CliServices {
  const parts: Partial<CliServices> = {
    families,
    env: {},
    userPolicyPath: path.join(directory, "own", "policy.yaml"),
    files: { read: readUserFile, exists: userFileExists, write: writeUserFile },
    publishedSchema: (name) => openPublishedSchema(name, new URL("../../", import.meta.url)),
    style: plain80,
    print: (text) => void (printed += text),
    trustedKeys: async () => [{ origin: "own", key: own.publicKey, from: "own.pem" }],
    readJournal: async () => undefined,
  };
  return parts as CliServices;
}

function repair(...args: readonly string[]) {
  return runStrict(rootCommand(services()), ["repair", ...args], {
    print: (text) => void (printed += text),
    colour: false,
  });
}

const result = (): string => path.join(directory, "x.plan.result.json");

describe("law 12: a policy in the deployment's directory only tightens", () => {
  it("its keys make no result accepted, and verify says so", async () => {
    expect(await repair("verify", result(), "--dir", directory)).toBe(9);

    expect(printed).toMatch(/^! The result is intact; its signer is not known to you/);
    expect(printed.replaceAll(/\s+/g, " ")).toContain(
      ".devlake-repair.yaml names it counts for nothing: whoever may change the deployment's directory may write that",
    );
  });

  it("nothing is taken back because of its keys", async () => {
    const { keyId, pem } = own.publicKey;
    const policy = await loadPolicyToRepair(directory, undefined, services());

    const loaded = loadResult(result(), policy, { signer: own, keyId, publicKeyPem: pem }, services());

    await expect(loaded).rejects.toMatchObject({
      code: "bad_result",
      message: expect.stringContaining("its signer is not known to you"),
    });
  });

  it("the user's own policy stays in force, whatever it says", async () => {
    await writeFile(
      path.join(directory, "own", "policy.yaml"),
      `${head}tools: { deny: [cleanup_partial_local_artifacts] }
highestEffect: safe
minimumConfidence: 0.9
bounds: { steps: 2, timeoutSeconds: 60 }
approvers: [ada]
planLifetimeHours: 1
`,
    );

    const policy = await loadPolicyToRepair(directory, undefined, services());

    expect(policy).toMatchObject({
      highestEffect: "safe",
      minimumConfidence: 0.9,
      maxSteps: 2,
      timeoutSeconds: 60,
      approvers: ["ada"],
      planLifetimeHours: 1,
      trustedKeys: [],
      onFailure: "restore",
    });
    expect(policy.model).toBeUndefined();
    for (const name of ["cleanup_partial_local_artifacts", "rewrite_local_ports_to_alt_bundle"])
      expect(forbidden(policy, { name, effect: "mutating" })).toBeDefined();
    expect(() => refuseApprover({ osUser: "mallory" }, policy)).toThrow("does not let mallory approve");
    expect(policy.notice).toMatch(/trustedKeys, model, onFailure, highestEffect destructive \(safe holds\)/);
  });

  it("it can forbid, too: who put it there may stop repairs, not start them", async () => {
    await writeFile(path.join(directory, ".devlake-repair.yaml"), `${head}disabled: true\n`);

    await expect(loadPolicyToRepair(directory, undefined, services())).rejects.toMatchObject({
      code: "locked",
    });
  });
});
