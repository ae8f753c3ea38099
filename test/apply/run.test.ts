import { describe, expect, it } from "vitest";
import { RepairError } from "../../src/core/errors.ts";
import { ResultSchema, type RunOutcome, type StepState } from "../../src/core/records/result.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, planOfSteps, run, type Ran } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { answers, meanwhile, throwsAfter, throwsBefore } from "../fakes/faults.ts";
import { localFamily } from "../../src/targets/local/family.ts";

/** Port 8080 is taken, and the state file names the old ports: s1 rewrite, s2 up, s3 state file. */
function conflict(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.put(".devlake-local.json", worlds.stateText);
  return world;
}

function states({ account }: Ran): readonly StepState[] {
  return account.steps.map(({ state }) => state);
}

describe("the planner's plan", () => {
  it.each([
    ["port 8080 held by a process", worlds.portConflictWorld()],
    ["port 3002 held by a container", worlds.portConflictWorld(3002, "container")],
    ["port 3306 held by a process", worlds.portConflictWorld(3306)],
    ["old ports in the state file", conflict()],
    ["everything stopped", worlds.stoppedWorld()],
    ["config-ui stopped", worlds.stoppedWorld(["config-ui"])],
    ["nothing ever started", worlds.freshWorld()],
    ["networks gone, a dead container and a stray one", worlds.brokenContainersWorld()],
  ])("compiles and repairs: %s", async (_name, world) => {
    const volumes = [...world.engine.volumes];
    const parsed = await planFor(world);
    const { facts } = await world.eyes().inspect();

    const check = checkPlan(localFamily, parsed, facts);
    const ran = await run(world, parsed.plan);

    expect(check).toEqual({ diagnostics: [], stale: [], unseen: [] });
    expect(ran.account).toMatchObject({ outcome: "repaired" });
    expect(new Set(states(ran))).toEqual(new Set(["done"]));
    expect([...world.engine.volumes]).toEqual(expect.arrayContaining(volumes));
  });

  it("is a result that the schema takes", async () => {
    const world = conflict();

    const { account } = await run(world, (await planFor(world)).plan);

    expect(() => ResultSchema.omit({ signer: true }).parse(account)).not.toThrow();
  });
});

interface Ending {
  readonly arrange: (world: FakeWorld, abort: AbortController) => void;
  readonly decide?: "declined" | "quit" | "missing";
  readonly states: readonly StepState[];
  readonly outcome: RunOutcome;
}

/** Every outcome there is: an outcome without an entry does not compile. */
const endings: Readonly<Record<RunOutcome, Ending>> = {
  repaired: { arrange: () => undefined, states: ["done", "done", "done"], outcome: "repaired" },
  unhealthy: {
    arrange: (world) => world.neverHealthy.add("devlake"),
    states: ["done", "done", "failed"],
    outcome: "unhealthy",
  },
  declined: {
    arrange: () => undefined,
    decide: "declined",
    states: ["declined", "not-run", "not-run"],
    outcome: "declined",
  },
  stale: {
    arrange: (world) => world.engine.listeners.set(8085, "thief"),
    states: ["stale", "not-run", "not-run"],
    outcome: "stale",
  },
  "failed-restored": {
    arrange: (world) => world.faults.add(answers("compose.recreate", failedUp, "none")),
    states: ["restored", "restored", "failed"],
    outcome: "failed-restored",
  },
  failed: {
    arrange: (world) => world.faults.add(answers("compose.recreate", { kind: "timed_out" }, "none")),
    states: ["restored", "restored", "unknown"],
    outcome: "failed",
  },
  interrupted: {
    arrange: (world, abort) =>
      world.faults.add(meanwhile("compose.recreate", () => abort.abort(new Error("interrupted by SIGTERM")))),
    states: ["done", "done", "unknown"],
    outcome: "interrupted",
  },
};

const failedUp = { kind: "failed", exitCode: 1, stderr: "no such image\n" } as const;

