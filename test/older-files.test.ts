import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openPublishedSchema } from "../src/adapters/published-schemas.ts";
import { readPublicKey } from "../src/attest/keys.ts";
import { isAccepted, verifyResult } from "../src/attest/verify.ts";
import { EventLineSchema } from "../src/core/events.ts";
import { FactsBundleSchema, factsOfBundle } from "../src/core/facts-bundle.ts";
import { decodeJournal } from "../src/core/journal-record.ts";
import { defaultPolicy } from "../src/core/policy.ts";
import { ResultSchema } from "../src/core/result.ts";
import { UndoAccountSchema } from "../src/core/undo-account.ts";
import { lintPlan } from "../src/plan/lint-plan.ts";
import { lintPolicy } from "../src/plan/lint-policy.ts";
import { parsePlanFile } from "../src/plan/plan-file.ts";
import { makePlan } from "../src/cli/make-plan.ts";

/**
 * Files as earlier versions wrote them, never to be changed: within a major version of their format
 * this program has to read them all. A version that writes something else adds a folder.
 */
const folder = join(import.meta.dirname, "fixtures", "older", "0.1.0");
const packageRoot = new URL("../", import.meta.url);

function bytesOf(name: string): Buffer {
  return readFileSync(join(folder, name));
}

function textOf(name: string): string {
  return bytesOf(name).toString("utf8");
}

function misfits(schema: string, documents: readonly unknown[]): readonly unknown[] {
  const path = join(import.meta.dirname, "..", "schemas", `${schema}.schema.json`);
  const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(readFileSync(path, "utf8")));
  return documents.flatMap((document) => (validate(document) ? [] : (validate.errors ?? [])));
}

describe("a plan without facts of its own", () => {
  const text = textOf("port-conflict.plan.yaml");

  test("is read, and nothing is wrong with it but that it proves nothing", async () => {
    expect(parsePlanFile(text)).toMatchObject({ kind: "ok", plan: { outcome: "repair" } });
    expect(misfits("repair-plan.v1", [parse(text)])).toEqual([]);
    const schema = await openPublishedSchema("repair-plan.v1", packageRoot);
    const context = {
      schema,
      policy: defaultPolicy,
      now: new Date("2026-11-22T14:00:00Z"),
      facts: undefined,
    };
    expect(lintPlan(text, context).map(({ code }) => code)).toEqual(["P0412"]);
  });

  test("has the result that was signed for it", () => {
    const report = verifyResult({
      envelopeBytes: bytesOf("port-conflict.plan.result.json"),
      subjectBytes: Buffer.from(text),
      trustedKeys: [{ origin: "given", key: readPublicKey(textOf("signer.pub.pem")) }],
    });

    expect(isAccepted(report)).toBe(true);
    const predicate = "statement" in report ? report.statement.predicate : undefined;
    expect(ResultSchema.safeParse(predicate).success).toBe(true);
    expect(misfits("repair-result.v1", [predicate])).toEqual([]);
  });
});

test("a facts bundle is planned from", () => {
  const bundle = FactsBundleSchema.parse(JSON.parse(textOf("port-conflict.facts.json")));
  const { facts, problems } = factsOfBundle(bundle);

  expect(problems).toEqual([]);
  expect(misfits("facts-bundle.v1", [bundle])).toEqual([]);
  const plan = makePlan({ facts, target: bundle.target }, new Date("2026-11-22T10:15:00Z"));
  expect(plan).toMatchObject({ outcome: "repair", steps: [{ id: "s1" }, { id: "s2" }] });
});

test("a policy is sound", async () => {
  const schema = await openPublishedSchema("repair-policy.v1", packageRoot);

  expect(lintPolicy(textOf("policy.yaml"), schema)).toEqual([]);
});

test("a journal is whole", () => {
  const journal = decodeJournal(bytesOf("journal.jsonl"));

  expect(journal).toMatchObject({ kind: "whole" });
  expect(journal.records.length).toBeGreaterThan(5);
  const records = journal.records.map(({ seq, at, entry }) => ({ seq, at, entry }));
  expect(misfits("journal-record.v1", records)).toEqual([]);
});

test("events and the account of an undo are what their schemas say", () => {
  const events = textOf("events.jsonl")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const undo = JSON.parse(textOf("undo-account.json")) as unknown;

  expect(events.length).toBeGreaterThan(5);
  for (const event of events) expect(EventLineSchema.safeParse(event).success).toBe(true);
  expect(misfits("repair-events.v1", events)).toEqual([]);
  expect(UndoAccountSchema.safeParse(undo).success).toBe(true);
  expect(misfits("repair-undo.v1", [undo])).toEqual([]);
});
