import * as fc from "../seeded-fast-check.ts";
import { Document } from "yaml";
import type { Facts } from "../../src/core/fact.ts";
import { FactsBundleSchema, factsOfBundle } from "../../src/core/facts-bundle.ts";
import type { Plan } from "../../src/core/plan.ts";
import { MAX_PLAN_BYTES, writePlanFile } from "../../src/plan/files/plan-file.ts";
import { factsExamples, planExamples } from "../committed-examples.ts";
import { mutated } from "../mutate-json.ts";
import { planOf } from "./recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";

/** A plan to be mutated, and the facts that it was made from, where they are known. */
export interface Original {
  readonly text: string;
  readonly plan: Plan;
  readonly facts: Facts;
}

export const originals: readonly Original[] = [
  ...planExamples().map(({ bytes, plan }) => ({ text: bytes.toString("utf8"), plan, facts: new Map() })),
  ...factsExamples().map(({ bundle }) => {
    const { target, ...rest } = FactsBundleSchema.parse(bundle);
    const { facts } = factsOfBundle(rest, localFamily.factKinds);
    const plan = planOf({ facts, target });
    return { text: writePlanFile(plan), plan, facts };
  }),
];

/** As short as a plan with a step can be, and as one without: most of what a parser does wrong, it does on any text. */
const shortest: readonly Original[] = originals
  .filter(({ plan }) => plan.steps.length === 1)
  .slice(-1)
  .flatMap(({ plan, facts }) => {
    const brief: Plan = {
      ...plan,
      metadata: { ...plan.metadata, target: { ...plan.metadata.target, identity: { volumes: [] } } },
      steps: plan.steps.map((step) => ({ ...step, preview: "x", why: "x", expects: {} })),
      findings: plan.findings.map((finding) => ({ ...finding, evidence: ["x"], refutedBy: "x" })),
      verify: [],
      rejected: [],
      facts: undefined,
    };
    const none: Plan = {
      ...brief,
      outcome: "escalate",
      steps: [],
      findings: [],
      summary: { ...brief.summary, steps: 0, needApproval: 0, irreversible: 0 },
    };
    return [brief, none].map((each) => ({ text: writePlanFile(each), plan: each, facts }));
  });

/** What YAML parsers disagree about, choke on, or turn into something else. */
const hazards: readonly string[] = [
  "&a [*a]",
  "&x x",
  "*x",
  "*",
  "&",
  "<<: *x",
  "<<: { polluted: 1 }",
  "!!js/function 'return 1'",
  "!!python/object/apply:os.system ['true']",
  "!!binary aGk=",
  "!!set { a, b }",
  "!!str 1",
  "!x",
  "! x",
  "%YAML 1.1\n---\n",
  "%TAG ! tag:x,2000:\n---\n",
  "__proto__: { polluted: 1 }",
  '"__proto__": { polluted: 1 }',
  '"\\u005f_proto__": { polluted: 1 }',
  "constructor: { prototype: { polluted: 1 } }",
  "prototype: 1",
  "1: a\n'1': b",
  "kind: RepairPlan",
  "? [a, b]\n: c",
  "? ",
  ": ",
  "- ",
  "---\n",
  "...\n",
  "--- {}\n",
  "\t",
  "\ta: 1",
  "9007199254740993",
  "9".repeat(400),
  "0x1F",
  "0o17",
  "010",
  "22:22",
  "NO",
  "y",
  "on",
  "~",
  "null",
  "1.10",
  "1e3",
  "1e999",
  ".inf",
  "-.INF",
  ".nan",
  "2026-11-22",
  "|\n",
  "|9\n",
  ">-\n",
  '"\\x07\\u202e\\0"',
  '"unclosed',
  "'unclosed",
  "\0",
  "\u0007",
  "\u001b]0;owned\u0007",
  "\u007f",
  "\u0085",
  "\u2028",
  "\u202e",
  "\u2066\u2069",
  "\u200b",
  "\ufeff",
  "\ud800",
  "\r",
  "\r\n",
  "# comment",
  "#",
  ", ",
  "}",
  "]",
  "{",
  "[",
  "@a",
  "`a`",
];

/** Sizes up to beyond what a plan may have. */
const size = fc.oneof(
  { weight: 5, arbitrary: fc.nat({ max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(1_000, 5_000, 20_000, 40_000, MAX_PLAN_BYTES, 100_000) },
);

const huge: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      ["", "a", ""],
      ['"', "a", '"'],
      ["'", "''", "'"],
      ['"', "\\u202e", '"'],
      ["|\n", "      a\n", ""],
      ["", "a b ", ""],
      ["", "9", ""],
      ["[", "[", ""],
      ["", "[", "]"],
      ["", "{a: ", "}"],
      ["", "- ", "x"],
      ["", "? ", "x"],
      ["\n", "# a\n", ""],
      ["\n", "a: 1\n", ""],
      ["\n", "- a\n", ""],
      ["[", "a, ", "]"],
      ["{", "a, ", "}"],
      ["", "&a ", ""],
      ["", "!a ", ""],
      ["", "\u202e", ""],
      ["", " ", "a"],
      ["", "\n", "a"],
      ["", "💥", ""],
    ),
    size,
  )
  .map(([[before = "", unit = "", after = ""], times]) => {
    const count = Math.min(times, Math.ceil(100_000 / unit.length));
    const closing = after === "]" || after === "}" ? after.repeat(count) : after;
    return before + unit.repeat(count) + closing;
  });