describe("runPlan ends", () => {
  it.each(Object.values(endings))("$outcome", async ({ arrange, decide, ...expected }) => {
    const world = conflict();
    const { plan } = await planFor(world);
    const abort = new AbortController();
    arrange(world, abort);

    const ran = await run(world, plan, {
      signal: abort.signal,
      ...(decide !== undefined && { decide: () => ({ kind: decide, reason: "no" }) }),
    });

    expect({ states: states(ran), outcome: ran.account.outcome }).toEqual(expected);
    expect(ran.account.steps.every(({ reason }) => reason !== "")).toBe(true);
    expect(ran.journal.entries.at(-1)).toMatchObject({ kind: "run_ended", outcome: expected.outcome });
    expect(ran.account.journal).toMatchObject({ length: ran.journal.length, head: ran.journal.head });
  });

  it.each(["quit", "missing"] as const)("declined, and stops there, when the answer is %s", async (kind) => {
    const world = conflict();
    const before = world.snapshot();
    const { plan } = await planFor(world);

    const ran = await run(world, plan, { decide: () => ({ kind, reason: "nobody there" }) });

    expect(states(ran)).toEqual(["declined", "not-run", "not-run"]);
    expect(ran.asked).toHaveLength(1);
    expect(world.snapshot()).toBe(before);
  });

  it("declined at the last step, with what was done before it left in place", async () => {
    const world = conflict();
    const { plan } = await planFor(world);

    const ran = await run(world, plan, {
      decide: ({ step }) =>
        step.id === "s3" ? { kind: "declined", reason: "no" } : { kind: "approved", how: "flag" },
    });

    expect(states(ran)).toEqual(["done", "done", "declined"]);
    expect(ran.account.outcome).toBe("declined");
    expect(world.text("docker-compose.yml")).toContain("8085:8080");
  });

  it("declined when the one who is asked breaks", async () => {
    const world = conflict();
    const { plan } = await planFor(world);
    world.faults.add(throwsBefore("approvals.request", new Error("read EIO")));

    const ran = await run(world, plan);

    expect(ran.account.outcome).toBe("declined");
    expect(ran.account.reason).toContain("read EIO");
  });

  it("in an error before anything is done when the plan has no steps", async () => {
    const world = worlds.healthyWorld();
    const { plan } = await planFor(world);

    await expect(run(world, plan)).rejects.toMatchObject({ code: "bad_plan" });
    expect(world.writes()).toEqual([]);
  });

  it("unhealthy when a service comes up and goes on restarting", async () => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { plan } = await planFor(world);
    world.faults.add(
      meanwhile("docker.startContainer", () => {
        const backend = world.engine.ofService(world.project, "devlake");
        if (backend !== undefined) Object.assign(backend, { restartsEveryMs: 1_300 });
      }),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("unhealthy");
    expect(account.health.every(({ healthy }) => !healthy)).toBe(true);
    expect(account.reason).toContain("without a restart");
  });

  it("interrupted, not repaired, when it is interrupted before health has held", async () => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { plan } = await planFor(world);
    const abort = new AbortController();
    world.faults.add(
      meanwhile("docker.startContainer", () =>
        world.clock.in(1_000, () => world.clock.in(900, () => abort.abort())),
      ),
    );

    const ran = await run(world, plan, { signal: abort.signal });

    expect(states(ran)).toEqual(["done"]);
    expect(ran.account.outcome).toBe("interrupted");
    expect(ran.journal.entries.map(({ kind }) => kind)).toContain("interrupted");
  });

  it("interrupted, and not declined, when it is interrupted at the question", async () => {
    const world = conflict();
    const { plan } = await planFor(world);
    const abort = new AbortController();

    const ran = await run(world, plan, {
      signal: abort.signal,
      decide: () => {
        abort.abort();
        return { kind: "quit", reason: "interrupted" };
      },
    });

    expect(ran.account.outcome).toBe("interrupted");
    expect(states(ran)).toEqual(["not-run", "not-run", "not-run"]);
  });

  it("with the account whole when nothing can be looked at any more after the last step", async () => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { plan } = await planFor(world);
    const gone = { nth: 1, every: true };
    const error = new Error("socket hang up");
    world.faults.add(
      meanwhile("docker.startContainer", () =>
        world.clock.in(1_500, () =>
          world.faults.add(
            throwsBefore("docker.containers", error, gone),
            throwsBefore("compose.config", error, gone),
          ),
        ),
      ),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("unhealthy");
    expect(account.reason).toContain("socket hang up");
    expect(account.factsAfter).toBeUndefined();
  });

  it("repaired when the engine only stumbles while it is watched", async () => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { plan } = await planFor(world);
    world.faults.add(
      meanwhile("docker.startContainer", () =>
        world.faults.add(
          throwsBefore("docker.containers", new Error("timeout"), {
            nth: world.faults.next("docker.containers"),
          }),
        ),
      ),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("repaired");
    expect(world.faults.hits).toBe(2);
  });
});

describe("runPlan refuses, whatever checked the plan before,", () => {
  it.each([
    ["an unknown tool", { tool: "rm_rf" }],
    ["another version", { version: 9 }],
    ["arguments of another shape", { args: { bundle: { devlake: "8085; reboot" } } }],
    ["an effect that needs no approval for a tool that needs one", { effect: "read" }],
  ] as const)("%s", async (_name, change) => {
    const world = conflict();
    const { plan } = await planFor(world);
    const before = world.snapshot();
    const [first, ...rest] = plan.steps;
    if (first === undefined) throw new Error("no step");

    const ran = await run(world, { ...plan, steps: [{ ...first, ...change }, ...rest] });

    expect(states(ran)).toEqual(["not-run", "not-run", "not-run"]);
    expect(ran.account.outcome).toBe("failed-restored");
    expect(ran.asked).toEqual([]);
    expect(world.snapshot()).toBe(before);
  });
});

