import { expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import { composeCommand } from "../../../../src/targets/local/facts/local-facts.ts";
import { planOf, recorded } from "../../../plan/recorded-facts.ts";

const version1 = { flavour: "standalone", version: "1.29.2" } as const;

function withCompose1(facts: Facts): Facts {
  return new FactsDraft(facts).set(composeCommand(), version1).facts();
}

test("a port move under docker-compose 1.x on a new engine is handed to a person, who is told what to install", () => {
  const { facts, target } = recorded("port-8080-process");

  const plan = planOf({ facts: withCompose1(facts), target });

  expect(plan.outcome).toBe("escalate");
  expect(plan.findings.map((finding) => finding.class)).toContain("compose_missing_or_old");
  expect(plan.nextSteps).toContainEqual(expect.stringContaining("install Compose v2"));
});

test("what docker-compose 1.x can do is still planned with it: starting stopped services", () => {
  const { facts, target } = recorded("all-stopped");

  const plan = planOf({ facts: withCompose1(facts), target });

  expect(plan.steps.map(({ tool }) => tool)).toEqual(["start_stopped_services"]);
});

test("Compose 2 on the same engine is no finding", () => {
  expect(classify(recorded("healthy").facts)).toEqual([]);
});
