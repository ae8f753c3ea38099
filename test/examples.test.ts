import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { withGeneratedTables } from "../scripts/readme-tables.ts";
import { openPublishedSchema } from "../src/adapters/node/published-schemas.ts";
import { parseEnvelope } from "../src/attest/dsse.ts";
import { readPublicKey } from "../src/attest/keys.ts";
import { verifyResult } from "../src/attest/verify.ts";
import { splitArgs } from "../src/cli/flag-words.ts";
import { FactsBundleSchema, factsOfBundle } from "../src/core/facts-bundle.ts";
import { findingClasses } from "../src/targets/local/facts/finding-classes.ts";
import { ResultSchema } from "../src/core/records/result.ts";
import { lintPolicy } from "../src/plan/checks/lint-policy.ts";
import { parsePolicyFile } from "../src/plan/files/policy-file.ts";
import { isAccepted } from "./attest/checked.ts";
import { commandsOf, words } from "./command-lines.ts";
import {
  factsExamples,
  planExamples,
  policyExamples,
  repositoryRoot,
  resultExamples,
} from "./committed-examples.ts";
import { planOf } from "./plan/recorded-facts.ts";
import { localFamily } from "../src/targets/local/family.ts";
import { families } from "../src/targets/index.ts";

function text(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

function errorsOf(schema: string, document: unknown): unknown {
  const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(text(`schemas/${schema}`)));
  return validate(document) ? [] : validate.errors;
}

// Paths and names of the machine that recorded, and the secrets of the test deployment.
const traces =
  /\/(?:root|home|tmp|work|var\/tmp)\/|gh-devlake-test|TESTSECRET|DEVLAKE_TEST|BEGIN PRIVATE KEY/;

describe("plans/", () => {
  const key = readPublicKey(text("plans/example-signer.pub.pem"));
  const results = resultExamples();

  test("holds plans with their results, the results' Sigstore bundles and the signer's public key, nothing else", () => {
    const expected = planExamples().flatMap(({ file }) => [
      file,
      file.replace(".yaml", ".result.json"),
      file.replace(".yaml", ".result.sigstore.json"),
    ]);

    expect(expected.length).toBeGreaterThanOrEqual(6);
    expect(
      readdirSync(join(repositoryRoot, "plans"))
        .map((name) => `plans/${name}`)
        .toSorted(),
    ).toEqual([...expected, "plans/example-signer.pub.pem"].toSorted());
  });

  test.each(planExamples())(
    "$file is a plan by the published schema, and its first line names that",
    (example) => {
      const [first = ""] = example.bytes.toString("utf8").split("\n");
      const named = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1] ?? "";

      expect(join("plans", named)).toBe("schemas/repair-plan.v1.schema.json");
      expect(errorsOf("repair-plan.v1.schema.json", example.plan)).toEqual([]);
      expect(example.bytes.toString("utf8")).not.toMatch(traces);
      expect(example.bytes.includes("\r")).toBe(false);
    },
  );

  test.each(results)(
    "$file is whole, by that key, and about the plan beside it",
    ({ file, bytes, predicate }) => {
      const planFile = file.replace(".result.json", ".yaml");
      const planBytes = readFileSync(join(repositoryRoot, planFile));
      const trustedKeys = [{ origin: "given", key, from: "example-signer.pub.pem" }] as const;
      const report = verifyResult({ envelopeBytes: bytes, subjectBytes: planBytes, trustedKeys });

      expect(isAccepted(report)).toBe(true);
      expect(errorsOf("repair-result.v1.schema.json", predicate)).toEqual([]);
      expect(ResultSchema.parse(predicate)).toMatchObject({ outcome: "repaired", plan: { path: planFile } });
      expect(JSON.stringify(predicate)).not.toMatch(traces);
      const changed = Buffer.from(planBytes.toString("utf8").replace("confidence: 0.9", "confidence: 0.8"));
      expect(isAccepted(verifyResult({ envelopeBytes: bytes, subjectBytes: changed, trustedKeys }))).toBe(
        false,
      );
    },
  );

  test("the results show both kinds of run, with an approval and without", () => {
    const approvals = results.map(({ predicate }) =>
      ResultSchema.parse(predicate).steps.filter(({ approval }) => approval !== undefined),
    );

    expect(approvals.map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([0, 2]);
    expect(parseEnvelope(results[0]?.bytes ?? Buffer.of()).signatures).toHaveLength(1);
  });
});

