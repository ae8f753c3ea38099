import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readUserFile, userFileExists, writeUserFile } from "../../../src/adapters/files/user-files.ts";
import { signResult } from "../../../src/attest/sign.ts";
import { fileSubject, REPAIR_UNDO_TYPE } from "../../../src/attest/statement.ts";
import { runPlaceOf } from "../../../src/flows/run-place.ts";
import type { CliServices } from "../../../src/flows/services.ts";
import { verifyFile, type VerifyOptions } from "../../../src/flows/verifying/verify-file.ts";
import { bundlePathOf, writeSigned } from "../../../src/flows/write-signed.ts";
import { digestBytes } from "../../../src/core/text/digest.ts";
import { RepairError } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/records/events.ts";
import { defaultPolicy } from "../../../src/core/policy/policy.ts";
import type { Result } from "../../../src/core/records/result.ts";
import { holds } from "../../../src/ui/format-verification.ts";
import { temporaryState, type TemporaryState } from "../../adapters/state/temporary-state.ts";
import { memorySigner } from "../../attest/signers.ts";
import { sampleEntries } from "../../core/journal-entries.ts";
import * as worlds from "../../fakes/broken-worlds.ts";
import type { FakeWorld } from "../../fakes/fake-world.ts";
import { repairedResult } from "../../ui/sample-plans.ts";
import { restoredAccount } from "../../ui/sample-undo.ts";
import { localFamily } from "../../../src/targets/local/family.ts";
import { families } from "../../../src/targets/index.ts";

const own = memorySigner();
const other = memorySigner();
let directory: string;
let file: string;
let state: TemporaryState;
let journalFile: string;
let world: FakeWorld;

function services(): CliServices {
  const parts: Partial<CliServices> = {
    families,
    files: { read: readUserFile, exists: userFileExists, write: writeUserFile },
    trustedKeys: async (key) => [
      { origin: "own", key: own.publicKey, from: "own.pem" },
      ...(key === undefined
        ? []
        : [{ origin: "given", key: other.publicKey, from: `${key} (--key)` } as const]),
    ],
    ...state.state,
    userPolicyPath: path.join(directory, "user", "policy.yaml"),
    openTarget: async () => ({
      family: localFamily,
      directory,
      eyes: world.eyes(),
      write: world.writePorts(),
      close: () => undefined,
    }),
  };
  return parts as CliServices;
}

const note: RunEvent[] = [];
const reporter = { emit: (event: RunEvent) => void note.push(event) };

/** A plan, the journal of its run, and the result that anchors it. */
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "verify-file-"));
  world = worlds.healthyWorld();
  note.length = 0;
  file = path.join(directory, "x.plan.result.json");
  await writeFile(path.join(directory, "x.plan.yaml"), "a plan\n");
  state = await temporaryState();
  const { plan } = repairedResult;
  // Its lock is the machine's: no other test may be on the same engine.
  const target = {
    ...repairedResult.target,
    identity: { ...repairedResult.target.identity, engineId: randomUUID() },
  };
  const place = runPlaceOf(target, plan.name, { families: [localFamily] });
  if (place === undefined) throw new Error("the sample names no deployment");
  const { journal, journalPath, lock } = await state.state.openRun(place, directory);
  journalFile = journalPath.replace("~", state.home);
  for (const entry of sampleEntries) await journal.append(entry);
  const anchor = { path: journalPath, length: journal.length, head: journal.head };
  await journal.close();
  await lock.release();
  const result: Result = { ...repairedResult, target, journal: anchor };
  const envelope = await signResult({
    predicate: result,
    subject: fileSubject("x.plan.yaml", Buffer.from("a plan\n")),
    signer: own,
  });
  await writeSigned(file, envelope, reporter, services());
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
  await state[Symbol.asyncDispose]();
});

async function answers(options: Partial<VerifyOptions> = {}, at = file) {
  const verified = await verifyFile(
    at,
    { subject: undefined, key: undefined, dir: directory, live: false, policy: defaultPolicy, ...options },
    services(),
  );
  return {
    accepted: verified.answers.every(holds),
    verdicts: Object.fromEntries(verified.answers.map(({ question, verdict }) => [question, verdict])),
    why: verified.answers.map(({ why }) => why).join("\n"),
  };
}

const allYes = { signature: "yes", signer: "yes", plan: "yes", content: "yes", journal: "yes" };

