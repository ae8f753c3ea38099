import { describe, expect, it } from "vitest";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import { answers, meanwhile, throwsBefore } from "../fakes/faults.ts";
import { refusal, type FakeWorld } from "../fakes/fake-world.ts";

/** On Engine 29 everything of DevLake is stopped. */
function stoppedOn29(): FakeWorld {
  const world = worlds.stoppedWorld();
  world.engine.generation = 29;
  return world;
}

/** Compose fails in a way that is tried again. */
const failed = { kind: "failed", exitCode: 1, stderr: "read: i/o timeout\n" };

function starts(world: FakeWorld): readonly string[] {
  return world
    .writes()
    .flatMap(({ operation, what }) => (operation === "docker.startContainer" ? [what] : []));
}

function networksOf(world: FakeWorld, service: string): readonly string[] {
  return world.engine.ofService(world.project, service)?.networkIds ?? [];
}

describe("Engine 29, where a failed start takes a container off its network", () => {
  it("has the network given back at once, and the first words of the failure are the engine's", async () => {
    const world = stoppedOn29();
    const before = networksOf(world, "devlake");
    const { plan } = await planFor(world);
    world.faults.add(
      meanwhile("docker.startContainer", () => world.engine.listeners.set(8080, "java"), { nth: 2 }),
    );

    const { account, events } = await run(world, plan);

    expect(account.steps).toMatchObject([
      {
        state: "failed",
        attempts: 1,
        reason: expect.stringMatching(
          /^driver failed programming external connectivity .*8080 failed: port is already allocated \(devlake was not started\); started before: mysql$/,
        ),
      },
    ]);
    expect(before).toHaveLength(1);
    expect(networksOf(world, "devlake")).toEqual(before);
    expect(JSON.stringify(events)).toContain("the start took devlake-devlake-1 off devlake_default");
    expect(starts(world)).toEqual(["devlake-mysql-1", "devlake-devlake-1"]);
  });

  it("gives it back before another attempt, which is then no deaf success", async () => {
    const world = stoppedOn29();
    for (const service of ["mysql", "grafana", "config-ui"]) {
      const container = world.engine.ofService(world.project, service);
      if (container !== undefined) world.engine.start(container);
    }
    const { plan } = await planFor(world);
    const before = networksOf(world, "devlake");
    world.faults.add({
      operation: "docker.startContainer",
      nth: 1,
      instead: async <T>(real: () => Promise<T>) => {
        world.engine.listeners.set(8080, "java");
        await real().catch(() => undefined);
        world.engine.listeners.delete(8080);
        throw refusal("containerd: context deadline exceeded");
      },
    });

    const { account } = await run(world, plan);

    expect(account).toMatchObject({ outcome: "repaired", steps: [{ state: "done", attempts: 2 }] });
    expect(networksOf(world, "devlake")).toEqual(before);
  });

  it("connects what a start that succeeded has left without a network", async () => {
    const world = stoppedOn29();
    const { plan } = await planFor(world);
    const backend = world.engine.ofService(world.project, "devlake");
    world.faults.add(
      meanwhile("docker.startContainer", () => backend && (backend.networkIds = []), { nth: 2 }),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("repaired");
    expect(networksOf(world, "devlake")).toHaveLength(1);
  });

  it("fails, and waits for no health, where it cannot be connected again", async () => {
    const world = stoppedOn29();
    const { plan } = await planFor(world);
    const backend = world.engine.ofService(world.project, "devlake");
    world.faults.add(
      meanwhile("docker.startContainer", () => backend && (backend.networkIds = []), { nth: 2 }),
      throwsBefore("docker.connectNetwork", refusal("Address already in use"), { nth: 1, every: true }),
    );
    const begin = world.clock.monotonicMs();

    const { account } = await run(world, plan);

    expect(account.steps).toMatchObject([
      {
        state: "failed",
        reason:
          "Address already in use (container devlake-devlake-1 could not be connected to network devlake_default); started before: mysql",
      },
    ]);
    expect(world.clock.monotonicMs() - begin).toBeLessThan(20_000);
  });

  it("connects what such a start of somebody else has left, and then starts it", async () => {
    const world = stoppedOn29();
    const backend = world.engine.ofService(world.project, "devlake");
    if (backend === undefined) throw new Error("no backend");
    world.engine.listeners.set(8080, "java");
    world.engine.start(backend);
    world.engine.listeners.clear();
    expect(backend.networkIds).toEqual([]);

    const { plan } = await planFor(world);
    const { account, asked } = await run(world, plan);

    expect(plan.findings).toMatchObject([{ class: "network_cut_off", severity: "blocking" }]);
    expect(plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
      ["reconnect_networks", { services: ["devlake"] }],
      ["start_stopped_services", { services: ["config-ui", "devlake", "grafana", "mysql"] }],
    ]);
    expect(asked).toHaveLength(1);
    expect(account.outcome).toBe("repaired");
    expect(world.engine.ofService(world.project, "devlake")).toBe(backend);
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
