import { expect, test } from "vitest";
import { stages } from "../../../../src/targets/local/rules/stages.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import { findingClasses } from "../../../../src/targets/local/facts/finding-classes.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { recorded, recordedNames } from "../../../plan/recorded-facts.ts";
import { worthKnowing, writtenFacts } from "./written-facts.ts";

const rules = stages.flat();
const healthy = (): FactsDraft => new FactsDraft(recorded("healthy").facts);

const all: readonly Facts[] = [
  ...recordedNames.map((name) => recorded(name).facts),
  healthy().set(local.containerState("mysql"), "exited").set(local.containerOomKilled("mysql"), true).facts(),
  healthy().set(local.containerNetworkCutOff("mysql"), "devlake_default").facts(),
  ...writtenFacts.map(({ facts }) => facts),
  healthy()
    .set(local.madeFrom(), { status: "other_files", services: ["devlake"], directory: "/srv/lake" })
    .facts(),
  ...worthKnowing,
  healthy().set(local.composeCommand(), { flavour: "standalone", version: "1.29.2" }).facts(),
];

test.each(rules)("the rule of $classes finds these classes and no other", ({ classes, detect }) => {
  const found = new Set(all.flatMap((facts) => detect(facts)).map((detection) => detection.class));

  expect([...found].filter((name) => !classes.includes(name))).toEqual([]);
  expect(found.size).toBeGreaterThan(0);
});

test("the rules' classes are those that findings may have", () => {
  const named = new Set(rules.flatMap(({ classes }) => classes));

  expect([...named].toSorted()).toEqual([...findingClasses].toSorted());
});
