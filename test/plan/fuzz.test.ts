import * as fc from "../seeded-fast-check.ts";
import { expect, test } from "vitest";
import { diagnosticsJson, formatDiagnostics } from "../../src/ui/format-diagnostics.ts";
import { formatPlan } from "../../src/ui/format-plan.ts";
import { chooseStyle } from "../../src/ui/text/style.ts";
import { checkMutant, fuzzRuns, judge } from "./judge-mutants.ts";
import { mutatedText, mutatedValue, originals } from "./mutated-plans.ts";

/** The rest are the values of fuzz-values.test.ts. */
const numRuns = Math.ceil(fuzzRuns * 0.85);
const style = chooseStyle({ env: {}, platform: "linux", isTty: false, columns: 100 });

test(
  "mutated texts are judged without an exception, in time, as the schema says",
  { timeout: 900_000 },
  () => {
    const tally = { accepted: 0, compiled: 0, schema: 0, yaml: 0 };
    const prototype = Object.getOwnPropertyNames(Object.prototype).join(" ");

    fc.assert(
      fc.property(mutatedText, (subject) => checkMutant(subject, tally)),
      { numRuns },
    );

    expect(Object.getOwnPropertyNames(Object.prototype).join(" ")).toBe(prototype);
    // None of the three ways to be judged is rare.
    for (const count of [tally.accepted, tally.schema, tally.yaml])
      expect(count).toBeGreaterThan(numRuns / 50);
  },
);

test("whatever stands in a plan, no control or bidi character of it reaches a reader", () => {
  fc.assert(
    fc.property(fc.oneof(mutatedText, mutatedValue), (subject) => {
      const { parsed, diagnostics } = judge(subject);
      const shown = [
        formatDiagnostics({ file: "a.yaml", text: subject.text, diagnostics }, style),
        ...(parsed.kind === "ok" ? [formatPlan(parsed.plan, style, { path: "a.yaml" })] : []),
      ];

      for (const text of shown) expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(diagnosticsJson([{ file: "a.yaml", text: subject.text, diagnostics }]).files).toHaveLength(1);
    }),
    { numRuns: Math.ceil(numRuns / 40) },
  );
});

test("the originals are accepted", () => {
  for (const original of originals) {
    expect(judge({ original, text: original.text }).parsed).toMatchObject({
      kind: "ok",
      plan: original.plan,
    });
  }
});