describe("verifyFile", () => {
  test("says yes to each question about an untouched result", async () => {
    expect(await answers()).toMatchObject({ accepted: true, verdicts: allYes });
  });

  test("a copy under another name is about its own plan, and never about itself", async () => {
    const copy = path.join(directory, "copy.json");
    await writeFile(copy, await readFile(file));
    expect(await answers({}, copy)).toMatchObject({ accepted: true, verdicts: allYes });

    await rm(path.join(directory, "x.plan.yaml"));

    for (const at of [copy, file]) {
      const alone = await answers({}, at);
      expect(alone).toMatchObject({ accepted: false, verdicts: { ...allYes, plan: "unknown" } });
      expect(alone.why).toContain('the plan "x.plan.yaml" is not beside the file: name it with --plan FILE');
    }
  });

  test("a plan may end in .yml", async () => {
    await rename(path.join(directory, "x.plan.yaml"), path.join(directory, "x.plan.yml"));

    expect(await answers()).toMatchObject({ accepted: true, verdicts: allYes });
  });

  test.each(["../x.plan.yaml", "..", "x\0.yaml"])("a signer may not send it elsewhere: %j", async (name) => {
    const above = path.join(directory, "inner", "y.json");
    const sha256 = digestBytes("a plan\n").slice("sha256:".length);
    const envelope = await signResult({
      predicate: repairedResult,
      subject: { name, digest: { sha256 } },
      signer: own,
    });
    await writeSigned(above, envelope, reporter, services());

    expect((await answers({}, above)).verdicts["plan"]).toBe("unknown");
  });

  test("a plan that is given in place of its result is called one", async () => {
    const plan = path.join(directory, "x.plan.yaml");
    await writeFile(plan, "apiVersion: devlake-repair/v1\nkind: RepairPlan\n");

    const given = await answers({}, plan);

    expect(given).toMatchObject({ accepted: false, verdicts: { signature: "no" } });
    expect(given.why).toBe(`this is a plan, which nobody signs: give the result of its run, such as ${file}`);
  });

  test("the Sigstore bundle beside a result, which is not read, is called one", async () => {
    const given = await answers({}, bundlePathOf(file));

    expect(given).toMatchObject({ accepted: false, verdicts: { signature: "no" } });
    expect(given.why).toBe(
      `this is the Sigstore bundle for cosign, which is not read here: give the file beside it, ${file}`,
    );
  });

  test("a file that was formatted anew is told from one that says something else", async () => {
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll("\n", "\r\n"));

    const formatted = await answers();

    expect(formatted).toMatchObject({ accepted: false, verdicts: { signature: "no" } });
    expect(formatted.why).toMatch(/formatted anew: what was signed is whole.*`jq \. FILE`/);
  });

  test("asks the deployment only with --live, and says what is not healthy", async () => {
    expect(await answers({ live: true })).toMatchObject({
      accepted: true,
      verdicts: { ...allYes, "healthy now": "yes" },
    });
    world = worlds.stoppedWorld();

    const sick = await answers({ live: true });

    expect(sick).toMatchObject({ accepted: false, verdicts: { ...allYes, "healthy now": "no" } });
    expect(sick.why).toContain("backend_ready");
  });

  test("does not take another deployment's health for this one's", async () => {
    const target = { ...repairedResult.target, project: "elsewhere" };
    const envelope = await signResult({
      predicate: { ...repairedResult, target },
      subject: fileSubject("x.plan.yaml", Buffer.from("a plan\n")),
      signer: own,
    });
    const moved = path.join(directory, "x.plan.result.2.json");
    await writeSigned(moved, envelope, reporter, services());

    const live = await answers({ live: true, dir: undefined }, moved);

    expect(live.accepted).toBe(false);
    expect(live.verdicts["healthy now"]).toBe("unknown");
    expect(live.why).toContain(
      'this directory is Compose project "devlake", not Compose project "elsewhere"',
    );
  });

  test("does not call healthy what it could ask nothing", async () => {
    world.put("docker-compose.yml", "services: {}\n");

    expect(await answers({ live: true })).toMatchObject({
      accepted: false,
      verdicts: { "healthy now": "unknown" },
    });
  });

  test("a journal that was changed, or lost its last record, is no longer the one that was signed", async () => {
    const journal = journalFile;
    const bytes = await readFile(journal);
    const lines = bytes.toString("latin1").trimEnd().split("\n");

    await writeFile(journal, `${lines.slice(0, -1).join("\n")}\n`, "latin1");
    expect(await answers()).toMatchObject({ accepted: false, verdicts: { ...allYes, journal: "no" } });
    await writeFile(journal, bytes.toString("latin1").replace("ann", "bob"), "latin1");
    expect(await answers()).toMatchObject({ accepted: false, verdicts: { ...allYes, journal: "no" } });
    // Without --dir it stands in the way all the same: it was found, and it is wrong.
    await writeFile(journal, bytes);
    expect((await answers()).accepted).toBe(true);
  });

  test("a journal that is not there is unknown, which matters only where it was asked for", async () => {
    await rm(state.path, { recursive: true });

    expect(await answers()).toMatchObject({ accepted: false, verdicts: { journal: "unknown" } });
    expect(await answers({ dir: undefined })).toMatchObject({
      accepted: true,
      verdicts: { ...allYes, journal: "unknown" },
    });
  });

  test("a plan that was edited, and one that is gone, are told apart", async () => {
    await writeFile(path.join(directory, "x.plan.yaml"), "another plan\n");
    expect(await answers()).toMatchObject({ accepted: false, verdicts: { ...allYes, plan: "no" } });
    await rm(path.join(directory, "x.plan.yaml"));
    expect(await answers()).toMatchObject({ accepted: false, verdicts: { ...allYes, plan: "unknown" } });
  });

  test("a foreign signer is trusted by --key or by the policy, and the answer says by which", async () => {
    const bytes = await readFile(path.join(directory, "x.plan.yaml"));
    const envelope = await signResult({
      predicate: { ...repairedResult },
      subject: fileSubject("x.plan.yaml", bytes),
      signer: other,
    });
    const foreign = path.join(directory, "x.plan.result.2.json");
    await writeSigned(foreign, envelope, reporter, services());
    const here = { dir: undefined };

    const unknown = await answers(here, foreign);
    const { keyId } = other.publicKey;
    expect(unknown).toMatchObject({ accepted: false, verdicts: { signature: "yes", signer: "unknown" } });
    expect(unknown.why).toContain(
      `key ${keyId} is neither your own nor given with --key nor in the trustedKeys`,
    );
    expect((await answers({ ...here, key: "other.pem" }, foreign)).why).toContain(
      `key ${keyId}, from other.pem (--key)`,
    );
    const trustedKeys = [{ name: "the team", keyId }];
    const policy = { ...defaultPolicy, trustedKeys, trustedKeysFrom: "team.yaml (--policy)" };
    const named = await answers({ ...here, policy }, foreign);
    expect(named.why).toContain(`key ${keyId} of "the team", by the trustedKeys of team.yaml (--policy)`);
    expect(named.verdicts["signer"]).toBe("yes");
    expect((await answers()).why).toContain(`your own key ${own.publicKey.keyId}, from own.pem`);
    const ignoredKeys = [{ name: "the team", keyId, from: ".devlake-repair.yaml" }];
    const strangers = await answers({ ...here, policy: { ...defaultPolicy, ignoredKeys } }, foreign);
    expect(strangers.verdicts["signer"]).toBe("unknown");
    expect(strangers.why).toContain("that .devlake-repair.yaml names it counts for nothing");
  });

  test("a file that was changed gets one answer, and nothing that it says is shown", async () => {
    const envelope = JSON.parse(await readFile(file, "utf8"));
    const payload = Buffer.from(envelope.payload, "base64");
    payload[50] = (payload[50] ?? 0) ^ 1;
    await writeFile(file, JSON.stringify({ ...envelope, payload: payload.toString("base64") }));

    expect(await answers()).toMatchObject({ accepted: false, verdicts: { signature: "no" } });
  });

  test("an account of an undo is about the result, and no result passes for one", async () => {
    const bytes = await readFile(file);
    const { journal, target } = JSON.parse(
      Buffer.from(JSON.parse(bytes.toString("utf8")).payload, "base64").toString("utf8"),
    ).predicate;
    const predicate = {
      ...restoredAccount,
      plan: { name: repairedResult.plan.name, digest: digestBytes("a plan\n") },
      target,
      journal,
    };
    const undo = path.join(directory, "x.plan.result.undo.json");
    const subject = fileSubject(file, bytes);
    const envelope = await signResult({ predicate, subject, predicateType: REPAIR_UNDO_TYPE, signer: own });
    await writeSigned(undo, envelope, reporter, services());

    expect(await answers({}, undo)).toMatchObject({
      accepted: true,
      verdicts: { signature: "yes", signer: "yes", result: "yes", content: "yes", journal: "yes" },
    });
    await writeFile(file, "{}");
    expect(await answers({}, undo)).toMatchObject({ accepted: false, verdicts: { result: "no" } });

    const passedOff = await signResult({ predicate, subject, signer: own });
    const wrong = path.join(directory, "wrong.json");
    await writeSigned(wrong, passedOff, reporter, services());
    expect((await answers({ subject: file }, wrong)).accepted).toBe(false);
  });
});

