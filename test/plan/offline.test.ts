import { describe, expect, test } from "vitest";
import { catalog } from "../../src/targets/local/tools/index.ts";
import { toolNamed } from "../../src/targets/family.ts";
import { classify } from "../../src/targets/local/classify.ts";
import { FactsDraft, type Facts } from "../../src/core/fact.ts";
import * as local from "../../src/targets/local/facts/local-facts.ts";
import { MAX_STEPS } from "../../src/core/plan.ts";
import { defaultPolicy } from "../../src/core/policy/policy.ts";
import { assemblePlan } from "../../src/plan/assemble.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import { simulateStep, type StepDraft } from "../../src/plan/simulate.ts";
import { planOf, recorded, recordedNames } from "./recorded-facts.ts";
import { cpuMs } from "../cpu-time.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const costs = { read: 1, safe: 100, mutating: 10_000, destructive: 1_000_000 } as const;

function costOf(steps: readonly StepDraft[]): number {
  return steps.reduce(
    (sum, { tool }) => sum + costs[toolNamed(localFamily, tool)?.effect ?? "destructive"],
    0,
  );
}

function isCured(facts: Facts, severities: readonly string[]): boolean {
  return classify(facts).every(({ severity }) => !severities.includes(severity));
}

/** The least that any order of at most `depth` remedies costs: every one is tried. */
function exhaustive(facts: Facts, depth: number): number | undefined {
  if (isCured(facts, ["blocking", "degraded"])) return 0;
  if (depth === 0) return undefined;
  let best: number | undefined;
  for (const remedy of classify(facts).flatMap(({ remedies }) => remedies)) {
    const simulated = simulateStep(localFamily, remedy, facts);
    if (simulated === undefined || simulated.unmet.length > 0 || simulated.redundant) continue;
    const rest = exhaustive(simulated.after, depth - 1);
    const cost = rest === undefined ? undefined : rest + costOf([remedy]);
    if (cost !== undefined && (best === undefined || cost < best)) best = cost;
  }
  return best;
}

describe.each(recordedNames)("%s", (name) => {
  const { facts } = recorded(name);
  const { steps, rejected } = planOffline(localFamily, facts);

  test("costs no more than the cheapest of all ways of up to four steps", () => {
    // Where only something degraded has no cure, what is blocking counts: here nothing is.
    const nothingBlocks = isCured(facts, ["blocking"]) ? 0 : undefined;

    expect(steps === undefined ? undefined : costOf(steps)).toBe(exhaustive(facts, 4) ?? nothingBlocks);
  });

  test("every step can run where it stands, changes something, and what it was for is gone at the end", () => {
    let current = facts;
    for (const step of steps ?? []) {
      const simulated = simulateStep(localFamily, step, current);

      expect(simulated).toMatchObject({ unmet: [], redundant: false });
      current = simulated?.after ?? current;
    }
    if (steps !== undefined) expect(isCured(current, ["blocking"])).toBe(true);
    if ((steps?.length ?? 0) > 0) expect(isCured(current, ["degraded"])).toBe(true);
    expect(steps?.length ?? 0).toBeLessThanOrEqual(MAX_STEPS);
  });

  test("the same again, in time, with reasons that a person understands", () => {
    expect(planOffline(localFamily, facts)).toEqual({ steps, rejected });
    expect(cpuMs(() => planOffline(localFamily, facts))).toBeLessThan(250);

    for (const { tool, why } of rejected) {
      expect(Object.keys(catalog)).toContain(tool);
      expect(why).toMatch(/^it (?:cannot run as things are|would not be enough|would do too)/);
      expect(why).not.toMatch(/undefined|\[object/);
    }
  });
});

describe("a service that is started again and again beside one that is stopped", () => {
  const { facts } = recorded("mysql-stopped-backend-loops");

  test("comes up with what it depends on, so starting that is enough", () => {
    expect(planOffline(localFamily, facts)).toMatchObject({
      steps: [{ tool: "start_stopped_services", args: { services: ["mysql"] } }],
      rejected: [],
    });
  });

  test("is not cured by starting what it does not depend on", () => {
    const other = new FactsDraft(facts)
      .set(local.containerState("mysql"), "running")
      .set(local.containerState("config-ui"), "exited")
      .set(local.logLine("devlake", 999), "panic: dial tcp: lookup mysqlx on 127.0.0.11:53: no such host")
      .facts();

    expect(planOffline(localFamily, other)).toMatchObject({
      steps: undefined,
      rejected: [
        {
          tool: "start_stopped_services",
          why: expect.stringMatching(/^it would not be enough: devlake stops again and again/),
        },
      ],
    });
  });

  test("gets a new container when its own was made without the secret", () => {
    const line = "panic: ENCRYPTION_SECRET must be set in environment variable or .env file";
    const other = new FactsDraft(facts)
      .set(local.logLine("devlake", 998), "Version:  v1.0.2@abcdef0")
      .set(local.logLine("devlake", 999), line)
      .facts();

    expect(planOffline(localFamily, other).steps).toMatchObject([
      { tool: "start_stopped_services", args: { services: ["mysql"] } },
      { tool: "recreate_services", args: { services: ["devlake"] } },
    ]);
  });
});

test("a bound on the steps is kept: then there is no plan, and the next steps name the bound", () => {
  const { facts, target } = recorded("port-8080-process");
  const bounded = { ...defaultPolicy, maxSteps: 1 };
  const proposal = planOffline(localFamily, facts, bounded);
  const plan = assemblePlan(facts, proposal, {
    family: localFamily,
    target,
    createdAt: new Date(),
    policy: bounded,
  });

  expect(proposal.steps).toBeUndefined();
  expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
  expect(plan.nextSteps[0]).toBe("ask for another policy: the repair takes 2 steps, the policy allows 1");
});

test("a bound is not blamed where no number of steps would do", () => {
  const { facts } = recorded("secret-lost-while-running");

  expect(planOffline(localFamily, facts, { ...defaultPolicy, maxSteps: 1 })).not.toHaveProperty(
    "stepsNeeded",
  );
});

test("something that nothing cures is left to a person, with the steps for it", () => {
  const plan = planOf(recorded("secret-lost-while-running"));

  expect(plan).toMatchObject({ outcome: "escalate", steps: [], verify: [] });
  expect(plan.nextSteps.join("\n")).toContain("the only copy of the secret");
});

describe("what a step helps to cure", () => {
  test.each([
    ["port-8080-process", [["f1"], ["f1"]]],
    ["port-8080-and-next-bundle-taken", [["f1"], ["f1"], ["f1"]]],
    [
      "ports-8080-and-4000-processes",
      [
        ["f1", "f2"],
        ["f1", "f2"],
      ],
    ],
    ["network-pruned", [["f1"]]],
    ["ports-changed-not-applied", [["f2"], ["f1"]]],
  ])("%s", (name, fixes) => {
    expect(planOf(recorded(name)).steps.map((step) => step.fixes)).toEqual(fixes);
  });
});
