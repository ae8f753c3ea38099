import { describe, expect, test } from "vitest";
import { serializeEnvelope } from "../../../src/attest/dsse.ts";
import { signResult } from "../../../src/attest/sign.ts";
import { fileSubject } from "../../../src/attest/statement.ts";
import type { CliServices } from "../../../src/flows/services.ts";
import { loadResult, runInJournal, type LoadedResult } from "../../../src/flows/undoing/undo-loaded.ts";
import { digestBytes } from "../../../src/core/text/digest.ts";
import {
  encodeRecord,
  GENESIS_HASH,
  type ChainedRecord,
  type DecodedJournal,
  type JournalEntry,
} from "../../../src/core/records/journal-record.ts";
import { defaultPolicy, type Policy } from "../../../src/core/policy/policy.ts";
import { recordedRun } from "../../../src/core/records/run-records.ts";
import type { Result } from "../../../src/core/records/result.ts";
import { memorySigner, type MemorySigner } from "../../attest/signers.ts";
import { repairedResult } from "../../ui/sample-plans.ts";
import { families } from "../../../src/targets/index.ts";

const own = memorySigner();
const other = memorySigner();
const planDigest = repairedResult.plan.digest;

async function load(by: MemorySigner, policy: Policy = defaultPolicy, predicate: object = repairedResult) {
  const subject = fileSubject("x.plan.yaml", Buffer.from("a plan\n"));
  const envelope = await signResult({ predicate: { ...predicate }, subject, signer: by });
  const services: Partial<CliServices> = {
    families,
    files: {
      read: async () => Buffer.from(serializeEnvelope(envelope)),
      exists: async () => true,
      write: async () => undefined,
    },
    trustedKeys: async () => [{ origin: "own", key: own.publicKey, from: "own.pem" }],
  };
  const { keyId, pem } = own.publicKey;
  const signer = { signer: own, keyId, publicKeyPem: pem };
  return loadResult("x.plan.result.json", policy, signer, services as CliServices);
}

describe("loadResult", () => {
  test.each([
    ["kind: RepairPlan\n", /"x\.plan\.yaml" is not acted on: this is a plan.* x\.plan\.result\.json/],
    ["no JSON", /"x\.plan\.yaml" is not acted on: the envelope is not valid JSON/],
  ])("says of a file that is no result what it is: %j", async (text, message) => {
    const { keyId, pem } = own.publicKey;
    const services: Partial<CliServices> = {
      families,
      files: {
        read: async () => Buffer.from(text),
        exists: async () => true,
        write: async () => undefined,
      },
      trustedKeys: async () => [],
    };
    const signer = { signer: own, keyId, publicKeyPem: pem };

    await expect(
      loadResult("x.plan.yaml", defaultPolicy, signer, services as CliServices),
    ).rejects.toMatchObject({
      code: "bad_result",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("*.result.json"),
    });
  });

  test("takes a result by a trusted signer, also by one whom the policy names", async () => {
    expect((await load(own)).result).toEqual(repairedResult);
    const trustedKeys = [{ name: "the team", keyId: other.publicKey.keyId }];
    expect((await load(other, { ...defaultPolicy, trustedKeys })).result).toEqual(repairedResult);
  });

  test("refuses one that nobody vouches for, and what is no result", async () => {
    await expect(load(other)).rejects.toMatchObject({ code: "bad_result" });
    await expect(load(own, defaultPolicy, { outcome: "repaired" })).rejects.toMatchObject({
      code: "bad_result",
      message: expect.stringContaining("not a repair result of a version this program reads"),
    });
  });
});

const started = (resumed = false): JournalEntry => ({
  kind: "run_started",
  planDigest,
  planName: repairedResult.plan.name,
  target: repairedResult.target,
  executor: repairedResult.executor,
  resumed,
});
const intent = (step: string, attempt = 1): JournalEntry => ({
  kind: "step_intent",
  step,
  tool: "rewrite_local_ports_to_alt_bundle",
  version: 1,
  args: {},
  attempt,
  previewDigest: digestBytes(""),
  undo: { files: [] },
});
const done = (step: string, attempt = 1): JournalEntry => ({
  kind: "step_outcome",
  step,
  attempt,
  state: "done",
  reason: "written",
});
const ended: JournalEntry = { kind: "run_ended", outcome: "repaired", reason: "healthy" };
const undone = (step: string): readonly JournalEntry[] => [
  { kind: "undo_intent", step },
  { kind: "undo_outcome", step, outcome: "restored", reason: "as before" },
];

