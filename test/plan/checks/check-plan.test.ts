import { describe, expect, test } from "vitest";
import { FactsDraft, type Facts } from "../../../src/core/fact.ts";
import * as local from "../../../src/targets/local/facts/local-facts.ts";
import type { Plan, Step } from "../../../src/core/plan.ts";
import { checkPlan } from "../../../src/plan/checks/check-plan.ts";
import { expectationsOf, simulateStep } from "../../../src/plan/simulate.ts";
import { parsed, planOf, recorded } from "../recorded-facts.ts";
import { localFamily } from "../../../src/targets/local/family.ts";
import type { Target } from "../../../src/core/target.ts";

const source = recorded("port-8080-process");
const plan = planOf(source);
const [move, up] = plan.steps as [Step, Step];

function codesOf(changed: Plan, facts: Facts = source.facts): readonly string[] {
  return checkPlan(localFamily, parsed(changed), facts).diagnostics.map(({ code }) => code);
}

function withSteps(...steps: readonly Step[]): Plan {
  const needApproval = steps.filter(({ effect }) => effect === "mutating").length;
  const irreversible = steps.filter(({ reversible }) => reversible === "none").length;
  const summary = { ...plan.summary, steps: steps.length, needApproval, irreversible };
  return { ...plan, steps: [...steps], summary };
}

/** The step as the compiler itself would write it for other arguments, so that only the arguments are wrong. */
function stepWith(step: Step, args: Step["args"], facts: Facts = source.facts): Step {
  const simulated = simulateStep(localFamily, { tool: step.tool, args }, facts);
  if (simulated === undefined) return { ...step, args };
  return { ...step, args, expects: expectationsOf(simulated), preview: simulated.tool.preview(args, facts) };
}

test("the plan as it was made compiles", () => {
  expect(checkPlan(localFamily, parsed(plan), source.facts)).toEqual({
    diagnostics: [],
    stale: [],
    unseen: [],
  });
});

const look: Step = {
  ...stepWith({ ...up, tool: "inspect_local_port_conflicts", effect: "read" }, {}),
  reversible: "not-needed",
};

describe("a hand that edits is caught", () => {
  const edits: Readonly<Record<string, readonly [Plan, string]>> = {
    "effect lowered": [withSteps({ ...move, effect: "safe" }, up), "P0406"],
    "said to be reversible": [withSteps(move, { ...up, reversible: "full" }), "P0406"],
    "preview changed": [withSteps({ ...move, preview: move.preview.replace("8085", "8086") }, up), "P0404"],
    "preview emptied": [withSteps({ ...move, preview: "" }, up), "P0404"],
    "expects emptied": [withSteps({ ...move, expects: {} }, up), "P0405"],
    "one expected fact removed": [
      withSteps({ ...move, expects: without(move.expects, "local.port.8085.holder") }, up),
      "P0405",
    ],
    "two steps with one id": [withSteps(move, { ...up, id: "s1" }), "P0301"],
    "step duplicated": [withSteps(move, { ...move, id: "s3", expects: {} }, up), "P0401"],
    "last step removed": [withSteps(move), "P0403"],
    "first step removed": [withSteps(stepWith(up, up.args)), "P0401"],
    "order swapped": [withSteps(stepWith(up, up.args), stepWith(move, move.args)), "P0401"],
    "unknown tool": [withSteps({ ...move, tool: "run_shell" }, up), "P0302"],
    "tool named like a property": [withSteps({ ...move, tool: "constructor" }, up), "P0302"],
    "unknown version": [withSteps({ ...move, version: 9 }, up), "P0302"],
    "unknown argument": [withSteps({ ...move, args: { ...move.args, image: "evil" } }, up), "P0303"],
    "argument of another type": [
      withSteps({ ...move, args: { bundle: { devlake: "8085; id" } } }, up),
      "P0303",
    ],
    "port that was not looked at": [withSteps(stepWith(move, { bundle: { devlake: 22 } }), up), "P0401"],
    "port that is held": [withSteps(stepWith(move, { bundle: { devlake: 3306 } }), up), "P0401"],
    "port 0": [withSteps({ ...move, args: { bundle: { devlake: 0 } } }, up), "P0303"],
    "foreign service": [withSteps(stepWith(move, { bundle: { jenkins: 8085 } }), up), "P0401"],
    "no service": [withSteps({ ...move, args: { bundle: {} } }, up), "P0303"],
    "unknown finding": [withSteps({ ...move, fixes: ["f9"] }, up), "P0304"],
    "counts wrong": [{ ...plan, summary: { ...plan.summary, needApproval: 0 } }, "P0407"],
    "called healthy": [{ ...plan, outcome: "healthy" }, "P0408"],
    "a repair of nothing": [withSteps(), "P0408"],
    "a repair that only looks": [withSteps(look), "P0409"],
  };
  test.each(Object.entries(edits))("%s", (_name, [edited, code]) => {
    expect(codesOf(edited)).toContain(code);
  });

  test("each with its place in the file", () => {
    const [found] = checkPlan(
      localFamily,
      parsed(withSteps({ ...move, effect: "safe" }, up)),
      source.facts,
    ).diagnostics;

    expect(found).toMatchObject({ path: "steps.0.effect", position: { column: expect.any(Number) } });
    expect(found?.position?.line).toBeGreaterThan(1);
  });

  test("a container that is not this project's", () => {
    const facts = new FactsDraft(source.facts).set(local.containerState("devlake"), "dead").facts();
    const step: Step = {
      ...up,
      id: "s3",
      tool: "cleanup_partial_local_artifacts",
      version: 2,
      effect: "mutating",
      reversible: "not-needed",
    };

    for (const args of [
      { services: [], containers: ["jenkins"] },
      { services: ["jenkins"], containers: [] },
      { services: ["mysql"], containers: [] },
    ]) {
      expect(codesOf(withSteps(move, stepWith(step, args, facts)), facts)).toContain("P0401");
    }
  });

  test("a step that changes nothing", () => {
    const healthy = recorded("healthy");
    const wait = stepWith(
      { ...up, id: "s1", tool: "wait_until_healthy", effect: "safe", reversible: "not-needed", fixes: [] },
      {},
      healthy.facts,
    );
    const idle: Plan = {
      ...planOf(healthy),
      outcome: "repair",
      steps: [wait],
      summary: { ...plan.summary, steps: 1, needApproval: 0, irreversible: 0 },
    };

    expect(codesOf(idle, healthy.facts)).toEqual(["P0402"]);
  });

  test("steps swapped as they stand", () => {
    const check = checkPlan(
      localFamily,
      parsed(withSteps({ ...up, id: "s1" }, { ...move, id: "s2" })),
      source.facts,
    );

    expect(check.diagnostics.length + check.stale.length).toBeGreaterThan(0);
  });
});

