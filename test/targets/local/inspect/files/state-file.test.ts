import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createNodeFiles } from "../../../../../src/adapters/files/node-files.ts";
import { readFact } from "../../../../../src/core/fact.ts";
import { stateFile } from "../../../../../src/targets/local/facts/local-facts.ts";
import { createRedactor } from "../../../../../src/core/masking/redact.ts";
import { stateFileFacts } from "../../../../../src/targets/local/inspect/files/state-file.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "state-file-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** The fact of a state file with this text; of none when left out. */
async function factOf(text?: string, secrets: readonly string[] = []): Promise<unknown> {
  if (text !== undefined) await writeFile(join(directory, ".devlake-local.json"), text);
  return readFact(await stateFileFacts(createNodeFiles(directory), createRedactor(secrets)), stateFile());
}

describe("gh-devlake's state file", () => {
  test("may be absent", async () => {
    expect(await factOf()).toEqual({ status: "absent" });
  });

  test("is kept as it is, with its endpoints", async () => {
    const text = '{ "method": "local", "endpoints": { "backend": "http://localhost:8085", "other": 1 } }\n';
    expect(await factOf(text)).toEqual({
      status: "present",
      text,
      endpoints: { backend: "http://localhost:8085" },
    });
  });

  test("has its secret values masked, and is JSON still", async () => {
    const text = JSON.stringify({ encryptionSecret: "s3cr3t-value", password: "p", note: "p0stgres-pw" });
    const fact = await factOf(text, ["p0stgres-pw"]);
    expect(fact).toMatchObject({ status: "present", endpoints: {} });
    expect(JSON.stringify(fact)).not.toMatch(/s3cr3t|p0stgres/);
  });

  test.each([
    ["no JSON", "{ endpoints", [], /JSON/],
    ["a list", "[]", [], /expected object/],
    ["endpoints of another kind", '{"endpoints":{"backend":8080}}', [], /expected string/],
    ["no JSON once its secrets are masked", '{"a":"b", "c":1}', ['"b", "c"'], /secret values are masked/],
  ])("is unreadable with %s", async (_what, text, secrets, reason) => {
    expect(await factOf(text, secrets)).toEqual({
      status: "unreadable",
      reason: expect.stringMatching(reason),
    });
  });
});
