import * as fc from "../../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { escapeJson, escapeLine, escapeText } from "../../../src/ui/text/escape.ts";

const anyText = fc.string({ unit: "binary" });

describe("escapeText", () => {
  it.each([
    ["escape sequences", "a\u001b[2Jb", "a\\u{1b}[2Jb"],
    ["the bell", "\u0007", "\\u{7}"],
    ["a carriage return", "safe\revil", "safe\\u{d}evil"],
    ["an 8-bit control", "\u009b31m", "\\u{9b}31m"],
    ["bidirectional overrides", "\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["zero-width space", "a\u200bb", "a\\u{200b}b"],
    ["tag characters", "\u{e0041}", "\\u{e0041}"],
    ["private use", "\ue000", "\\u{e000}"],
    ["half of a surrogate pair", "\ud83d", "\\u{d83d}"],
    ["line separators", "a\u2028b", "a\\u{2028}b"],
  ])("shows %s", (_name, text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  it("keeps new lines and what people write, and makes tabs spaces", () => {
    expect(escapeText("größe\n\t東京 🚢")).toBe("größe\n    東京 🚢");
  });

  it("leaves nothing that could move the cursor, and is done after once", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = escapeText(text);
        expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u);
        expect(escapeText(shown)).toBe(shown);
      }),
    );
  });

  it("keeps one line one line", () => {
    expect(escapeLine("a\nerror: b")).toBe("a\\u{a}error: b");
  });
});

describe("escapeJson", () => {
  it("changes how it looks and not what it says", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = escapeJson(JSON.stringify({ text }));
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u);
        expect(JSON.parse(json)).toEqual({ text });
        expect(escapeJson(JSON.stringify({ text }, undefined, 2))).toMatch(/^\{\n {2}"text": .*\n\}$/);
      }),
    );
  });
});
