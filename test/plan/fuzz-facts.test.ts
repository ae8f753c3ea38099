import * as fc from "../seeded-fast-check.ts";
import { expect, test } from "vitest";
import { factsOfBundle } from "../../src/core/facts-bundle.ts";
import { FactEntrySchema, type FactEntry, type Facts } from "../../src/core/fact.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { checkRecorded } from "../../src/plan/checks/check-recorded.ts";
import {
  MAX_PLAN_BYTES,
  parsePlanFile,
  writePlanFile,
  type ParsedPlan,
} from "../../src/plan/files/plan-file.ts";
import { fuzzRuns } from "./judge-mutants.ts";
import { textMutation, type Mutation } from "./mutated-plans.ts";
import { parsed, planOf, recorded, recordedNames, type Recorded } from "./recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const numRuns = Math.ceil(fuzzRuns / 20);
const bases = new Map(
  recordedNames.map((name) => {
    const source = recorded(name);
    return [name, { ...source, plan: parsed(planOf(source)) }];
  }),
);

/** Most of what facts hold are numbers and texts; other kinds are refused by their schemas. */
interface LeafChange {
  readonly text: Mutation;
  readonly number: number;
  readonly where: number;
}

const leafChange: fc.Arbitrary<LeafChange> = fc.record({
  text: textMutation,
  number: fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, 1, 65_535, 65_536, 8080, -0),
  ),
  where: fc.nat(),
});

/** A bundle says these a second time, beside its facts. */
const ofTarget = new Set(["local.compose.project", "local.engine.id", "local.project.volumes"]);

/** Most facts are log lines, which are searched for few words; every tenth is enough. */
function isUsualLogLine(id: string): boolean {
  return id.startsWith("local.log.") && !id.endsWith("1");
}

/** The name of recorded facts, and what stands there instead. */
const anyFacts = fc
  .record({
    name: fc.constantFrom(...recordedNames),
    changes: fc.array(fc.record({ fact: fc.nat(), leaf: leafChange }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ name, changes }) => {
    const { facts } = baseNamed(name);
    const ids = [...facts.keys()].filter((id) => !ofTarget.has(id) && !isUsualLogLine(id));
    const changed = changes.map(({ fact, leaf }) => {
      const id = ids[fact % ids.length] ?? "";
      return [id, withLeaf(facts.get(id), leaf)] as const;
    });
    return { name, changed: changed.filter(([id, entry]) => isFact(id, entry)) };
  });

function baseNamed(name: string): Recorded & { readonly plan: ParsedPlan } {
  const base = bases.get(name);
  if (base === undefined) throw new Error(`no facts are recorded as ${name}`);
  return base;
}

function isFact(id: string, entry: FactEntry): boolean {
  return factsOfBundle({ facts: { [id]: entry } }, localFamily.factKinds).problems.length === 0;
}

function withLeaf(entry: FactEntry | undefined, { text, number, where }: LeafChange): FactEntry {
  const copy = structuredClone(entry);
  const leaves = leavesIn(copy);
  const [holder, key] = leaves[where % Math.max(1, leaves.length)] ?? [{}, ""];
  const value = holder[key];
  if (typeof value === "string") holder[key] = text(value);
  if (typeof value === "number") holder[key] = number;
  if (typeof value === "boolean") holder[key] = !value;
  return FactEntrySchema.parse(copy);
}

function leavesIn(value: unknown): readonly (readonly [Record<string, unknown>, string])[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.entries(holder).flatMap(([key, member]) =>
    typeof member === "object" ? leavesIn(member) : [[holder, key] as const],
  );
}

test(
  "whatever facts say, a plan is made of them that they prove, and other plans are judged by them",
  { timeout: 900_000 },
  () => {
    const outcomes = new Map<string, number>();
    const count = (name: string): void => void outcomes.set(name, (outcomes.get(name) ?? 0) + 1);

    fc.assert(
      fc.property(anyFacts, ({ name, changed }) => {
        const base = baseNamed(name);
        const facts = new Map([...base.facts, ...changed]);
        const { diagnostics, stale } = checkPlan(localFamily, base.plan, facts);
        count(diagnostics.length > 0 ? "refused" : stale.length > 0 ? "stale" : "fits");
        const plan = planOf({ facts, target: base.target });
        count(plan.outcome);
        expect(ownProblems(plan, facts)).toEqual([]);
      }),
      { numRuns },
    );

    for (const name of ["refused", "stale", "fits", "repair", "escalate", "healthy"])
      expect([name, outcomes.get(name) ?? 0]).toEqual([name, expect.toSatisfy((n) => n > numRuns / 100)]);
  },
);

function ownProblems(plan: ReturnType<typeof planOf>, facts: Facts): readonly unknown[] {
  const text = writePlanFile(plan);
  const read = parsePlanFile(text);
  // Names of any length stand in such facts; a plan that got too long is refused when it is saved.
  if (read.kind === "refused") return Buffer.byteLength(text) > MAX_PLAN_BYTES ? [] : read.diagnostics;
  return [
    ...checkRecorded(localFamily, read).filter(({ code }) => code !== "P0412"),
    ...checkPlan(localFamily, read, facts).diagnostics,
    ...checkPlan(localFamily, read, facts).stale,
  ];
}
