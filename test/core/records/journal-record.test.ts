import { createHash } from "node:crypto";
import { assert, dictionary, jsonValue, property, string } from "../../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import {
  decodeJournal,
  encodeRecord,
  findAnchorBreak,
  GENESIS_HASH,
  type DecodedJournal,
  type JournalEntry,
} from "../../../src/core/records/journal-record.ts";
import { sampleEntries, sampleJournal } from "../journal-entries.ts";

const at = "2026-11-22T10:15:00.000Z";
const sample = sampleJournal();

/** Line starts, and the end of the journal. */
const boundaries = sample.lines.reduce<readonly number[]>(
  (starts, line) => [...starts, (starts.at(-1) ?? 0) + Buffer.byteLength(line)],
  [0],
);

function entriesOf(decoded: DecodedJournal): readonly JournalEntry[] {
  return decoded.records.map((record) => record.entry);
}

/** A journal line with any body under a right hash, as a forger could write it. */
function forgedLine(body: string, previous = GENESIS_HASH): Uint8Array {
  const hash = createHash("sha256").update(`${previous}\n${body}`).digest("hex");
  return Buffer.from(`${hash} ${body}\n`);
}

describe("reading a whole journal", () => {
  test("every kind of entry comes back as it was written", () => {
    const decoded = decodeJournal(sample.bytes);

    expect(decoded).toMatchObject({
      kind: "whole",
      head: sample.hashes.at(-1),
      soundBytes: sample.bytes.length,
    });
    expect(entriesOf(decoded)).toEqual(sampleEntries);
    expect(decoded.records.map((record) => record.hash)).toEqual(sample.hashes);
    expect(decoded.records.map((record) => record.seq)).toEqual(sampleEntries.map((_, index) => index + 1));
  });

  test("an empty journal is whole", () => {
    expect(decodeJournal(new Uint8Array())).toEqual({
      kind: "whole",
      records: [],
      head: GENESIS_HASH,
      soundBytes: 0,
    });
  });

  test("the format is fixed: sha256 of previous hash, line feed and body; space; body; line feed", () => {
    const entry: JournalEntry = { kind: "interrupted", signal: "SIGTERM" };

    const { line } = encodeRecord({ seq: 1, at, entry }, GENESIS_HASH);

    const body = `{"seq":1,"at":"${at}","entry":{"kind":"interrupted","signal":"SIGTERM"}}`;
    expect(line).toBe(Buffer.from(forgedLine(body)).toString());
  });

  test("any JSON in arguments and undo records survives, or is refused when an object could not hold it", () => {
    assert(
      property(dictionary(string(), jsonValue()), jsonValue(), (args, undo) => {
        // fast-check makes objects without a prototype too, which journals do not give back.
        const clean = JSON.parse(JSON.stringify({ args, undo }));
        const entry = { ...sampleEntries[2], ...clean } as JournalEntry;
        const write = () => sampleJournal([entry, { kind: "undo_intent", step: "s1" }]);
        if (JSON.stringify(clean).includes('"__proto__":')) {
          expect(write).toThrow("would be lost");
          return;
        }

        const decoded = decodeJournal(write().bytes);

        expect(decoded.kind).toBe("whole");
        expect(entriesOf(decoded)[0]).toEqual(entry);
      }),
    );
  });

  test("a key that would vanish is refused", () => {
    const args: Record<string, string> = JSON.parse('{"__proto__":"x"}');
    const entry = { ...sampleEntries[2], args } as JournalEntry;

    expect(() => encodeRecord({ seq: 1, at, entry }, GENESIS_HASH)).toThrow("would be lost");
  });
});

