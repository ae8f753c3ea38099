import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { parsePlanFile, writePlanFile } from "../../src/plan/files/plan-file.ts";
import { parsed, planOf, recorded, recordedNames } from "./recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const folder = join(import.meta.dirname, "..", "fixtures", "plans");
/** `UPDATE_PLANS=1 npx vitest run --project unit test/plan/golden.test.ts` writes them anew: read the diff. */
const isUpdate = process.env["UPDATE_PLANS"] === "1";

describe.each(recordedNames)("%s", (name) => {
  const file = join(folder, `${name}.plan.yaml`);

  test("gives the committed plan, byte for byte, and the same again", () => {
    const text = writePlanFile(planOf(recorded(name)));
    if (isUpdate) writeFileSync(file, text);

    expect(text).toBe(readFileSync(file, "utf8"));
    expect(writePlanFile(planOf(recorded(name)))).toBe(text);
  });

  test("compiles on the facts that it was made from, and reads back as it was written", () => {
    const source = recorded(name);
    const plan = planOf(source);

    const back = parsePlanFile(writePlanFile(plan));

    expect(back).toMatchObject({ kind: "ok", plan });
    expect(checkPlan(localFamily, parsed(plan), source.facts)).toEqual({
      diagnostics: [],
      stale: [],
      unseen: [],
    });
  });

  test("shows no planted secret", () => {
    expect(writePlanFile(planOf(recorded(name)))).not.toMatch(/CANARY|TESTSECRET|Wr0ngPassw0rd/);
  });
});

test("every committed plan belongs to recorded facts", () => {
  const plans = readdirSync(folder).map((name) => name.replace(/\.plan\.yaml$/, ""));

  expect(plans.sort()).toEqual([...recordedNames].sort());
});
