import { describe, expect, test } from "vitest";
import { containerExitCode } from "../../src/targets/local/facts/local-facts.ts";
import { defaultPolicy } from "../../src/core/policy/policy.ts";
import { assemblePlan } from "../../src/plan/assemble.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import type { ApprovalDecision, RunQuestion } from "../../src/ports/approval.ts";
import { targetOf } from "../fakes/fake-run.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { sitting } from "./sitting.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const hostile = "java\u009b31m\u202e";

/** The backend's port is held by a process whose name would repaint the terminal. */
function hostileWorld(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.engine.listeners.set(8080, hostile);
  return world;
}

describe("JSON on a terminal", () => {
  test.each([
    ["repair inspect", ["inspect"]],
    ["repair --plan-only --json", ["--plan-only", "--json"]],
    ["repair --json", ["--json"]],
  ])("%s shows what could repaint it as escapes, which parse to the same", async (_what, args) => {
    const { repair, text, printed } = sitting(hostileWorld());

    await repair(...args);

    expect(text()).not.toMatch(/[\u009b\u202e]/);
    expect(printed).toHaveLength(1);
    if (!args.includes("--json") || args.includes("--plan-only")) {
      expect(JSON.stringify(JSON.parse(text()))).toContain(JSON.stringify(hostile).slice(1, -1));
    }
  });
});

describe("the question before anything begins", () => {
  const no: ApprovalDecision = { kind: "declined", reason: "the plan was declined at the terminal" };

  test.each([
    ["of a plan that asks about no step", () => worlds.stoppedWorld(), 0],
    ["of one that asks about its steps again", () => worlds.portConflictWorld(), 2],
  ])("%s: no changes nothing, and the plan can be applied later", async (_what, make, asking) => {
    const world = make();
    const questions: RunQuestion[] = [];
    const answers = [no];
    const { repair, saved } = sitting(
      world,
      {},
      {
        confirm: (question) => {
          questions.push(question);
          return answers.shift() ?? { kind: "approved", how: "terminal" };
        },
      },
    );
    const before = world.snapshot();

    await expect(repair()).rejects.toMatchObject({
      code: "approval_missing",
      message: "the plan was declined at the terminal; nothing was changed",
    });
    expect(world.snapshot()).toBe(before);
    const [plan = ""] = saved.keys();
    expect([...saved.keys()]).toEqual([plan]);

    expect(await repair("--apply", plan)).toBe(0);
    expect(questions).toHaveLength(2);
    expect(questions[1]).toMatchObject({ asking, isResumed: false });
  });

  test("is not asked where flags have answered", async () => {
    const world = worlds.stoppedWorld();
    const asked: RunQuestion[] = [];
    const confirm = (question: RunQuestion): ApprovalDecision => {
      asked.push(question);
      return no;
    };
    const { repair } = sitting(world, {}, { confirm });

    expect(await repair("--no-input")).toBe(0);
    expect(asked).toEqual([]);
  });
});

