import { describe, expect, it } from "vitest";
import { catalog } from "../../../../src/targets/local/tools/index.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { planFor, planOfSteps, run } from "../../../fakes/fake-run.ts";
import { answers, meanwhile } from "../../../fakes/faults.ts";

const up = catalog.retry_local_compose_up;
const recreate = catalog.recreate_services;
const cleanup = catalog.cleanup_partial_local_artifacts;

/** The files have another port than the running backend was made with. */
function movedWorld() {
  const world = worlds.healthyWorld();
  world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "8085:8080"));
  return world;
}

describe("recreate_services", () => {
  const devlake = { services: ["devlake"] };

  it("is refused while a container of this project that Compose does not know holds a port", async () => {
    const world = movedWorld();
    const stray = world.engine.add({
      name: "devlake-lake-1",
      image: "old",
      project: "devlake",
      service: "lake",
      ports: [{ published: 8085, protocol: "tcp" }],
    });
    stray.state = "running";
    const { facts } = await world.eyes().inspect();

    const unmet = recreate.check(devlake, facts);

    expect(unmet).toMatchObject([{ fact: "local.port.8085.holder" }]);
    expect(unmet[0]?.message).toContain('service "lake"');
  });

  it("takes a port over from the container that it replaces", async () => {
    const world = movedWorld();
    const plan = await planOfSteps(world, { tool: recreate.name, args: devlake });

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("repaired");
    expect(world.engine.ofService("devlake", "devlake")?.ports).toEqual([
      { published: 8085, protocol: "tcp" },
    ]);
  });

  it("has failed when its new port is taken meanwhile, and names the container that it left", async () => {
    const world = movedWorld();
    const plan = await planOfSteps(world, { tool: recreate.name, args: devlake });
    world.faults.add(meanwhile("compose.recreate", () => world.engine.listeners.set(8085, "thief")));

    const { account } = await run(world, plan);

    expect(account.steps[0]).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("there are now: devlake-devlake-1 (created)"),
    });
    expect(account.outcome).toBe("failed");
    expect(account.reason).toContain("devlake is created and was running");
  });

  it("is refused without an encryption secret", async () => {
    const world = movedWorld();
    world.put(".env", worlds.envText.replace(worlds.secret, ""));
    const { facts } = await world.eyes().inspect();

    expect(recreate.check(devlake, facts)).toContainEqual(
      expect.objectContaining({ fact: "local.backend.encryption-secret" }),
    );
  });
});

describe("cleanup_partial_local_artifacts", () => {
  it.each([
    ["a running container", { services: ["mysql"], containers: [] }],
    ["a container of another project", { services: [], containers: ["jenkins-8080"] }],
    ["a service that does not exist", { services: ["constructor"], containers: [] }],
    ["nothing", { services: [], containers: [] }],
  ])("is refused for %s", async (_name, args) => {
    const world = worlds.portConflictWorld(8080, "container");
    const { facts } = await world.eyes().inspect();

    expect(cleanup.check(args, facts).length).toBeGreaterThan(0);
  });

  it("is refused for a container that exited and could be started again", async () => {
    const { facts } = await worlds.stoppedWorld().eyes().inspect();

    expect(cleanup.check({ services: ["mysql"], containers: [] }, facts)).toHaveLength(1);
  });

  it("removes nothing when a name leads to another container by now", async () => {
    const world = worlds.brokenContainersWorld();
    const { plan } = await planFor(world);
    const mysql = world.engine.ofService("devlake", "mysql");
    if (mysql === undefined) throw new Error("no mysql");
    const other = world.engine.details({ ...mysql, name: "ci-mysql-1" });
    world.faults.add(
      answers("docker.inspect", other, "none", { nth: world.faults.next("docker.inspect") + 5, every: true }),
    );

    const { account } = await run(world, plan);

    expect(account.steps[0]?.state).not.toBe("done");
    expect(world.writes().filter(({ operation }) => operation === "docker.removeContainer")).toEqual([]);
  });
});

describe("update_state_file", () => {
  it("does not write over a file that has appeared meanwhile", async () => {
    const world = worlds.portConflictWorld();
    for (const port of [8085, 3004, 4004]) worlds.takePort(world, port, "process");
    const { plan } = await planFor(world);
    expect(plan.steps.map(({ tool }) => tool)).toContain("update_state_file");
    world.faults.add(
      meanwhile("files.replace", () => world.put(".devlake-local.json", '{"mine": 1}'), { nth: 2 }),
    );

    const { account } = await run(world, plan);

    expect(world.text(".devlake-local.json")).toBe('{"mine": 1}');
    expect(account.outcome).toBe("failed");
  });

  it("takes a file back that did not exist before", async () => {
    const world = worlds.portConflictWorld();
    const plan = await planOfSteps(
      world,
      { tool: "update_state_file", args: {} },
      { tool: "rewrite_local_ports_to_alt_bundle", args: { bundle: { devlake: 8085 } } },
    );
    world.faults.add(answers("files.replace", undefined, "none", { nth: 2 }));

    const { account } = await run(world, plan);

    expect(account.steps.map(({ state }) => state)).toEqual(["restored", "failed"]);
    expect(world.text(".devlake-local.json")).toBeUndefined();
    expect(account.outcome).toBe("failed-restored");
  });
});

describe("a service with a provider, which is a program that Compose would start,", () => {
  const evil = worlds.composeText.replace("  mysql:\n", "  mysql:\n    provider: {type: ./evil}\n");

  it("is not brought up by any step", async () => {
    const world = worlds.stoppedWorld();
    world.put("docker-compose.yml", evil);
    const { facts } = await world.eyes().inspect();
    const { start_stopped_services: start } = catalog;
    const chosen = { services: ["mysql", "devlake"] };

    const unmet = [up.check(chosen, facts), recreate.check(chosen, facts), start.check(chosen, facts)];

    for (const problems of unmet) {
      expect(problems).toContainEqual({
        fact: "local.service.mysql.model",
        message: expect.stringContaining(
          'service "mysql" has provider type "./evil", a program that Compose would start',
        ),
      });
    }
    for (const tool of [up, recreate, start])
      expect(tool.reads(chosen, facts).map(({ id }) => id)).toContain("local.service.mysql.model");
  });

  it("leaves the repair to a person", async () => {
    const world = worlds.stoppedWorld();
    world.put("docker-compose.yml", evil);

    const { plan } = await planFor(world);

    expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
    expect(JSON.stringify(plan)).toContain("./evil");
  });
});
