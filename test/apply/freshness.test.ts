import { describe, expect, it } from "vitest";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { answers, meanwhile, throwsBefore } from "../fakes/faults.ts";

describe("a fact that moved stops the step that depends on it, by name", () => {
  it.each([
    [
      "the new port is taken",
      (world: FakeWorld) => world.engine.listeners.set(8085, "java"),
      'local.port.8085.holder was {"kind":"free"}, is {"kind":"process","name":"java"}',
    ],
    [
      "the old port is free again",
      (world: FakeWorld) => world.engine.listeners.delete(8080),
      'local.port.8080.holder was {"kind":"process","name":"java"}, is {"kind":"free"}',
    ],
    [
      "the compose file was edited",
      (world: FakeWorld) => world.put("docker-compose.yml", `${worlds.composeText}# edited\n`),
      "local.compose.source.docker-compose.yml was",
    ],
  ])("%s", async (_name, change, named) => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    world.clock.pass(5_000);
    change(world);
    const before = world.snapshot();

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("stale");
    expect(account.steps[0]?.state).toBe("stale");
    expect(account.reason).toContain(named);
    expect(world.snapshot()).toBe(before);
  });

  it("while the person at the terminal thinks", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);

    const { account } = await run(world, plan, {
      decide: () => {
        world.clock.pass(2_000);
        world.engine.listeners.set(3004, "java");
        return { kind: "approved", how: "terminal" };
      },
    });

    expect(account.reason).toContain("local.port.3004.holder was");
    expect(world.writes()).toEqual([]);
  });

  it("between two steps", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    world.faults.add(
      meanwhile("files.replace", () => world.clock.in(10, () => world.engine.listeners.set(4004, "java"))),
    );

    const { account } = await run(world, plan);

    expect(account.steps.map(({ state }) => state)).toEqual(["done", "stale"]);
    expect(account.reason).toContain("local.port.4004.holder");
    expect(world.writes().map(({ operation }) => operation)).not.toContain("compose.recreate");
  });
});

it("drift in facts that the plan does not use stops nothing", async () => {
  const world = worlds.portConflictWorld();
  const { plan } = await planFor(world);
  world.clock.pass(5_000);
  world.engine.listeners.set(9999, "java");
  world.engine.add({ name: "other", image: "nginx", project: "ci", service: "x" });
  world.engine.volumes.set("ci_data", "x");
  const running = world.engine.ofService("devlake", "mysql");
  if (running !== undefined) running.logs = ["a new line"];

  const { account } = await run(world, plan);

  expect(account.outcome).toBe("repaired");
});

it("a step whose effect would be another one is stale, and the difference is said", async () => {
  const world = worlds.freshWorld();
  const { plan } = await planFor(world);
  world.clock.pass(5_000);
  world.engine.add({ name: "devlake-grafana-1", image: "x", project: "devlake", service: "grafana" });

  const { account } = await run(world, plan);

  expect(account.outcome).toBe("stale");
  expect(account.reason).toContain('local.container.grafana.state was "absent", is "created"');
});

it("a container that is now running, now restarting does not make a plan stale", async () => {
  const world = worlds.portConflictWorld();
  const grafana = world.engine.ofService("devlake", "grafana");
  if (grafana !== undefined) grafana.state = "restarting";
  const { plan } = await planFor(world);
  world.clock.pass(5_000);
  if (grafana !== undefined) grafana.state = "running";

  const { account } = await run(world, plan);

  expect(account.outcome).toBe("repaired");
});

it("a container that was started meanwhile is not removed", async () => {
  const world = worlds.brokenContainersWorld();
  const { plan } = await planFor(world);
  const left = world.engine.find("devlake-old-1");
  world.faults.add(meanwhile("docker.removeContainer", () => void (left.state = "running")));

  const { account } = await run(world, plan);

  expect(account.steps[0]?.state).toBe("failed");
  expect(account.steps[0]?.reason).toContain("running");
  expect(world.engine.find("devlake-old-1")).toBe(left);
});

describe("facts that cannot be read let nothing run", () => {
  it.each([["compose.config"], ["docker.networks"]] as const)("as when %s fails", async (operation) => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    const error = new Error(`socket hang up, ENCRYPTION_SECRET=${worlds.secret}`);
    world.faults.add(
      meanwhile("files.replace", () =>
        world.clock.in(200, () => world.faults.add(throwsBefore(operation, error, { nth: 1, every: true }))),
      ),
      meanwhile("journal.append", () => world.clock.pass(2_000), { nth: 4 }),
    );

    const { account } = await run(world, plan);

    // Facts that say that they are unavailable have moved; without any facts no step begins.
    expect(["stale", "not-run"]).toContain(account.steps[1]?.state);
    expect(["stale", "failed"]).toContain(account.outcome);
    expect(JSON.stringify(account)).not.toContain(worlds.secret);
    expect(world.writes().map((write) => write.operation)).not.toContain("compose.recreate");
  });
});

it("an effect that cannot be looked at is unknown, not missing", async () => {
  const world = worlds.freshWorld();
  const { plan } = await planFor(world);
  world.faults.add(
    answers("compose.recreate", { kind: "ok" }, "whole"),
    meanwhile("http.get", () =>
      world.clock.in(6_000, () =>
        world.faults.add(
          throwsBefore("docker.networks", new Error("socket hang up"), { nth: 1, every: true }),
        ),
      ),
    ),
  );

  const { account } = await run(world, plan);

  expect(account.steps[0]?.state).not.toBe("failed");
  expect(account.outcome).not.toBe("failed-restored");
});