describe("--dir", () => {
  test("stands in every command that is printed", async () => {
    const { repair, saved, text } = sitting(worlds.portConflictWorld());

    await repair("--plan-only", "--dir", "my lake");
    const [plan = ""] = saved.keys();
    expect(text()).toContain(`\n   gh devlake repair --apply ${plan} --dir "my lake"\n`);

    await repair("--apply", plan, "--dir", "my lake");
    const result = plan.replace(/\.yaml$/, ".result.json");
    expect(text()).toContain(`\n   gh devlake repair verify ${result} --dir "my lake"\n`);
  });

  test("stands in those about saved facts, too", async () => {
    const { repair, text } = sitting(worlds.portConflictWorld());

    await repair("inspect", "-o", "b.json", "--dir", "my lake");
    expect(text()).toContain(`\n   gh devlake repair --plan-only --facts b.json --dir "my lake"\n`);

    await repair("--plan-only", "--facts", "b.json", "-o", "c.plan.yaml", "--dir", "elsewhere");
    expect(text()).toContain(`\n   gh devlake repair --apply c.plan.yaml --dir elsewhere\n`);
  });

  test("stands in the hint about a plan that was applied, or is too old", async () => {
    const world = worlds.portConflictWorld();
    const { repair, saved } = sitting(world);
    await repair("--plan-only", "--dir", "my lake");
    const [plan = ""] = saved.keys();
    await repair("--apply", plan, "--dir", "my lake");
    const hint = expect.stringContaining('gh devlake repair --plan-only --dir "my lake"');

    const again = repair("--apply", plan, "--dir", "my lake");
    await expect(again).rejects.toMatchObject({ code: "plan_spent", hint });
    world.clock.pass(25 * 3_600_000);
    const late = repair("--apply", plan, "--dir", "my lake");
    await expect(late).rejects.toMatchObject({ code: "plan_expired", hint });
  });

  test("stands in the hint about a plan that is broken", async () => {
    const { repair, saved } = sitting(worlds.portConflictWorld());
    saved.set("x.plan.yaml", "kind: RepairPlan\n");

    await expect(repair("--apply", "x.plan.yaml", "--dir", "my lake")).rejects.toMatchObject({
      code: "bad_plan",
      hint: expect.stringContaining('gh devlake repair --plan-only --dir "my lake"'),
    });
  });

  test("forgotten is said first, not that every fact of the plan has moved", async () => {
    const world = worlds.portConflictWorld();
    const { repair, saved } = sitting(world);
    await repair("--plan-only");
    const [plan = ""] = saved.keys();
    world.files.delete("docker-compose.yml");

    await expect(repair("--apply", plan)).rejects.toMatchObject({
      code: "no_compose_file",
      hint: expect.stringContaining("--dir DIRECTORY"),
    });
  });
});

describe("repair", () => {
  test("refuses another deployment's plan before it asks who approves", async () => {
    const { repair, saved } = sitting(worlds.portConflictWorld());
    await repair("--plan-only", "-o", "x.plan.yaml");
    const there = sitting(worlds.portConflictWorld());
    const plan = saved.get("x.plan.yaml") ?? "";
    there.saved.set("x.plan.yaml", plan.replaceAll(/engineId: \S+/g, "engineId: ANOTHER"));
    there.saved.set("same.plan.yaml", plan);

    await expect(there.repair("--apply", "same.plan.yaml", "--approve", "s2")).rejects.toMatchObject({
      code: "approval_missing",
    });
    await expect(there.repair("--apply", "x.plan.yaml", "--approve", "s2")).rejects.not.toMatchObject({
      code: "approval_missing",
    });
  });

  test("says where DevLake is, when that has changed", async () => {
    const moved = sitting(worlds.portConflictWorld());
    await moved.repair();
    expect(moved.text()).toContain(
      [
        "",
        "DevLake is now at",
        "   config-ui  http://localhost:4004",
        "   Grafana    http://localhost:3004",
        "   backend    http://localhost:8085",
        "",
      ].join("\n"),
    );

    const started = sitting(worlds.stoppedWorld());
    await started.repair();
    expect(started.text()).toContain("✓ Repaired");
    expect(started.text()).not.toContain("DevLake is now at");
  });

  test("tells the findings of the plan before its steps", async () => {
    const { repair, events } = sitting(worlds.portConflictWorld());

    await repair();

    const types = events.map(({ type }) => type);
    const findings = events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
    expect(findings).toMatchObject([{ id: "f1", class: "port_conflict_host_process", severity: "blocking" }]);
    expect(types.indexOf("finding")).toBeLessThan(types.indexOf("step_started"));
  });

  test("counts the time of a step, not that of the person who was asked", async () => {
    const { repair, events } = sitting(worlds.portConflictWorld());

    await repair();

    const [first] = events.filter((event) => event.type === "step_ended");
    expect(first).toMatchObject({ state: "done" });
    expect(first?.ms).toBeLessThan(10_000);
  });

  test.each([["--approve", "s1"], ["--timeout", "abc"], ["--detailed-exitcode"]])(
    "looks at nothing and writes nothing when its flags are wrong: %s",
    async (...args) => {
      const { repair, saved, events } = sitting(worlds.portConflictWorld());

      await expect(repair(...args)).rejects.toMatchObject({ code: "usage" });

      expect(saved.size).toBe(0);
      expect(events).toEqual([]);
    },
  );

  test("asks for no model to apply a plan, so the name of a wrong one is no matter there", async () => {
    const world = worlds.portConflictWorld();
    const planned = sitting(world);
    await planned.repair("--plan-only");
    const [[plan, text] = ["", ""]] = planned.saved;
    const applied = sitting(world, { GH_DEVLAKE_MODEL_PROVIDER: "foo" });
    applied.saved.set(plan, text);

    await applied.repair("--apply", plan);

    expect(applied.text()).toContain("✓ Repaired");
    await expect(applied.repair()).rejects.toThrow('GH_DEVLAKE_MODEL_PROVIDER is "foo"');
  });
});