const anyOriginal = fc.oneof(
  ...originals.map((original) => ({ weight: 1, arbitrary: fc.constant(original) })),
  ...shortest.map((original) => ({ weight: 4 * originals.length, arbitrary: fc.constant(original) })),
);

export type Mutation = (text: string) => string;

const at = fc.nat({ max: 1_000_000 });
const anyCharacters = fc
  .array(fc.oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0xffff }), fc.nat({ max: 0x10ffff })), {
    maxLength: 8,
  })
  .map((codes) => String.fromCodePoint(...codes));
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...hazards) },
  { weight: 2, arbitrary: anyCharacters },
  { weight: 1, arbitrary: huge },
);

export const textMutation: fc.Arbitrary<Mutation> = fc.oneof(
  // A bit of a byte.
  fc.tuple(at, fc.nat({ max: 7 })).map(([where, bit]): Mutation => (text) => {
    if (text === "") return text;
    const bytes = Uint8Array.from(Buffer.from(text));
    const index = where % bytes.length;
    return Buffer.from(bytes.with(index, (bytes[index] ?? 0) ^ (1 << bit))).toString("utf8");
  }),
  // Two tokens change places.
  fc.tuple(at, at).map(([one, other]): Mutation => (text) => {
    const tokens = text.split(/(\s+|[:,[\]{}"'])/);
    const a = one % tokens.length;
    const b = other % tokens.length;
    return tokens.map((token, index) => tokens[index === a ? b : index === b ? a : index] ?? token).join("");
  }),
  // Something is gone.
  fc.tuple(at, fc.nat({ max: 60 })).map(([where, length]): Mutation => (text) => {
    const start = where % (text.length + 1);
    return text.slice(0, start) + text.slice(start + length);
  }),
  fc
    .tuple(at, fc.integer({ min: 1, max: 3 }))
    .map(([where, count]): Mutation => onLines((lines) => lines.toSpliced(where % lines.length, count))),
  at.map(
    (where): Mutation =>
      (text) =>
        text.slice(0, where % (text.length + 1)),
  ),
  // Lines stand twice, or elsewhere.
  fc.tuple(at, at, fc.integer({ min: 1, max: 12 })).map(([from, to, count]): Mutation =>
    onLines((lines) => {
      const start = from % lines.length;
      return lines.toSpliced(to % lines.length, 0, ...lines.slice(start, start + count));
    }),
  ),
  // Another indentation.
  fc.tuple(at, fc.constantFrom("", " ", "  ", "\t", "        ")).map(([where, indent]): Mutation =>
    onLines((lines) => {
      const index = where % lines.length;
      return lines.with(index, indent + (lines[index] ?? "").trimStart());
    }),
  ),
  // Something in the text, as a line of its own, or instead of a value.
  fc.tuple(at, piece).map(([where, what]): Mutation => (text) => {
    const start = where % (text.length + 1);
    return text.slice(0, start) + what + text.slice(start);
  }),
  fc.tuple(at, piece).map(([where, what]): Mutation =>
    onLines((lines) => {
      const index = where % lines.length;
      const indent = /^[ -]*/.exec(lines[index] ?? "")?.[0].replaceAll("-", " ") ?? "";
      return lines.toSpliced(index, 0, indent + what);
    }),
  ),
  fc.tuple(at, piece).map(([where, what]): Mutation =>
    onLines((lines) => {
      const values = lines.flatMap((line, index) => (/: \S/.test(line) ? [index] : []));
      const index = values[where % Math.max(1, values.length)] ?? 0;
      return lines.with(
        index,
        (lines[index] ?? "").replace(/: \S.*$/, () => `: ${what}`),
      );
    }),
  ),
);

function onLines(edit: (lines: readonly string[]) => readonly string[]): Mutation {
  return (text) => edit(text.split("\n")).join("\n");
}

export interface Mutant {
  readonly original: Original;
  readonly text: string;
}

/** The text of a plan after one to three mutations. */
export const mutatedText: fc.Arbitrary<Mutant> = fc
  .tuple(anyOriginal, fc.array(textMutation, { minLength: 1, maxLength: 3 }))
  .map(([original, mutations]) => ({
    original,
    text: mutations.reduce((text, mutate) => mutate(text), original.text),
  }));

/** Sound YAML or JSON whose value is a plan with members of another type, missing, or added. */
export const mutatedValue: fc.Arbitrary<Mutant> = anyOriginal
  .chain((original) =>
    fc.tuple(
      fc.constant(original),
      mutated(original.plan),
      fc.constantFrom("yaml", "json", "json with prototypes"),
    ),
  )
  .map(([original, value, form]) => {
    if (form === "yaml") return { original, text: new Document(value).toString({ lineWidth: 0 }) };
    const json = JSON.stringify(value, undefined, 1);
    return {
      original,
      text: form === "json" ? json : json.replaceAll(/"(why|version|summary)":/g, '"__proto__":'),
    };
  });
