import * as fc from "../../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../../src/ui/text/text-width.ts";
import { hang, indent, wrapText } from "../../../src/ui/text/wrap-text.ts";

describe("wrapText", () => {
  it("breaks between words", () => {
    expect(wrapText("the quick brown fox", 10)).toEqual(["the quick", "brown fox"]);
  });

  it("breaks a path after a separator", () => {
    expect(wrapText("/var/lib/docker/volumes/data", 18)).toEqual(["/var/lib/docker/", "volumes/data"]);
  });

  it("keeps a command between backticks whole", () => {
    expect(wrapText("then run `docker compose ps -a` again", 24)).toEqual([
      "then run",
      "`docker compose ps -a`",
      "again",
    ]);
  });

  it("keeps what is aligned", () => {
    expect(wrapText("a: [1\n   ^", 40)).toEqual(["a: [1", "   ^"]);
  });

  it("loses no word and keeps to the width", () => {
    const words = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 100 }), (list, width) => {
        const text = list.map((word) => word.replaceAll(/[\s\p{Cc}]/gu, "x")).join(" ");
        const lines = wrapText(text, width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("is quick on one enormous line of backticks and spaces", () => {
    expect(wrapText("` ".repeat(100_000), 80).length).toBeGreaterThan(1000);
  });
});

it("hangs the other lines below the first", () => {
  expect(hang("why  ", "because it is so", 14)).toBe("why  because\n     it is so");
});

it("moves lines that are not empty", () => {
  expect(indent("a\n\nb", 2)).toBe("  a\n\n  b");
});