describe("what moved since is named", () => {
  test("the fact, was and is, and every step that it voids", () => {
    const facts = new FactsDraft(source.facts)
      .set(local.portHolder(8085), { kind: "process", name: "java" })
      .facts();
    const moved = {
      fact: "local.port.8085.holder",
      was: { kind: "free" },
      is: { kind: "process", name: "java" },
    };

    expect(checkPlan(localFamily, parsed(plan), facts).stale).toEqual([
      { step: "s1", ...moved },
      { step: "s2", ...moved },
    ]);
  });

  test("a step whose facts all hold is not named beside one that is stale", () => {
    const facts = new FactsDraft(source.facts).set(local.shellVariables(), { DEVLAKE_PORT: "9000" }).facts();

    expect(checkPlan(localFamily, parsed(plan), facts).stale.map(({ step }) => step)).toEqual(["s1"]);
  });

  test("a fact that an earlier step changes is expected as it is then", () => {
    expect(up.expects["local.service.devlake.model"]).not.toBe(move.expects["local.service.devlake.model"]);
  });

  test("facts that no step uses may move", () => {
    const facts = new FactsDraft(source.facts)
      .set(local.containerRestarts("grafana"), 7)
      .set(local.logLine("mysql", 1), "another line")
      .set(local.portHolderPid(8080), 1)
      .facts();

    expect(checkPlan(localFamily, parsed(plan), facts)).toEqual({ diagnostics: [], stale: [], unseen: [] });
  });

  const { target } = plan.metadata;
  const { project: _project, ...noProject } = target;
  test.each([
    ["another engine", { ...target, identity: { ...target.identity, engineId: "other" } }, "local.engine.id"],
    ["no engine", { ...target, identity: { volumes: target.identity["volumes"] ?? [] } }, "local.engine.id"],
    ["another project", { ...target, project: "other" }, "local.compose.project"],
    ["no project", noProject, "local.compose.project"],
    [
      "other volumes",
      { ...target, identity: { ...target.identity, volumes: ["x"] } },
      "local.project.volumes",
    ],
  ] satisfies [string, Target, string][])("a plan of another target: %s", (_name, other, fact) => {
    const changed: Plan = {
      ...plan,
      metadata: { ...plan.metadata, target: { ...other, identity: { ...other.identity } } },
    };

    expect(checkPlan(localFamily, parsed(changed), source.facts).stale).toMatchObject([
      { step: "target", fact },
    ]);
  });
});

function without(expects: Step["expects"], id: string): Step["expects"] {
  return Object.fromEntries(Object.entries(expects).filter(([key]) => key !== id));
}
