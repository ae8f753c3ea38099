import { describe, expect, it } from "vitest";
import { catalog } from "../../../../src/targets/local/tools/index.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { planOffline } from "../../../../src/plan/planners/offline.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { planFor, planOfSteps, run } from "../../../fakes/fake-run.ts";
import { undo } from "../../../fakes/fake-undo.ts";
import { answers, meanwhile, throwsAfter, throwsBefore } from "../../../fakes/faults.ts";
import { refusal, type FakeWorld } from "../../../fakes/fake-world.ts";
import { localFamily } from "../../../../src/targets/local/family.ts";

const reconnect = catalog.reconnect_networks;
const both = { services: ["mysql", "devlake"] };

async function factsOf(world: FakeWorld): Promise<Facts> {
  return (await world.eyes().inspect()).facts;
}

function networksOf(world: FakeWorld, service: string): readonly string[] {
  return world.engine.ofService(world.project, service)?.networkIds ?? [];
}

describe("reconnect_networks", () => {
  it("is the plan for containers that run off their network, which stay what they are", async () => {
    const world = worlds.cutOffWorld();
    const before = [...world.engine.containers.values()].map(({ id, env, startedAt }) => [
      id,
      env,
      startedAt,
    ]);
    const { plan } = await planFor(world);

    const { account, asked } = await run(world, plan);

    expect(plan.steps).toMatchObject([
      {
        tool: "reconnect_networks",
        args: { services: ["devlake", "mysql"] },
        effect: "mutating",
        reversible: "full",
        preview:
          "connect container devlake-devlake-1 to network devlake_default as devlake-devlake-1, devlake\n" +
          "connect container devlake-mysql-1 to network devlake_default as devlake-mysql-1, mysql\n" +
          "then wait for: backend_ready, grafana_healthy, config_ui_reaches_backend\n",
      },
    ]);
    expect(asked).toHaveLength(1);
    expect(account.outcome).toBe("repaired");
    expect(
      [...world.engine.containers.values()].map(({ id, env, startedAt }) => [id, env, startedAt]),
    ).toEqual(before);
  });

  it("shows every name and fixed address", async () => {
    const facts = new FactsDraft(await factsOf(worlds.cutOffWorld(["mysql"])))
      .set(local.containerNetworksLacking("mysql"), [
        { network: "a", id: "1", aliases: ["mysql", "db"], ipv4: "10.0.0.2", ipv6: "fd00::2" },
        { network: "b", id: "2", aliases: [] },
      ])
      .facts();

    expect(reconnect.preview({ services: ["mysql"] }, facts)).toMatch(
      /^connect container devlake-mysql-1 to network a as mysql, db with the address 10\.0\.0\.2 and fd00::2\nconnect container devlake-mysql-1 to network b\n/,
    );
  });

  it("promises no health where something else is down", async () => {
    const world = worlds.cutOffWorld();
    const ui = world.engine.ofService("devlake", "config-ui");
    if (ui !== undefined) ui.state = "exited";
    const facts = await factsOf(world);

    const after = reconnect.simulate(both, facts);

    expect(reconnect.preview(both, facts)).not.toContain("then wait for");
    expect(after.get(local.backendPhase().id)).toEqual(facts.get(local.backendPhase().id));
    expect(planOffline(localFamily, facts).steps?.map(({ tool }) => tool)).toEqual([
      "reconnect_networks",
      "start_stopped_services",
    ]);
  });

  it("is the plan for a backend that loops off its network, also in a moment in which its log says no reason", async () => {
    const facts = new FactsDraft(await factsOf(worlds.cutOffWorld(["devlake"])))
      .set(local.containerState("devlake"), "restarting")
      .set(local.containerRestarts("devlake"), 8)
      .set(local.backendPhase(), "no_answer")
      .facts();

    const planned = planOffline(localFamily, facts);

    expect(planned.steps?.map(({ tool }) => tool)).toEqual(["reconnect_networks"]);
    const after = reconnect.simulate({ services: ["devlake"] }, facts);
    expect(after.get(local.backendPhase().id)).toMatchObject({ value: "ready" });
  });

  it.each<readonly [string, RegExp, (draft: FactsDraft) => unknown]>([
    [
      "facts that name no network",
      /^the facts name no network that mysql lacks$/,
      (draft) => draft.remove(local.containerNetworksLacking("mysql")),
    ],
    [
      "a dead container",
      /^the container of mysql is dead; it cannot be connected$/,
      (draft) => draft.set(local.containerState("mysql"), "dead"),
    ],
    [
      "a service without a container",
      /^the container of mysql is absent/,
      (draft) => draft.set(local.containerState("mysql"), "absent"),
    ],
    [
      "one that runs, and whose port somebody else has by now",
      /^port 3306 of mysql is held by a process$/,
      (draft) => draft.set(local.portHolder(3306), { kind: "process", name: "mysqld" }),
    ],
  ])("is refused for %s", async (_name, message, change) => {
    const draft = new FactsDraft(await factsOf(worlds.cutOffWorld(["mysql"])));
    change(draft);

    const unmet = reconnect.check({ services: ["mysql"] }, draft.facts());

    expect(unmet.map((problem) => problem.message)).toEqual([expect.stringMatching(message)]);
  });

  it("fails in the engine's words, and takes back what it had connected", async () => {
    const world = worlds.cutOffWorld();
    const { plan } = await planFor(world);
    world.faults.add(throwsBefore("docker.connectNetwork", refusal("Address already in use"), { nth: 2 }));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("failed-restored");
    expect(account.steps[0]?.reason).toContain(
      "Address already in use (container devlake-mysql-1 could not be connected to network devlake_default)",
    );
    expect([networksOf(world, "mysql"), networksOf(world, "devlake")]).toEqual([[], []]);
  });

  it("has connected a container that waits for its next start, where Engine 28 says that it has no sandbox", async () => {
    const sandbox = refusal(`network sandbox for container ${"a".repeat(64)} not found`);
    const world = worlds.cutOffWorld(["devlake"]);
    const { plan } = await planFor(world);
    world.faults.add(throwsAfter("docker.connectNetwork", sandbox));

    const { account } = await run(world, plan);

    expect([account.outcome, account.steps[0]?.state]).toEqual(["repaired", "done"]);
    expect(networksOf(world, "devlake")).toHaveLength(1);

    const other = worlds.cutOffWorld(["devlake"]);
    other.faults.add(throwsBefore("docker.connectNetwork", sandbox));
    const { account: failed } = await run(other, (await planFor(other)).plan);
    expect(failed.steps[0]).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("network sandbox"),
    });
  });

  it("has not connected it because the network is listed after another refusal", async () => {
    const world = worlds.cutOffWorld(["devlake"]);
    const { plan } = await planFor(world);
    world.faults.add(throwsAfter("docker.connectNetwork", refusal("Address already in use")));

    const { account } = await run(world, plan);

    expect(account.steps[0]?.reason).toContain("Address already in use");
  });

  it("is seen to have worked when only the answer was lost", async () => {
    const world = worlds.cutOffWorld(["devlake"]);
    const { plan } = await planFor(world);
    world.faults.add(throwsAfter("docker.connectNetwork", new Error("socket hang up")));

    const { account } = await run(world, plan);

    expect(account.steps[0]).toMatchObject({
      state: "done",
      reason: expect.stringContaining("its effect was then seen"),
    });
  });

  it("takes off what it connected, and not what somebody else did", async () => {
    const world = worlds.cutOffWorld();
    const own = world.engine.ensureNetwork(world.project);
    const plan = await planOfSteps(
      world,
      { tool: "reconnect_networks", args: both },
      { tool: "update_state_file", args: {} },
    );
    const mysql = world.engine.ofService("devlake", "mysql");
    world.engine.networks.set("other", { id: "other", name: "other", project: "ci" });
    world.faults.add(
      meanwhile("docker.connectNetwork", () => mysql && (mysql.networkIds = ["other"])),
      answers("files.replace", undefined, "none"),
    );

    const { account } = await run(world, plan);

    expect(account.steps.map(({ state }) => state)).toEqual(["restored", "failed"]);
    expect([networksOf(world, "mysql"), networksOf(world, "devlake")]).toEqual([["other"], []]);
    expect(own).not.toBe("other");
  });
});

