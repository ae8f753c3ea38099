import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { diagnosticsDocument, diagnosticsDocumentPath } from "../../scripts/generate-diagnostics-doc.ts";
import { diagnosticCodes, diagnosticRanges } from "../../src/core/diagnostic-codes.ts";

const codes = Object.entries(diagnosticCodes);

test("docs/diagnostics.md is what `npm run schemas` would write", () => {
  expect(readFileSync(diagnosticsDocumentPath, "utf8")).toBe(diagnosticsDocument());
});

test.each(codes)("%s explains itself", (code, { title, explanation, help }) => {
  expect(Object.keys(diagnosticRanges)).toContain(code.slice(0, 3));
  expect(code).toMatch(/^P\d{4}$/);
  expect(title).toMatch(/^(?:YAML|[a-z])[^\n]*[^.]$/);
  expect(explanation).toMatch(/^[A-Z][^]{60,}\.$/);
  expect(help).toMatch(/[^.]$/);
  expect(diagnosticsDocument()).toContain(`### ${code}: ${title}\n`);
});

test("codes stand in order, so that a new one finds its place", () => {
  const numbers = codes.map(([code]) => code);

  expect(numbers).toEqual(numbers.toSorted());
});