describe("damage", () => {
  test("cut off at any byte: the records before the cut are kept, the rest is a torn tail", () => {
    for (let length = 0; length <= sample.bytes.length; length += 1) {
      const decoded = decodeJournal(sample.bytes.subarray(0, length));

      const complete = boundaries.filter((boundary) => boundary > 0 && boundary <= length).length;
      expect(decoded.kind, `cut at ${length}`).toBe(boundaries.includes(length) ? "whole" : "torn");
      expect(decoded.soundBytes).toBe(boundaries[complete]);
      expect(entriesOf(decoded)).toEqual(sampleEntries.slice(0, complete));
    }
  });

  test("a flip of any bit is noticed, and refused unless it looks like zeros in the last record", () => {
    const { bytes: whole, lines } = sampleJournal(sampleEntries.slice(2, 6));
    const ends = lines.map((_, index) => Buffer.byteLength(lines.slice(0, index + 1).join("")));
    const outcomes = { corrupt: 0, torn: 0 };
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = Uint8Array.from(whole);
      const position = bit >> 3;
      bytes[position] = (bytes[position] ?? 0) ^ (1 << (bit & 7));

      const decoded = decodeJournal(bytes);

      if (decoded.kind === "whole") expect.fail(`bit ${bit} was flipped without notice`);
      outcomes[decoded.kind] += 1;
      const line = ends.findIndex((end) => position < end) + 1;
      if (decoded.line !== line) expect.fail(`bit ${bit} of line ${line} was reported at ${decoded.line}`);
      if (decoded.kind === "torn") expect({ line, byte: bytes[position] }).toEqual({ line: 4, byte: 0 });
    }
    expect(outcomes.corrupt + outcomes.torn).toBe(whole.length * 8);
    expect(outcomes.torn).toBeLessThan(10);
  });

  test("a dropped record is refused; only the last one needs the anchor", () => {
    const anchor = { length: sample.lines.length, head: sample.hashes.at(-1) ?? "" };
    sample.lines.forEach((_, dropped) => {
      const decoded = decodeJournal(Buffer.from(sample.lines.toSpliced(dropped, 1).join("")));

      const isLast = dropped === sample.lines.length - 1;
      expect(decoded.kind).toBe(isLast ? "whole" : "corrupt");
      if (decoded.kind === "corrupt") expect(decoded.line).toBe(dropped + 1);
      if (isLast)
        expect(findAnchorBreak(decoded.records, anchor)).toBe("1 of 9 records are missing at the end");
    });
  });

  test("records that changed places, were doubled, or come from another journal are refused", () => {
    const [first = "", second = "", third = "", ...rest] = sample.lines;
    const other = sampleJournal([{ kind: "interrupted", signal: "SIGTERM" }, ...sampleEntries.slice(1)]);
    const journals = [
      [first, third, second, ...rest],
      [first, second, second, third, ...rest],
      [other.lines[0] ?? "", second, third, ...rest],
      [first, ...rest],
    ];
    for (const lines of journals) {
      expect(decodeJournal(Buffer.from(lines.join(""))).kind).toBe("corrupt");
    }
  });

  test("zeros in or after the last record are a torn tail, before it they are not", () => {
    const last = boundaries.at(-2) ?? 0;
    const hole = Uint8Array.from(sample.bytes).fill(0, last, last + 100);
    const tail = Buffer.concat([sample.bytes, new Uint8Array(512)]);
    const early = Uint8Array.from(sample.bytes).fill(0, last - 100, last);

    expect(decodeJournal(hole)).toMatchObject({ kind: "torn", line: 9, soundBytes: last });
    expect(decodeJournal(tail)).toMatchObject({ kind: "torn", line: 10, soundBytes: sample.bytes.length });
    expect(decodeJournal(early).kind).toBe("corrupt");
  });

  test("two records run together by a lost line feed are not taken for one torn record", () => {
    const bytes = Uint8Array.from(sample.bytes);
    bytes[(boundaries.at(-2) ?? 0) - 1] = 0x0b;

    expect(decodeJournal(bytes)).toMatchObject({ kind: "corrupt", line: 8 });
  });

  test.each([
    ["not JSON", "{", "it is not JSON"],
    ["a key twice", `{"seq":1,"seq":1,"at":"${at}","entry":{"kind":"interrupted","signal":"x"}}`, "form"],
    ["white space", `{"seq": 1,"at":"${at}","entry":{"kind":"interrupted","signal":"x"}}`, "form"],
    ["a foreign kind", `{"seq":1,"at":"${at}","entry":{"kind":"reboot"}}`, "entry.kind"],
    ["a foreign key", `{"seq":1,"at":"${at}","entry":{"kind":"interrupted","signal":"x","y":1}}`, "entry"],
    ["no UTC time", `{"seq":1,"at":"yesterday","entry":{"kind":"interrupted","signal":"x"}}`, "at"],
    [
      "a number out of order",
      `{"seq":2,"at":"${at}","entry":{"kind":"interrupted","signal":"x"}}`,
      "number 2",
    ],
  ])("a rightly hashed record with %s is refused", (_what, body, reason) => {
    expect(decodeJournal(forgedLine(body))).toMatchObject({
      kind: "corrupt",
      line: 1,
      reason: expect.stringContaining(reason),
    });
  });
});

describe("the anchor", () => {
  const { records } = decodeJournal(sample.bytes);

  test("holds for the journal it was made of and for that journal grown longer", () => {
    sample.hashes.forEach((head, index) => {
      expect(findAnchorBreak(records, { length: index + 1, head })).toBeUndefined();
    });
    expect(findAnchorBreak(records, { length: 0, head: GENESIS_HASH })).toBeUndefined();
  });

  test("does not hold for a journal that was written anew", () => {
    const rewritten = sampleJournal([{ kind: "interrupted", signal: "SIGTERM" }, ...sampleEntries.slice(1)]);

    const found = findAnchorBreak(decodeJournal(rewritten.bytes).records, {
      length: 9,
      head: sample.hashes.at(-1) ?? "",
    });

    expect(found).toBe("the first 9 records are not the ones that were signed");
  });
});

test("an entry that the schema refuses is not encoded, and its values are not repeated", () => {
  const entry = { kind: "undo_intent", step: "s1", password: "canary-4711" } as JournalEntry;

  const encode = () => encodeRecord({ seq: 1, at, entry }, GENESIS_HASH);

  expect(encode).toThrow(/^journal record 1 is not valid: /);
  expect(encode).not.toThrow("canary-4711");
});