/** Sound by itself: a service is said to have ended otherwise than it did. */
async function forged(world: FakeWorld): Promise<string> {
  const { facts } = await world.eyes().inspect();
  const madeUp = new Map([...facts, [containerExitCode("devlake").id, { value: 143 }]]);
  const origin = {
    family: localFamily,
    target: targetOf(facts),
    createdAt: world.clock.now(),
    policy: defaultPolicy,
  };
  return writePlanFile(assemblePlan(madeUp, planOffline(localFamily, madeUp), origin));
}

describe("a finding that was made up together with the facts in the plan", () => {
  test("is not applied, and both are told: what the plan says and what is so", async () => {
    const world = worlds.stoppedWorld();
    const { repair, saved } = sitting(world);
    saved.set("x.plan.yaml", await forged(world));

    await expect(repair("--apply", "x.plan.yaml")).rejects.toMatchObject({
      code: "plan_stale",
      message: expect.stringMatching(
        /does not show what the plan says:\n {2}f1: service_stopped \(blocking\): .*devlake \(exit 143\).*\n {6}here: service_stopped \(blocking\): /,
      ),
      hint: expect.stringContaining("nothing was changed"),
    });
    expect(world.writes()).toEqual([]);
  });

  test("passes lint alone, which has no other facts, and not with --live", async () => {
    const world = worlds.stoppedWorld();
    const { repair, saved, text } = sitting(world);
    saved.set("x.plan.yaml", await forged(world));

    expect(await repair("lint", "x.plan.yaml")).toBe(0);
    expect(await repair("lint", "--live", "x.plan.yaml")).toBe(9);
    expect(text()).toMatch(/error\[P0603\]: the facts here do not show f1, service_stopped/);
  });
});

describe("a broken file is told of the same way wherever it is given", () => {
  const policy = [
    "apiVersion: devlake-repair.policy/v1",
    "kind: RepairPolicy",
    "tools: { deny: [clean_up] }",
    "minimumConfidence: 9",
    "limits: {}",
    "",
  ].join("\n");
  const policySays = [
    /P0302.*"clean_up" is none of: /s,
    /P0202.*9 must be <= 1/s,
    /unknown field "limits".*the fields here are: .*bounds/s,
  ];

  test.each([
    ["lint", ["lint", "p.yaml"]],
    ["--plan-only --policy", ["--plan-only", "--policy", "p.yaml"]],
    ["inspect --policy", ["inspect", "--policy", "p.yaml"]],
  ])("a policy: %s", async (_what, args) => {
    const { repair, saved, text } = sitting(worlds.portConflictWorld());
    saved.set("p.yaml", policy);

    const said = await repair(...args).then(text, (thrown: Error) => thrown.message);

    for (const one of policySays) expect(said).toMatch(one);
  });

  test.each([
    ["lint", ["lint"]],
    ["show", ["show"]],
    ["--apply", ["--apply"]],
  ])("a plan: %s", async (_what, args) => {
    const { repair, saved, text } = sitting(worlds.portConflictWorld());
    await repair("--plan-only", "-o", "x.plan.yaml");
    const plan = saved.get("x.plan.yaml") ?? "";
    saved.set("x.plan.yaml", plan.replace("outcome: repair", "outcome: fixed\nlimits: 1"));

    const said = await repair(...args, "x.plan.yaml").then(text, (thrown: Error) => thrown.message);

    expect(said).toMatch(/"fixed" is none of: repair, /);
    expect(said).toMatch(/unknown field "limits".*the fields here are: .*nextSteps/s);
  });
});
