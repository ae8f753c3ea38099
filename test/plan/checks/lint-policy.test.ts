import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { openPublishedSchema } from "../../../src/adapters/node/published-schemas.ts";
import { lintPolicy } from "../../../src/plan/checks/lint-policy.ts";
import { isDirectoryPolicy, isPolicyFile, parsePolicyFile } from "../../../src/plan/files/policy-file.ts";
import type { SchemaCheck } from "../../../src/ports/published-schemas.ts";
import { planExamples, repositoryRoot } from "../../committed-examples.ts";
import { cpuMs } from "../../cpu-time.ts";
import { families } from "../../../src/targets/index.ts";

const packageRoot = new URL("../../../", import.meta.url);

const text = readFileSync(join(repositoryRoot, "examples/devlake-repair.policy.yaml"), "utf8");
let schema: SchemaCheck;

beforeAll(async () => {
  schema = await openPublishedSchema("repair-policy.v1", packageRoot);
});

/** Each diagnostic as code, path and the text that its position points at. */
function found(changed: string): readonly (readonly [string, string, string])[] {
  return lintPolicy(families, changed, schema).map(({ code, path, position }) => {
    const line = position === undefined ? "" : (changed.split("\n")[position.line - 1] ?? "");
    return [code, path, line.slice((position?.column ?? 1) - 1)];
  });
}

test("nothing is wrong with the example", () => {
  expect(lintPolicy(families, text, schema)).toEqual([]);
});

test("what a directory's policy cannot set is warned of there, and nowhere else", () => {
  const own = readFileSync(join(repositoryRoot, "examples/own-policy.yaml"), "utf8");

  expect(lintPolicy(families, own, schema)).toEqual([]);
  expect(lintPolicy(families, own, schema, { isDirectorys: true })).toMatchObject([
    { code: "P0505", severity: "warning", path: "trustedKeys" },
    { code: "P0505", severity: "warning", path: "onFailure" },
  ]);
  expect(["a/.devlake-repair.yaml", "policy.yaml"].map(isDirectoryPolicy)).toEqual([true, false]);
});

describe("each mistake is reported once, where it is", () => {
  test.each<[string, string, string, readonly [string, string, string]]>([
    [
      "a misspelt tool",
      "[cleanup_partial_local_artifacts]",
      "[clean_up]",
      ["P0302", "tools.deny.0", "clean_up]"],
    ],
    ["a misspelt key", "bounds:", "limits:", ["P0202", "limits", "limits:"]],
    ["no number", "steps: 6", "steps: six", ["P0202", "bounds.steps", "six"]],
    ["no effect", "Effect: mutating", "Effect: everything", ["P0202", "highestEffect", "everything"]],
    ["too certain", "minimumConfidence: 0.9", "minimumConfidence: 9", ["P0202", "minimumConfidence", "9"]],
    [
      "another major version",
      "policy/v1\n",
      "policy/v2\n",
      ["P0201", "apiVersion", "devlake-repair.policy/v2"],
    ],
    ["a key twice", "highestEffect:", "minimumConfidence:", ["P0102", "", "minimumConfidence: 0.9"]],
    ["an anchor", "mutating", "&a mutating", ["P0103", "", "&a mutating"]],
  ])("%s", (_what, from, to, diagnostic) => {
    expect(text).toContain(from);
    expect(found(text.replace(from, to))).toEqual([diagnostic]);
  });

  test("what only the program knows, such as the form of an address", () => {
    const changed = `${text}model: { provider: ollama, baseUrl: "http://[" }\n`;

    expect(found(changed)).toEqual([["P0202", "model.baseUrl", '"http://[" }']]);
  });

  test.each(["nowhere", "file:///etc/passwd", '" http://x "', '"http://a b"', "http://key@host"])(
    "an address that is none of a provider: %s",
    (address) => {
      const changed = `${text}model: { provider: ollama, baseUrl: ${address} }\n`;

      expect(found(changed).map(([code, path]) => [code, path])).toEqual([["P0202", "model.baseUrl"]]);
    },
  );

  test("several at once", () => {
    const changed = text
      .replace("[cleanup_partial_local_artifacts]", "[a, b]")
      .replace("steps: 6", "steps: 0");

    expect(found(changed).map(([code, path]) => [code, path])).toEqual([
      ["P0302", "tools.deny.0"],
      ["P0302", "tools.deny.1"],
      ["P0202", "bounds.steps"],
    ]);
  });
});

test("lint accepts what the program accepts, and nothing else", () => {
  for (const changed of [
    text,
    text.replace("steps: 6", "steps: 13"),
    text.replace("oncall@example.com", '""'),
  ])
    expect(lintPolicy(families, changed, schema).length === 0).toBe(
      parsePolicyFile(families, changed).kind === "ok",
    );
});

describe("a policy is told from a plan", () => {
  test.each([
    ["a.yaml", "apiVersion: devlake-repair.policy/v1\n"],
    ["a.yaml", "# first\napiVersion: 'devlake-repair.policy/v9'\n"],
    ["a.yaml", '{ "apiVersion": "devlake-repair.policy/v1" }'],
    ["a.yaml", "kind: RepairPolicy\napiVersion: x\n"],
    [".devlake-repair.yaml", "{ broken"],
    ["C:\\lake\\.devlake-repair.yaml", ""],
  ])("%s: %j is one", (file, content) => {
    expect(isPolicyFile(file, content)).toBe(true);
  });

  test.each([
    ["devlake-repair.yaml", ""],
    ["a.yaml", "note: |\n  kind: RepairPolicy\n"],
    ["a.yaml", "kind: RepairPolicyMaker\n"],
    ["a.yaml", "\n".repeat(1_000_000)],
    ["a.yaml", "{ ".repeat(500_000)],
  ])("%s: %.40j is none", (file, content) => {
    expect(isPolicyFile(file, content)).toBe(false);
    expect(cpuMs(() => isPolicyFile(file, content))).toBeLessThan(500);
  });

  test.each(planExamples())("$file is none", ({ file, bytes }) => {
    expect(isPolicyFile(file, bytes.toString("utf8"))).toBe(false);
  });
});
