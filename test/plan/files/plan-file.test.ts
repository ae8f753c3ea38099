import * as fc from "../../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import {
  MAX_PLAN_BYTES,
  parsePlanFile,
  writePlanFile,
  type PlanParse,
} from "../../../src/plan/files/plan-file.ts";
import { planOf, recorded, recordedNames } from "../recorded-facts.ts";
import { cpuMs } from "../../cpu-time.ts";

const plan = planOf(recorded("port-8080-process"));
const text = writePlanFile(plan);

function refusal(outcome: PlanParse) {
  if (outcome.kind === "ok") throw new Error("the plan was accepted");
  return outcome.diagnostics;
}

describe("hazards of YAML", () => {
  const name = plan.metadata.name;
  const hazards: Readonly<
    Record<string, readonly [change: (plan: string) => string, code: string, at?: string]>
  > = {
    alias: [(t) => t.replace(name, "&a x").replace("kind: offline", "kind: *a"), "P0103"],
    "alias bomb": [(t) => `${t}bomb: [&a [x], &b [*a, *a], &c [*b, *b]]\n`, "P0103"],
    anchor: [(t) => t.replace("kind: RepairPlan", "kind: &k RepairPlan"), "P0103", "kind: &k"],
    "merge key": [(t) => t.replace("metadata:\n", "metadata:\n  <<: { name: x }\n"), "P0103", "  <<:"],
    "tag of YAML": [(t) => t.replace("kind: RepairPlan", "kind: !!str RepairPlan"), "P0103", "kind: !!"],
    "tag of a language": [
      (t) => t.replace("kind: RepairPlan", 'kind: !!js/function "x"'),
      "P0103",
      "kind: !!",
    ],
    "tag of its own": [(t) => t.replace("kind: RepairPlan", "kind: !x RepairPlan"), "P0103", "kind: !x"],
    "version directive": [(t) => `%YAML 1.1\n---\n${t}`, "P0103", "%YAML"],
    "tag directive": [(t) => `%TAG ! tag:x,2000:\n---\n${t}`, "P0103", "%TAG"],
    "duplicate key": [(t) => `${t}kind: RepairPlan\n`, "P0102"],
    "duplicate key by type": [(t) => `${t}1: a\n"1": b\n`, "P0102"],
    "the key __proto__": [
      (t) => t.replace("args:\n", "args:\n      __proto__: { x: 1 }\n"),
      "P0103",
      "      __proto__",
    ],
    "the key constructor": [(t) => `${t}constructor: { prototype: { x: 1 } }\n`, "P0103"],
    "second document": [(t) => `${t}---\na: 1\n`, "P0102"],
    tab: [(t) => t.replace("\n  name:", "\n\tname:"), "P0102"],
    "no YAML": [() => "{", "P0102"],
    NUL: [(t) => t.replace(name, "a\0b"), "P0102"],
    escape: [(t) => t.replace("kind: RepairPlan", "kind: \u001b[31mRepairPlan"), "P0102", "kind: \u001b"],
    "wrong version": [(t) => t.replace("repair/v1", "repair/v2"), "P0201", "apiVersion"],
    "a number as version": [(t) => t.replace("devlake-repair/v1", "1"), "P0202", "apiVersion"],
    "unknown field": [(t) => `${t}extra: 1\n`, "P0202", "extra: 1"],
    "unknown field of a step": [
      (t) => t.replace("    effect: mutating", "    shell: id\n    effect: mutating"),
      "P0202",
      "    shell",
    ],
    "wrong type": [(t) => t.replace("version: 1", "version: one"), "P0202", "    version: one"],
    "number beyond exactness": [(t) => t.replace("version: 1", "version: 9007199254740993"), "P0202"],
    infinity: [(t) => t.replace("version: 1", "version: .inf"), "P0202"],
    "unknown effect": [
      (t) => t.replace("effect: mutating", "effect: harmless"),
      "P0202",
      "    effect: harmless",
    ],
    "name that is a path": [(t) => t.replace(name, "../../etc/passwd"), "P0202"],
    "a list": [() => "- a\n", "P0202"],
    empty: [() => "", "P0202"],
    null: [() => "null\n", "P0202"],
  };
  test.each(Object.entries(hazards))("%s is refused where it stands", (_name, [change, code, at]) => {
    const changed = change(text);
    expect(changed).not.toBe(text);

    const diagnostics = refusal(parsePlanFile(changed));

    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    const found = diagnostics.find((diagnostic) => diagnostic.code === code);
    if (at === undefined) return;
    const line = changed.split("\n").findIndex((candidate) => candidate.startsWith(at)) + 1;
    expect(found?.position?.line).toBe(line);
    expect(found?.position?.column).toBeGreaterThan(0);
  });

  test("what YAML 1.1 would read as something else stays text", () => {
    const outcome = parsePlanFile(text.replace(/^( +why: ).*$/m, "$1NO"));

    expect(outcome).toMatchObject({ kind: "ok", plan: { steps: [{ why: "NO" }, {}] } });
  });

  test("the prototype of nothing is touched", () => {
    parsePlanFile(`${text}__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\n`);

    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("64 KiB of anything are refused in less than 100 ms", () => {
  const units = [
    "a",
    "a: ",
    "a:\n",
    "- ",
    "- - ",
    "? ",
    "{",
    "[",
    "[[",
    "{a: ",
    '"',
    "'",
    "*a ",
    "&a ",
    "&a\n",
    "!a ",
    "!!str ",
    "a: &a\n",
    "- &a b\n",
    "<<: *a\n",
    "|\n",
    "%A\n",
    "---\n",
    "...\n",
    ": ",
    "\t",
    "#a\n",
    "a: 'b'\n",
    "k: v\nk: v\n",
    "- {a: 1}\n",
    "\0",
    "\uFEFF",
    "\r",
    "\u2028",
    "é",
    "💥",
    "}",
    "]",
    ",",
  ];
  test.each(units)("%j", (unit) => {
    const hostile = unit.repeat(Math.ceil(MAX_PLAN_BYTES / Buffer.byteLength(unit))).slice(0, MAX_PLAN_BYTES);
    const fitting = Buffer.from(hostile)
      .subarray(0, MAX_PLAN_BYTES - 4)
      .toString();

    expect(refusal(parsePlanFile(fitting)).length).toBeGreaterThan(0);
    expect(cpuMs(() => parsePlanFile(fitting))).toBeLessThan(100);
  });

  test("many keys in one map", () => {
    const keys = Array.from({ length: 7_000 }, (_unused, index) => `k${index}: 1`).join("\n");

    expect(refusal(parsePlanFile(keys)).length).toBeGreaterThan(0);
    expect(cpuMs(() => parsePlanFile(keys))).toBeLessThan(100);
  });

  test.each([
    ["[", "]"],
    ["{a: ", "}"],
    ["- ", ""],
  ])("20000 levels of %j", (open, close) => {
    const deep = open.repeat(20_000) + close.repeat(20_000);

    expect(refusal(parsePlanFile(deep)).length).toBeGreaterThan(0);
    expect(cpuMs(() => parsePlanFile(deep))).toBeLessThan(100);
  });

  test("levels by indentation", () => {
    const deep = Array.from({ length: 350 }, (_unused, index) => `${" ".repeat(index)}a:`).join("\n");

    expect(refusal(parsePlanFile(deep)).length).toBeGreaterThan(0);
    expect(cpuMs(() => parsePlanFile(deep))).toBeLessThan(100);
  });

  test("more than 64 KiB, counted in bytes", () => {
    expect(refusal(parsePlanFile("é".repeat(MAX_PLAN_BYTES / 2 + 1)))).toMatchObject([{ code: "P0101" }]);
    expect(cpuMs(() => parsePlanFile("a".repeat(10_000_000)))).toBeLessThan(100);
  });
});

test("no mutation of a plan makes anything but diagnostics, or takes long", () => {
  const junk = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      "\n",
      "  ",
      "- ",
      ": ",
      "&a ",
      "*a",
      "!!x ",
      "|\n",
      '"',
      "'",
      "{",
      "}",
      "[",
      "]",
      "\0",
      "\u202e",
      "__proto__: ",
    ),
  );
  // The facts are as long again; the fuzz test mutates those too.
  const brief = writePlanFile({ ...plan, facts: undefined });
  fc.assert(
    fc.property(fc.nat(brief.length), fc.nat(40), junk, (at, remove, insert) => {
      const outcome = parsePlanFile(brief.slice(0, at) + insert + brief.slice(at + remove));

      if (outcome.kind === "refused") expect(outcome.diagnostics.length).toBeGreaterThan(0);
      else
        expect(parsePlanFile(writePlanFile(outcome.plan))).toMatchObject({ kind: "ok", plan: outcome.plan });
    }),
    { numRuns: 400 },
  );
});

describe("round trip", () => {
  test.each(recordedNames)("%s", (name) => {
    const made = planOf(recorded(name));

    expect(parsePlanFile(writePlanFile(made))).toMatchObject({ kind: "ok", plan: made });
  });

  test("whatever the texts hold", () => {
    const anyText = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 30 }),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom(
        "a\r\nb\r\n",
        " lead",
        "trail ",
        "x\n",
        "\n",
        "",
        "~",
        "null",
        "0x10",
        "--- a\n+++ b\n@@",
        "a: b\n# c",
        "\u0085\u2028",
        "\0\u001b",
        "a\u007fb",
        "\u007f\n\u007f\\x7f",
      ),
    );
    fc.assert(
      fc.property(anyText, anyText, anyText, (why, preview, value) => {
        const [first, ...others] = plan.steps;
        if (first === undefined) throw new Error("the plan has no steps");
        const step = { ...first, why, preview, expects: { "local.x": value, ...first.expects } };
        const changed: Plan = { ...plan, steps: [step, ...others] };

        expect(parsePlanFile(writePlanFile(changed))).toMatchObject({ kind: "ok", plan: changed });
      }),
      { numRuns: 300 },
    );
  });

  test("a key is written in the same order, whatever the order in memory", () => {
    expect(writePlanFile(structuredClone(plan))).toBe(text);
    expect(text.startsWith("# yaml-language-server: $schema=")).toBe(true);
  });
});