describe("a mutation whose answer is lost", () => {
  it("is unknown when its effect is not seen, and is not repeated", async () => {
    const world = worlds.brokenContainersWorld();
    const { plan } = await planFor(world);
    world.faults.add(throwsBefore("docker.removeContainer", new Error("socket hang up")));

    const ran = await run(world, plan);

    expect(states(ran)).toEqual(["unknown", "not-run", "not-run"]);
    expect(ran.account.outcome).toBe("failed");
    expect(world.faults.next("docker.removeContainer")).toBe(2);
  });

  it("is done when its effect is seen afterwards", async () => {
    const world = worlds.stoppedWorld(["config-ui"]);
    world.engine.add({
      name: "devlake-old-1",
      image: "x",
      project: "devlake",
      service: "old",
      state: "created",
    });
    const plan = await planOfSteps(
      world,
      { tool: "cleanup_partial_local_artifacts", args: { services: [], containers: ["devlake-old-1"] } },
      { tool: "start_stopped_services", args: { services: ["config-ui"] } },
    );
    world.faults.add(throwsAfter("docker.removeContainer", new Error("socket hang up")));

    const ran = await run(world, plan);

    expect(states(ran)).toEqual(["done", "done"]);
    expect(ran.account.steps[0]?.reason).toContain("its effect was then seen");
  });

  it("of compose that timed out after it did its work is done, and is not run again", async () => {
    const world = worlds.healthyWorld();
    const page = world.engine.ofService(world.project, "config-ui");
    world.engine.containers.delete(page?.id ?? "");
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.createMissing", { kind: "timed_out" }, "whole"));
    world.faults.add(meanwhile("compose.config", () => world.clock.pass(10_000), { nth: 3 }));

    const ran = await run(world, plan);

    expect(ran.account).toMatchObject({ outcome: "repaired", steps: [{ state: "done", attempts: 1 }] });
    expect(world.faults.next("compose.createMissing")).toBe(2);
  });

  it("in any other way is looked for too: seen is done, not seen is unknown", async () => {
    const seen = worlds.portConflictWorld();
    const unseen = worlds.freshWorld();
    seen.faults.add(throwsAfter("files.replace", new Error("EIO: i/o error, close")));
    unseen.faults.add(throwsBefore("compose.createMissing", new Error("spawn EAGAIN")));

    const [done, unknown] = [
      await run(seen, (await planFor(seen)).plan),
      await run(unseen, (await planFor(unseen)).plan),
    ];

    expect(done.account).toMatchObject({
      outcome: "repaired",
      steps: [{ state: "done" }, { state: "done" }],
    });
    expect(done.account.steps[0]?.reason).toContain("EIO: i/o error, close; its effect was then seen");
    expect(unknown.account).toMatchObject({ outcome: "failed", steps: [{ state: "unknown" }] });
  });

  it("of a file that was written is taken back all the same", async () => {
    const world = conflict();
    const before = [...world.files];
    const { plan } = await planFor(world);
    const failing = new RepairError(
      "file_unwritable",
      "the directory of docker-compose.yml cannot be flushed",
    );
    world.faults.add(throwsAfter("files.replace", failing));

    const ran = await run(world, plan);

    expect(states(ran)).toEqual(["failed", "not-run", "not-run"]);
    expect(ran.account.outcome).toBe("failed-restored");
    expect([...world.files]).toEqual(before);
  });
});

it("a step that says it is done but had no effect has failed", async () => {
  const world = conflict();
  const { plan } = await planFor(world);
  world.faults.add(answers("files.replace", undefined, "none"));

  const ran = await run(world, plan);

  expect(states(ran)[0]).toBe("failed");
  expect(ran.account.steps[0]?.reason).toContain("did not have its effect");
  expect(ran.account.outcome).toBe("failed-restored");
});

it.each(["ci", undefined])("a plan for project %s touches nothing of this one", async (project) => {
  const world = worlds.brokenContainersWorld();
  const { plan } = await planFor(world);
  const { project: _own, ...target } = plan.metadata.target;
  const named = { ...target, ...(project !== undefined && { project }) };
  const before = world.snapshot();

  const ran = await run(world, { ...plan, metadata: { ...plan.metadata, target: named } });

  expect(ran.account.outcome).toBe("stale");
  expect(ran.account.reason).toContain("local.compose.project was");
  expect(world.snapshot()).toBe(before);
});
