import { expect, test } from "vitest";
import { resultPathOf, unspentResultPath } from "../../../src/flows/applying/result-path.ts";
import type { CliServices } from "../../../src/flows/services.ts";

function services(results: Readonly<Record<string, string>>): CliServices {
  const read = async (path: string): Promise<Buffer> => {
    const outcome = results[path] ?? "";
    if (outcome === "junk") return Buffer.from("{");
    const payload = Buffer.from(JSON.stringify({ predicate: { outcome } })).toString("base64");
    const signatures = [{ keyid: "k", sig: Buffer.alloc(64).toString("base64") }];
    return Buffer.from(JSON.stringify({ payloadType: "application/vnd.in-toto+json", payload, signatures }));
  };
  return { files: { read, exists: async (path: string) => path in results } } as unknown as CliServices;
}

const trusted = async (): Promise<boolean> => true;

test.each([
  ["plans/x.plan.yaml", 1, "plans/x.plan.result.json"],
  ["plans/x.plan.yml", 2, "plans/x.plan.result.2.json"],
  ["odd", 1, "odd.result.json"],
])("the result of %s, run %i", (plan, run, path) => {
  expect(resultPathOf(plan, run)).toBe(path);
});

test("the first run has the plain name; after one that did not repair comes the next number", async () => {
  expect(await unspentResultPath("a.yaml", services({}), trusted)).toBe("a.result.json");
  expect(await unspentResultPath("a.yaml", services({ "a.result.json": "failed" }), trusted)).toBe(
    "a.result.2.json",
  );
  expect(await unspentResultPath("a.yaml", services({ "a.result.json": "junk" }), trusted)).toBe(
    "a.result.2.json",
  );
});

test("a plan that has repaired is spent, also by a later run", async () => {
  for (const results of [
    { "a.result.json": "repaired" },
    { "a.result.json": "failed", "a.result.2.json": "repaired" },
  ]) {
    await expect(unspentResultPath("a.yaml", services(results), trusted)).rejects.toMatchObject({
      code: "plan_spent",
    });
  }
});

test("what says so and is no trusted signer's word about this plan spends nothing", async () => {
  const planted = services({ "a.result.json": "repaired" });

  expect(await unspentResultPath("a.yaml", planted, async () => false)).toBe("a.result.2.json");
});

test("a hundred results are enough", async () => {
  const always = {
    files: { exists: async () => true, read: services({}).files.read },
  } as unknown as CliServices;

  await expect(unspentResultPath("a.yaml", always, trusted, "my lake")).rejects.toMatchObject({
    code: "file_exists",
    hint: 'make a new plan: gh devlake repair --plan-only --dir "my lake"',
  });
});
