import { describe, expect, test } from "vitest";
import { decodeJournal } from "../../../src/core/records/journal-record.ts";
import { deploymentDigest, type RunPlace } from "../../../src/core/records/deployment-id.ts";
import { journalSeal } from "../../../src/core/records/journal-seal.ts";
import { sampleEntries, sampleJournal, sampleSeal } from "../journal-entries.ts";
import { localFamily } from "../../../src/targets/local/family.ts";
import type { Target } from "../../../src/core/target.ts";

const key = Buffer.alloc(32, 7);
const place: RunPlace = {
  deployment: { engineId: "e-1", project: "devlake" },
  planName: "port-8080-held",
};
const other = { ...place.deployment, project: "other" };

describe("a sealed journal", () => {
  test("comes back under its seal, with the hashes that it has without one", () => {
    const sealed = sampleJournal(sampleEntries, sampleSeal);

    expect(decodeJournal(sealed.bytes, sampleSeal)).toMatchObject({ kind: "whole" });
    expect(sealed.hashes).toEqual(sampleJournal().hashes);
    expect(decodeJournal(sealed.bytes).records).toEqual(decodeJournal(sampleJournal().bytes).records);
    expect(sealed.lines[0]).toMatch(/^[0-9a-f]{64} [0-9a-f]{64} \{"seq":1,/);
  });

  test.each([
    ["another key", journalSeal(Buffer.alloc(32, 8), place)],
    ["another plan", journalSeal(key, { ...place, planName: "port-8080-held-2" })],
    ["another project", journalSeal(key, { ...place, deployment: other })],
    ["another engine", journalSeal(key, { ...place, deployment: { ...place.deployment, engineId: "e-2" } })],
  ])("is not believed under the seal of %s", (_what, seal) => {
    expect(decodeJournal(sampleJournal(sampleEntries, sampleSeal).bytes, seal)).toMatchObject({
      kind: "corrupt",
      line: 1,
      reason: "its seal is not one that your journal key makes for this deployment and plan",
    });
  });

  test("has no record without a seal, rightly hashed as it may be", () => {
    const { lines } = sampleJournal(sampleEntries, sampleSeal);
    const forged = [...lines.slice(0, 8), ...sampleJournal().lines.slice(8)].join("");

    expect(decodeJournal(Buffer.from(forged), sampleSeal)).toMatchObject({
      kind: "corrupt",
      line: 9,
      reason: "it bears no seal of yours, so it was written by somebody else",
    });
    expect(decodeJournal(sampleJournal().bytes, sampleSeal)).toMatchObject({ kind: "corrupt", line: 1 });
  });

  test("a flip of any bit is noticed, in the seal too", () => {
    const { bytes: whole } = sampleJournal(sampleEntries.slice(2, 5), sampleSeal);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = Uint8Array.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));

      if (decodeJournal(bytes, sampleSeal).kind === "whole") expect.fail(`bit ${bit} was flipped unnoticed`);
    }
  });

  test("cut off at any byte the records before the cut are kept, the rest is a torn tail", () => {
    const { bytes, lines } = sampleJournal(sampleEntries, sampleSeal);
    const ends = lines.map((_, index) => Buffer.byteLength(lines.slice(0, index + 1).join("")));
    for (let length = 0; length <= bytes.length; length += 1) {
      const decoded = decodeJournal(bytes.subarray(0, length), sampleSeal);

      expect(decoded.kind, `cut at ${length}`).toBe(length === 0 || ends.includes(length) ? "whole" : "torn");
      expect(decoded.records).toHaveLength(ends.filter((end) => end <= length).length);
    }
  });
});

const digest = (of: Target) => {
  const deployment = localFamily.identity.deployment(of);
  return deployment && deploymentDigest(deployment);
};

describe("a deployment", () => {
  test("is told from others by engine and project, and by nothing that a copy would change", () => {
    const target = { kind: "local", directory: ".", project: "lake" } as const;
    const identity = { engineId: "e-1", volumes: ["v"] };
    const one = digest({ ...target, identity });

    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(digest({ ...target, directory: "/elsewhere", identity: { ...identity, volumes: [] } })).toBe(one);
    expect(digest({ ...target, project: "other", identity })).not.toBe(one);
    expect(digest({ ...target, identity: { ...identity, engineId: "e-2" } })).not.toBe(one);
    expect(digest({ ...target, project: undefined, identity })).toBeUndefined();
    expect(digest({ ...target, identity: { volumes: [] } })).toBeUndefined();
    expect(digest({ ...target, identity: { ...identity, engineId: "" } })).toBeUndefined();
  });
});
