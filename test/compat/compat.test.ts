import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { openPublishedSchema } from "../../src/adapters/node/published-schemas.ts";
import { readPublicKey } from "../../src/attest/keys.ts";
import { verifyResult } from "../../src/attest/verify.ts";
import { loadFacts } from "../../src/flows/planning/make-plan.ts";
import type { CliServices } from "../../src/flows/services.ts";
import { decodeJournal } from "../../src/core/records/journal-record.ts";
import { mergePolicies } from "../../src/core/policy/merge-policies.ts";
import { defaultPolicy } from "../../src/core/policy/policy.ts";
import { ResultSchema } from "../../src/core/records/result.ts";
import { checkStructure } from "../../src/plan/checks/check-structure.ts";
import { UndoAccountSchema } from "../../src/core/records/undo-account.ts";
import { lintPlan } from "../../src/plan/checks/lint-plan.ts";
import { lintPolicy } from "../../src/plan/checks/lint-policy.ts";
import { parsePlanFile } from "../../src/plan/files/plan-file.ts";
import { parsePolicyFile } from "../../src/plan/files/policy-file.ts";
import { isAccepted } from "../attest/checked.ts";
import { localFamily } from "../../src/targets/local/family.ts";
import { families } from "../../src/targets/index.ts";

const packageRoot = new URL("../../", import.meta.url);

/*
 * The files in v1/ are as an earlier version of the program wrote them. They are never changed: what
 * they hold has to be read for as long as the major version is 1.
 */
function frozen(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, "v1", name));
}

const plan = frozen("repair.plan.yaml").toString("utf8");
const facts = frozen("facts.json").toString("utf8");
const policy = frozen("policy.yaml").toString("utf8");

function factsIn(text: string): ReturnType<typeof loadFacts> {
  const services: Pick<CliServices, "files" | "families"> = {
    families,
    files: { read: async () => Buffer.from(text), exists: async () => true, write: async () => undefined },
  };
  return loadFacts("facts.json", services as CliServices);
}

function signed() {
  const report = verifyResult({
    envelopeBytes: frozen("repair.plan.result.json"),
    subjectBytes: frozen("repair.plan.yaml"),
    trustedKeys: [
      {
        origin: "given",
        key: readPublicKey(frozen("signer.pub.pem").toString("utf8")),
        from: "signer.pub.pem",
      },
    ],
  });
  return { report, predicate: "statement" in report ? report.statement.predicate : undefined };
}

describe("what an earlier program of version 1 wrote is still read", () => {
  test("a plan, and what in it is of an older tool is told", async () => {
    const parsed = parsePlanFile(plan);

    if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.diagnostics));
    expect(parsed.plan.steps.map(({ tool, version }) => `${tool} ${version}`)).toEqual([
      "rewrite_local_ports_to_alt_bundle 1",
      "retry_local_compose_up 1",
    ]);
    // It can be read and shown; what ran then is another thing than what would run now.
    expect(checkStructure(localFamily, parsed).map(({ code, path }) => [code, path])).toEqual(olderSteps);
    const schema = await openPublishedSchema("repair-plan.v1", packageRoot);
    expect(new Set(schema(parsed.plan).map(({ path }) => path.slice(0, 2).join(".")))).toEqual(
      new Set(["steps.0", "steps.1"]),
    );
    const now = new Date(parsed.plan.metadata.createdAt);
    const found = lintPlan(plan, { families, schema, policy: defaultPolicy, now, facts: undefined });
    expect(found.map(({ code, path }) => [code, path])).toEqual(olderSteps);
    expect(found[1]?.message).toBe(
      "retry_local_compose_up has version 2 by now, the plan was made with version 1",
    );
  });

  const olderSteps = [
    ["P0306", "steps.0.version"],
    ["P0306", "steps.1.version"],
  ];

  test("a facts bundle", async () => {
    const loaded = await factsIn(facts);

    expect(loaded.facts.size).toBe(Object.keys(JSON.parse(facts).facts).length);
    expect(loaded.target.kind).toBe("local");
  });

  test("a policy with every key", async () => {
    const parsed = parsePolicyFile(families, policy);

    if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.diagnostics));
    expect(mergePolicies([{ policy: parsed.policy, from: "policy.yaml" }])).toEqual({
      disabled: false,
      allow: [
        "rewrite_local_ports_to_alt_bundle",
        "retry_local_compose_up",
        "cleanup_partial_local_artifacts",
      ],
      deny: ["cleanup_partial_local_artifacts"],
      highestEffect: "mutating",
      minimumConfidence: 0.9,
      maxSteps: 6,
      timeoutSeconds: 600,
      approvers: ["oncall@example.com"],
      trustedKeys: [],
      onFailure: "restore",
      planLifetimeHours: 8,
      secretVariables: ["TEAM_LICENCE"],
      model: { provider: "ollama", name: "any", baseUrl: "http://localhost:11434" },
      files: [],
      approversFrom: ["policy.yaml"],
      trustedKeysFrom: undefined,
    });
    expect(lintPolicy(families, policy, await openPublishedSchema("repair-policy.v1", packageRoot))).toEqual(
      [],
    );
  });

  test("a signed result, whole and about its plan", () => {
    const { report, predicate } = signed();

    expect(isAccepted(report)).toBe(true);
    expect(ResultSchema.parse(predicate)).toMatchObject({ outcome: "repaired" });
  });

  test("a journal, to its end", () => {
    const { records, ...rest } = decodeJournal(frozen("journal.ndjson"));

    expect(records.map(({ entry }) => entry.kind)).toEqual([
      "run_started",
      "approval",
      "step_intent",
      "step_outcome",
      "health",
      "undo_intent",
      "undo_outcome",
      "interrupted",
      "run_ended",
    ]);
    expect(rest).toMatchObject({ kind: "whole", head: expect.stringMatching(/^bdb04a6b/) });
  });
});

