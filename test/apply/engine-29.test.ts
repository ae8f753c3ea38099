import { describe, expect, it } from "vitest";
import { classify } from "../../src/classify/classify.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import { answers, meanwhile } from "../fakes/faults.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";

/** On Engine 29 everything of DevLake is stopped. */
function stoppedOn29(): FakeWorld {
  const world = worlds.stoppedWorld();
  world.engine.generation = 29;
  return world;
}

/** A start fails on a port that somebody took and then gave free; its answer is one that is tried again. */
const failed = { kind: "failed", exitCode: 1, stderr: "read: i/o timeout\n" };

describe("Engine 29, where a failed start takes a container off its network", () => {
  it("never counts on the second attempt, which would succeed and be deaf", async () => {
    const world = stoppedOn29();
    const { plan } = await planFor(world);
    world.faults.add({
      operation: "compose.start",
      nth: 1,
      instead: async <T>(real: () => Promise<T>) => {
        world.engine.listeners.set(8080, "java");
        await real();
        world.engine.listeners.delete(8080);
        return failed as T;
      },
    });

    const { account } = await run(world, plan);

    expect(account.steps).toMatchObject([
      {
        state: "failed",
        attempts: 1,
        reason: expect.stringContaining("devlake is cut off from its network"),
      },
    ]);
    expect(world.writes().filter(({ operation }) => operation === "compose.start")).toHaveLength(1);
  });

  it("does not believe a start that succeeded without a network, nor waits for its health", async () => {
    const world = stoppedOn29();
    const { plan } = await planFor(world);
    const backend = world.engine.ofService(world.project, "devlake");
    world.faults.add(
      meanwhile("compose.start", () => {
        if (backend !== undefined) backend.networkIds = [];
      }),
    );
    const begin = world.clock.monotonicMs();

    const { account } = await run(world, plan);

    expect(account.steps).toMatchObject([
      { state: "failed", reason: expect.stringContaining("devlake is cut off from its network") },
    ]);
    expect(world.clock.monotonicMs() - begin).toBeLessThan(20_000);
  });

  it("escalates what such a start has left, with the command that keeps the container", async () => {
    const world = stoppedOn29();
    const { plan } = await planFor(world);
    world.faults.add(meanwhile("compose.start", () => world.engine.listeners.set(8080, "java")));
    await run(world, plan);
    world.engine.listeners.clear();

    const { facts } = await world.eyes().inspect();

    expect(classify(facts)).toMatchObject([{ class: "network_cut_off", severity: "blocking" }]);
    expect(classify(facts)[0]?.nextSteps[0]).toContain(
      "`docker network connect --alias devlake devlake_default devlake-devlake-1`",
    );
    expect(planOffline(facts).steps).toBeUndefined();
  });

  it("still moves the ports of a first start that failed, which makes the container anew", async () => {
    const world = worlds.freshWorld();
    world.engine.generation = 29;
    worlds.takePort(world, 8080, "process");
    const config = world.config();
    if (config.kind === "valid") world.engine.up(config.model);
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.recreate", failed, "none"));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("repaired");
  });
});
