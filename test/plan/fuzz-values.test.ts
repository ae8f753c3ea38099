import * as fc from "../seeded-fast-check.ts";
import { expect, test } from "vitest";
import { checkMutant, fuzzRuns } from "./judge-mutants.ts";
import { mutatedValue } from "./mutated-plans.ts";

const numRuns = Math.ceil(fuzzRuns * 0.15);

test(
  "plans with other values are judged without an exception, in time, as the schema says",
  { timeout: 900_000 },
  () => {
    const tally = { accepted: 0, compiled: 0, schema: 0, yaml: 0 };

    fc.assert(
      fc.property(mutatedValue, (subject) => checkMutant(subject, tally)),
      { numRuns },
    );

    expect(tally.accepted).toBeGreaterThan(numRuns / 50);
    expect(tally.schema).toBeGreaterThan(numRuns / 4);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  },
);