test("events and the account of an undo are still what the published schemas say", () => {
  const events = frozen("events.jsonl").toString("utf8").trimEnd().split("\n");
  const undo = frozen("undo-account.json").toString("utf8");

  expect(events.length).toBeGreaterThan(5);
  expect(misfits("repair-events.v1", events)).toEqual([]);
  expect(misfits("repair-undo.v1", [undo])).toEqual([]);
  expect(UndoAccountSchema.safeParse(JSON.parse(undo)).success).toBe(true);
});

function misfits(schema: string, documents: readonly string[]): readonly unknown[] {
  const file = new URL(`schemas/${schema}.schema.json`, packageRoot);
  const validate = new Ajv({ strict: true }).compile(JSON.parse(readFileSync(file, "utf8")));
  return documents.flatMap((document) => (validate(JSON.parse(document)) ? [] : (validate.errors ?? [])));
}

describe("another major version is refused, and the way out is named", () => {
  test("of a plan", () => {
    expect(parsePlanFile(plan.replace("devlake-repair/v1", "devlake-repair/v2"))).toMatchObject({
      kind: "refused",
      diagnostics: [
        {
          code: "P0201",
          message: 'the plan has version "devlake-repair/v2", this program reads devlake-repair/v1',
          help: expect.stringContaining("repair --plan-only"),
          path: "apiVersion",
        },
      ],
    });
  });

  test("of a policy", () => {
    expect(parsePolicyFile(families, policy.replace("policy/v1", "policy/v2"))).toMatchObject({
      kind: "refused",
      diagnostics: [{ code: "P0201", help: expect.stringContaining("repair-policy.v1.schema.json") }],
    });
  });

  test("of a facts bundle", async () => {
    await expect(factsIn(facts.replace("facts/v1", "facts/v2"))).rejects.toMatchObject({
      code: "bad_facts_file",
      message: expect.stringContaining("devlake-repair.facts/v1"),
      hint: expect.stringContaining("repair inspect"),
    });
  });

  test("of a result", () => {
    const { predicate } = signed();

    expect(ResultSchema.safeParse({ ...predicate, apiVersion: "devlake-repair.result/v2" }).success).toBe(
      false,
    );
  });
});

describe("a field that this program does not know is refused, since nobody could say what it means", () => {
  test("in a plan and in a policy", () => {
    for (const parsed of [
      parsePlanFile(`${plan}dryRun: true\n`),
      parsePolicyFile(families, `${policy}dryRun: true\n`),
    ]) {
      expect(parsed).toMatchObject({ kind: "refused", diagnostics: [{ code: "P0202", path: "dryRun" }] });
    }
  });

  test("in a facts bundle and in a result", async () => {
    await expect(factsIn(facts.replace("{", '{ "dryRun": true,'))).rejects.toMatchObject({
      code: "bad_facts_file",
      message: expect.stringContaining("dryRun"),
    });
    expect(ResultSchema.safeParse({ ...signed().predicate, dryRun: true }).success).toBe(false);
  });
});
