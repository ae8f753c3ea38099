import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/core/policy/policy.ts";
import { assemblePlan } from "../../src/plan/assemble.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import { recorded, recordedNames } from "./recorded-facts.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const RUN_AGAIN = "then run again: `gh devlake repair`";

function stepsOf(name: string, directory = "."): readonly string[] {
  const { facts, target } = recorded(name);
  const createdAt = new Date("2026-11-22T10:15:00Z");
  const origin = { family: localFamily, target: { ...target, directory }, createdAt, policy: defaultPolicy };
  return assemblePlan(facts, planOffline(localFamily, facts), origin).nextSteps;
}

test.each(recordedNames)("to run it again is said once, at the end: %s", (name) => {
  const steps = stepsOf(name);

  expect(steps.filter((step) => step.startsWith("then run again"))).toEqual(
    steps.at(-1) === RUN_AGAIN ? [RUN_AGAIN] : [],
  );
});

test("of two findings, each has its own steps before that", () => {
  expect(stepsOf("remote-engine-port-3002-container").slice(-3)).toEqual([
    "free the port yourself, if that container is not needed: `docker stop ci-3002-web-1`",
    "start what is stopped, as it is: `docker start devlake-config-ui-1`",
    RUN_AGAIN,
  ]);
});

describe("a deployment in another directory", () => {
  test("is gone to before anything is typed", () => {
    expect(stepsOf("config-ui-stale-address", "../d d")).toEqual([
      'go to the deployment\'s directory: `cd "../d d"`',
      ...stepsOf("config-ui-stale-address"),
    ]);
    expect(stepsOf("healthy", "../d d")).toEqual([]);
  });

  test("is not gone to when it is none of DevLake's", () => {
    expect(stepsOf("not-devlake", "../d")).toEqual(stepsOf("not-devlake"));
  });
});