describe("writeSigned", () => {
  test("writes the same signature in both forms", async () => {
    const envelope = JSON.parse(await readFile(file, "utf8"));
    const bundle = JSON.parse(await readFile(path.join(directory, "x.plan.result.sigstore.json"), "utf8"));

    expect(bundlePathOf(file)).toBe(path.join(directory, "x.plan.result.sigstore.json"));
    expect(bundle.dsseEnvelope).toEqual({
      payload: envelope.payload,
      payloadType: envelope.payloadType,
      signatures: [{ sig: envelope.signatures[0].sig }],
    });
    expect(note).toEqual([]);
  });

  test("does not fail for want of a bundle, and says so", async () => {
    const envelope = JSON.parse(await readFile(file, "utf8"));
    const at = path.join(directory, "y.result.json");
    const full: Pick<CliServices, "files"> = {
      files: {
        ...services().files,
        write: async (to, text, options) => {
          if (to.endsWith(".sigstore.json"))
            throw new RepairError("file_unwritable", `"${to}": no space left`);
          await writeUserFile(to, text, options);
        },
      },
    };

    await writeSigned(at, envelope, reporter, full);

    expect(JSON.parse(await readFile(at, "utf8"))).toEqual(envelope);
    expect(note).toEqual([{ type: "note", text: expect.stringContaining("no space left") }]);
  });
});
