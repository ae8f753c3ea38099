import { stripVTControlCharacters } from "node:util";
import * as fc from "../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { formatDiff, isDiff } from "../../src/ui/format-diff.ts";
import { displayWidth } from "../../src/ui/text/text-width.ts";
import { awkwardPlan, colour80, moveStep, plain80 } from "./sample-plans.ts";

const long = "x".repeat(50);
const diff = ["--- a.yml", "+++ a.yml", "@@ -1,2 +1,2 @@", ` ${long}`, `-${long}1`, `+${long}2`, ""].join(
  "\n",
);

describe("formatDiff", () => {
  it("cuts what stays, and carries on what changes", () => {
    expect(formatDiff(diff, { ...plain80, width: 40 })).toMatchInlineSnapshot(`
      "--- a.yml
      +++ a.yml
      @@ -1,2 +1,2 @@
       xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      -xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      ↳ xxxxxxxxxxx1
      +xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      ↳ xxxxxxxxxxx2"
    `);
  });

  it("colours by what a line is, not by how it begins", () => {
    const removedDashes = [
      "--- a.sql",
      "+++ a.sql",
      "@@ -1,1 +1,0 @@",
      "--- a comment",
      "- not in the hunk",
    ].join("\n");

    const [header, , , removed, outside] = formatDiff(removedDashes, colour80).split("\n");

    expect(header).toContain("\u001b[1m--- a.sql");
    expect(removed).toContain("\u001b[31m--- a comment");
    expect(outside).toBe("- not in the hunk");
  });

  it("leaves out carriage returns that every line has, and shows those that only some have", () => {
    const crlf = diff.replaceAll("\n", "\r\n");

    expect(formatDiff(crlf, plain80)).toBe(formatDiff(diff, plain80));
    expect(formatDiff(diff.replace("2\n", "2\r\n"), plain80)).toContain("2\\u{d}");
  });

  it("loses nothing of a changed line at any width", () => {
    const content = fc
      .string({ unit: "grapheme", maxLength: 200 })
      .map((text) => text.replaceAll(/[\p{C}\s↳]/gu, "x"));
    fc.assert(
      fc.property(content, fc.integer({ min: 40, max: 160 }), (text, width) => {
        const shown = formatDiff(`@@ -1,1 +1,1 @@\n-${text}\n+${text}!`, { ...colour80, width });
        const lines = stripVTControlCharacters(shown).split("\n").slice(1);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll("↳ ", "")).toBe(`-${text}+${text}!`);
      }),
    );
  });

  it("shows what would hide", () => {
    const shown = formatDiff(awkwardPlan.steps[0]?.preview ?? "", plain80);

    expect(shown).toContain("\\u{200b}");
  });
});

it("knows a diff from a list of actions", () => {
  expect(isDiff(moveStep.preview)).toBe(true);
  expect(isDiff("- remove container devlake-1\n+ nothing")).toBe(false);
});
