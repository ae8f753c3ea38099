import * as fc from "../../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { cutToWidth, displayWidth, padToWidth, splitByWidth } from "../../../src/ui/text/text-width.ts";

it.each([
  ["abc", 3],
  ["größe", 5],
  ["e\u0301", 1],
  ["東京", 4],
  ["ｆｕｌｌ", 8],
  ["한국", 4],
  ["🚢", 2],
  ["👩‍👩‍👧", 2],
  ["❤️", 2],
  ["✓", 1],
  ["…", 1],
  ["", 0],
])("%s takes %d cells", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

it("cuts whole characters only", () => {
  expect(cutToWidth("東京の開発", 6, "…")).toBe("東京…");
  expect(cutToWidth("short", 5, "…")).toBe("short");
});

it("pads by cells", () => {
  expect(padToWidth("東京", 6)).toBe("東京  ");
});

describe("splitByWidth", () => {
  it("loses nothing and keeps to the width", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 200 }),
        fc.integer({ min: 2, max: 30 }),
        (text, width) => {
          const pieces = splitByWidth(text, width);
          expect(pieces.join("")).toBe(text);
          for (const piece of pieces) expect(displayWidth(piece)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it("takes a megabyte in its stride", () => {
    const pieces = splitByWidth("東".repeat(300_000), 80);

    expect(pieces).toHaveLength(7500);
  });
});