function chain(entries: readonly JournalEntry[]): readonly ChainedRecord[] {
  let head = GENESIS_HASH;
  return entries.map((entry, index) => {
    const record = { seq: index + 1, at: `2026-11-22T10:00:${String(index).padStart(2, "0")}Z`, entry };
    head = encodeRecord(record, head).hash;
    return { ...record, hash: head };
  });
}

function whole(records: readonly ChainedRecord[]): DecodedJournal {
  return { kind: "whole", records, head: records.at(-1)?.hash ?? GENESIS_HASH, soundBytes: 0 };
}

/** A result that anchors the first `length` of these records. */
function loaded(records: readonly ChainedRecord[], length: number, digest = planDigest): LoadedResult {
  const journal = { path: "j", length, head: records[length - 1]?.hash ?? GENESIS_HASH };
  const result: Result = { ...repairedResult, plan: { ...repairedResult.plan, digest }, journal };
  return { path: "x.json", bytes: Buffer.from(""), digest: digestBytes(""), result };
}

describe("runInJournal", () => {
  const run = [started(), intent("s1"), done("s1"), ended];

  test("finds the steps of the run that the result anchors, whatever was recorded since", () => {
    const records = chain([...run, ...undone("s1")]);

    const [step, ...more] = runInJournal(loaded(records, 4), whole(records), "d").steps;

    expect(more).toEqual([]);
    expect(step).toMatchObject({
      id: "s1",
      attempts: [{ intent: { attempt: 1 }, outcome: { state: "done" } }],
      takenBackAt: records[5]?.at,
    });
  });

  test.each([
    ["an empty journal", [], 4],
    ["one that has lost its last record", run.slice(0, 3), 4],
    ["one with another record", [started(), intent("s2"), done("s2"), ended], 4],
  ])("refuses %s", (_what, entries, length) => {
    const signed = loaded(chain(run), length);

    expect(() => runInJournal(signed, whole(chain(entries)), "d")).toThrow(
      /does not fit the journal of its run: /,
    );
  });

  test("refuses one that is not there, and says of a damaged one what is wrong with it", () => {
    const records = chain(run);
    const damaged = {
      ...whole(records.slice(0, 1)),
      kind: "corrupt",
      line: 2,
      reason: "no seal of yours",
    } as const;

    expect(() => runInJournal(loaded(records, 4), undefined, "d")).toThrow(/there is none among yours/);
    expect(() => runInJournal(loaded(records, 4), damaged, "d")).toThrow(/line 2: no seal of yours/);
  });

  test("refuses the journal of another plan", () => {
    const records = chain(run);

    expect(() => runInJournal(loaded(records, 4, digestBytes("another")), whole(records), "d")).toThrow(
      /holds no run of the plan/,
    );
  });

  test("wants a later run that has left something taken back first", () => {
    const later = chain([...run, started(), intent("s1"), done("s1")]);
    const { path } = repairedResult.plan;
    expect(() => runInJournal(loaded(later, 4), whole(later), "my lake")).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("a later run of the same plan"),
        hint: expect.stringContaining(`gh devlake repair --apply ${path} --dir "my lake" --resume`),
      }),
    );

    for (const more of [[started()], [started(), intent("s1"), done("s1"), ...undone("s1")]]) {
      const records = chain([...run, ...more]);
      expect(runInJournal(loaded(records, 4), whole(records), "d").steps).toHaveLength(1);
    }
  });
});

describe("recordedRun", () => {
  test("counts a run that went on after it was cut off as one, with every attempt", () => {
    const records = chain([started(), intent("s1"), started(true), intent("s1", 2), done("s1", 2), ended]);

    const run = recordedRun(records, 6);

    expect(run?.steps).toHaveLength(1);
    expect(run?.steps[0]?.attempts.map(({ outcome }) => outcome?.state)).toEqual([undefined, "done"]);
  });

  test("a step that ran again after it was taken back is not back", () => {
    const records = chain([started(), intent("s1"), done("s1"), ...undone("s1"), intent("s1", 2)]);

    expect(recordedRun(records, 6)?.steps[0]?.takenBackAt).toBeUndefined();
  });

  test("knows nothing of a journal without a run", () => {
    expect(recordedRun([], 0)).toBeUndefined();
  });
});