describe("examples/", () => {
  const outcomes: Readonly<Record<string, readonly string[]>> = {
    "examples/port-conflict.facts.json": ["rewrite_local_ports_to_alt_bundle", "recreate_services"],
    "examples/container-conflict.facts.json": ["rewrite_local_ports_to_alt_bundle", "recreate_services"],
    "examples/config-ui-exited.facts.json": ["start_stopped_services"],
  };

  test.each(policyExamples())(
    "$file is a policy whose first line names its schema, and which that accepts",
    ({ file, policy }) => {
      const [first = ""] = text(file).split("\n");

      expect(first).toBe("# yaml-language-server: $schema=../schemas/repair-policy.v1.schema.json");
      expect(errorsOf("repair-policy.v1.schema.json", policy)).toEqual([]);
    },
  );

  test("has a policy for a deployment's directory in which nothing is in vain", async () => {
    const schema = await openPublishedSchema("repair-policy.v1", new URL("../", import.meta.url));

    expect(
      lintPolicy(families, text("examples/devlake-repair.policy.yaml"), schema, { isDirectorys: true }),
    ).toEqual([]);
  });

  test("has a policy by which the committed results are those of a trusted signer", () => {
    const parsed = parsePolicyFile(families, text("examples/own-policy.yaml"));
    const { trustedKeys = [] } = parsed.kind === "ok" ? parsed.policy : {};
    const policyKeys = trustedKeys.map((key) => ({ ...key, from: "examples/own-policy.yaml" }));
    const results = resultExamples();

    expect(results.length).toBeGreaterThan(0);
    for (const { file, bytes } of results) {
      const subjectBytes = readFileSync(join(repositoryRoot, file.replace(".result.json", ".yaml")));
      const report = verifyResult({ envelopeBytes: bytes, subjectBytes, trustedKeys: [], policyKeys });
      expect(isAccepted(report), file).toBe(true);
    }
  });

  test("holds the facts that the documents speak of", () => {
    expect(
      factsExamples()
        .map(({ file }) => file)
        .toSorted(),
    ).toEqual(Object.keys(outcomes).toSorted());
  });

  test.each(factsExamples())(
    "$file is a facts bundle that a repair can be planned from",
    ({ file, bytes, bundle }) => {
      const parsed = FactsBundleSchema.parse(bundle);
      const { facts, problems } = factsOfBundle(parsed, localFamily.factKinds);
      const plan = planOf({ facts, target: parsed.target });

      expect(problems).toEqual([]);
      expect(errorsOf("facts-bundle.v1.schema.json", bundle)).toEqual([]);
      expect(bytes.toString("utf8")).not.toMatch(traces);
      expect(plan.outcome).toBe("repair");
      expect(plan.steps.map(({ tool }) => tool)).toEqual(outcomes[file]);
    },
  );
});

describe("documents", () => {
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/vocabulary.md",
    "docs/architecture.md",
  ];

  test("the README's tables are those of the catalog and of the exit codes", () => {
    expect(withGeneratedTables(text("README.md"))).toBe(text("README.md"));
  });

  test.each(documents)("%s links to what exists", (document) => {
    const links = [...text(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
    const gone = links
      .filter((link) => !link.startsWith("https://"))
      .filter((link) => !existsSync(join(repositoryRoot, dirname(document), link)));

    expect(gone).toEqual([]);
  });

  test.each(documents)("%s shows commands that exist, with flags that they have", async (document) => {
    const commands = await commandsOf();
    const lines = [...text(document).matchAll(/(?:gh devlake|\.\/gh-devlake) repair\b([^`\n|]*)/g)];

    for (const [line, rest = ""] of lines) {
      const [first, ...others] = words(rest);
      const sub = commands.get(first ?? "");
      const args = sub ?? commands.get("") ?? {};
      const given = sub === undefined ? words(rest) : others;
      expect(() => splitArgs(args, given), line).not.toThrow();
    }
  });

  test("the README's session is part of the recorded one", () => {
    const recorded = text("docs/session.txt").split("\n");
    const [, block = ""] = /## A session[\s\S]*?```text\n([\s\S]*?)```/.exec(text("README.md")) ?? [];
    const shown = block
      .trimEnd()
      .split("\n")
      .filter((line) => line.trim() !== "[...]");

    expect(shown.length).toBeGreaterThan(20);
    let at = -1;
    for (const line of shown) {
      at = recorded.indexOf(line, at + 1);
      expect(at, `"${line}" is not in docs/session.txt at its place`).toBeGreaterThanOrEqual(0);
    }
    expect(text("docs/session.txt")).not.toMatch(traces);
  });

  test("the README names the settings that the program reads", () => {
    const readers = [
      "run-cli.ts",
      "flows/policy/load-policy.ts",
      "adapters/signing/signing-key-path.ts",
      "adapters/state/state-path.ts",
      "adapters/copilot/find-model.ts",
    ];
    const read = ["gh-devlake", ...readers.map((file) => `src/${file}`)].map(text).join("\n");
    const named = new Set(text("README.md").match(/\bGH_DEVLAKE_[A-Z_]+\b/g));

    expect([...named].filter((name) => !read.includes(name))).toEqual([]);
    const internal = "GH_DEVLAKE_PASSED_ON";
    const all = new Set(read.match(/\bGH_DEVLAKE_[A-Z_]+\b/g));
    expect([...all].filter((name) => name !== internal && !named.has(name))).toEqual([]);
  });

  test("docs/vocabulary.md explains every class of findings", () => {
    const rows = new Set([...text("docs/vocabulary.md").matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));

    expect([...findingClasses].filter((name) => !rows.has(name))).toEqual([]);
    expect(rows.size).toBe(findingClasses.length);
  });

  test("what the README says about safety is proven by tests that exist", () => {
    const [, section = ""] = /## Safety\n([\s\S]*?)\n## /.exec(text("README.md")) ?? [];
    const claims = section
      .split("\n")
      .filter((line) => /^\| [^-]/.test(line))
      .slice(1);

    expect(claims.length).toBeGreaterThan(8);
    expect(claims.filter((claim) => !/\]\(test\/[\w./-]+\.test\.ts\)/.test(claim))).toEqual([]);
  });
});