function prunedWorld(): FakeWorld {
  const world = worlds.stoppedWorld();
  world.engine.generation = 29;
  world.engine.networks.clear();
  world.engine.ensureNetwork(world.project);
  return world;
}

describe("a stopped container whose network was removed, and made again under its name,", () => {
  it("is connected to the new one and started: it keeps the environment that it was made with", async () => {
    const world = prunedWorld();
    const before = [...world.engine.containers.values()].map(({ id, env }) => [id, env]);
    const { plan } = await planFor(world);

    const { account } = await run(world, plan);

    expect(plan.steps.map(({ tool }) => tool)).toEqual(["reconnect_networks", "start_stopped_services"]);
    expect(account.outcome).toBe("repaired");
    expect([...world.engine.containers.values()].map(({ id, env }) => [id, env])).toEqual(before);
  });

  it("is not said to be connected while another of its networks is gone", async () => {
    const world = prunedWorld();
    const mysql = world.engine.ofService("devlake", "mysql");
    if (mysql !== undefined) mysql.networkIds = [...mysql.networkIds, "gone"];
    const { facts } = await world.eyes().inspect();

    expect(reconnect.verify({ services: ["mysql"] }, facts)).toEqual([
      {
        fact: "local.container.mysql.network-missing",
        message: "mysql refers to a network that is gone, and cannot start",
      },
    ]);
  });
});

describe("undo of reconnect_networks", () => {
  it("asks with every connection that it takes off, and leaves a container that is another by now", async () => {
    const world = worlds.cutOffWorld();
    const { plan } = await planFor(world);
    const ran = await run(world, plan);
    const mysql = world.engine.ofService("devlake", "mysql");
    if (mysql === undefined) throw new Error("no mysql");
    world.engine.containers.delete(mysql.id);
    world.engine.add({ ...mysql, project: "devlake", service: "mysql", state: "running" });

    const { end, asked } = await undo({ world, ran });

    expect(asked[0]?.shown).toContain("disconnect container devlake-mysql-1 from network devlake_default");
    expect(asked[0]?.shown).toContain("disconnect container devlake-devlake-1 from network devlake_default");
    expect(end).toMatchObject({ outcome: "restored" });
    expect(networksOf(world, "devlake")).toEqual([]);
    expect(networksOf(world, "mysql")).toHaveLength(1);
  });
});

it("is still wanted of a container that loops, whether it runs at that moment or waits for its next start", async () => {
  const facts = await factsOf(worlds.cutOffWorld(["devlake"]));
  const looping = (state: "running" | "restarting") =>
    new FactsDraft(facts)
      .set(local.containerState("devlake"), state)
      .set(local.backendPhase(), "no_answer")
      .facts();
  const expects = (state: "running" | "restarting") =>
    reconnect.reads({ services: ["devlake"] }, looping(state)).map(({ id }) => id);

  expect(expects("running")).toEqual(expects("restarting"));
  expect(expects("running")).not.toContain(local.containerState("devlake").id);
});
