import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { factsBundle, loadFacts } from "../../../src/flows/planning/make-plan.ts";
import type { CliServices } from "../../../src/flows/services.ts";
import { FactsBundleSchema, factsOfBundle } from "../../../src/core/facts-bundle.ts";
import { recorded } from "../../plan/recorded-facts.ts";
import { families } from "../../../src/targets/index.ts";
import { localFamily } from "../../../src/targets/local/family.ts";

const fixture = readFileSync(
  join(import.meta.dirname, "../..", "fixtures", "facts", "healthy.facts.json"),
  "utf8",
);

function reading(content: string | Buffer): CliServices {
  return {
    families,
    files: { read: async () => (typeof content === "string" ? Buffer.from(content) : content) },
  } as unknown as CliServices;
}

describe("a saved facts bundle", () => {
  test("is the same facts again", async () => {
    const { facts, target } = await loadFacts("x.json", reading(fixture));

    expect(facts).toEqual(recorded("healthy").facts);
    expect(target).toEqual(recorded("healthy").target);
  });

  test("written and read back", () => {
    const services = { clock: { now: () => new Date(0) }, version: "0.1.0" } as unknown as CliServices;
    const bundle = factsBundle(recorded("healthy"), services);

    expect(factsOfBundle(FactsBundleSchema.parse(bundle), localFamily.factKinds)).toEqual({
      facts: recorded("healthy").facts,
      problems: [],
    });
  });

  test.each([
    ["not JSON", "{", /is not valid JSON in UTF-8: Expected/],
    ["empty", "", /is not valid JSON/],
    ["not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /is not valid JSON in UTF-8$/],
    [
      "deep",
      fixture.replace('"facts": {', `"facts": {"a": ${"[".repeat(50_000)}${"]".repeat(50_000)},`),
      /nested/,
    ],
    ["two things at once", fixture.replace("{", '{"kind": "FactsBundle",'), /has the same key twice/],
    [
      "a prototype",
      fixture.replace('"facts": {', '"facts": {"__proto__": {"value": 1},'),
      /a key named __proto__/,
    ],
    [
      "about another project than its target",
      fixture.replace('"project": "devlake"', '"project": "other"'),
      /contradicts itself about local\.compose\.project: its target says "other", its facts "devlake"/,
    ],
    ["something else", "[]", /is not a facts bundle/],
    [
      "another version",
      fixture.replace("facts/v1", "facts/v2"),
      /has version "devlake-repair\.facts\/v2", this program reads devlake-repair\.facts\/v1/,
    ],
    [
      "a fact of no known kind",
      fixture.replace("local.backend.phase", "local.made.up"),
      /local\.made\.up: no such kind/,
    ],
    [
      "a fact of another shape",
      fixture.replace('"value": "ready"', '"value": "fine"'),
      /local\.backend\.phase: "fine" does not fit: invalid option: /,
    ],
    [
      "another kind of target",
      fixture.replace('"kind": "local"', '"kind": "moon"'),
      /target\.kind: "moon" does not fit: /,
    ],
  ])("%s is refused, with the way to a good one", async (_name, text, message) => {
    await expect(loadFacts("x.json", reading(text))).rejects.toMatchObject({
      code: "bad_facts_file",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("repair inspect"),
    });
  });
});
