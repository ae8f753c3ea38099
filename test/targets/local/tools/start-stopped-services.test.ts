import { describe, expect, it } from "vitest";
import { catalog } from "../../../../src/targets/local/tools/index.ts";
import { FactsDraft, readFact, type Facts } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import * as worlds from "../../../fakes/broken-worlds.ts";
import { backups, planFor, planOfSteps, run } from "../../../fakes/fake-run.ts";
import { meanwhile } from "../../../fakes/faults.ts";
import type { FakeWorld } from "../../../fakes/fake-world.ts";

const start = catalog.start_stopped_services;

/** DevLake's file, where the backend waits for a healthy database and for a job that ends well. */
const waiting = worlds.composeText
  .replace(
    "    depends_on:\n      - mysql\n\n  config-ui",
    "    depends_on:\n      mysql: {condition: service_healthy}\n      job: {condition: service_completed_successfully}\n\n  config-ui",
  )
  .replace("\nvolumes:\n  mysql-storage:", "\n  job:\n    image: job:1\n\nvolumes:\n  mysql-storage:");

/** All is stopped; the database has a health check, and the job had ended with `exitCode`. */
function waitingWorld(exitCode: number): FakeWorld {
  const world = worlds.freshWorld();
  world.put("docker-compose.yml", waiting);
  const config = world.config();
  if (config.kind !== "valid") throw new Error(config.message);
  world.engine.up(config.model);
  world.clock.pass(60_000);
  for (const container of world.engine.containers.values()) {
    const isJob = container.name === "devlake-job-1";
    Object.assign(container, { state: "exited", exitCode: isJob ? exitCode : 137 });
    if (container.name === "devlake-mysql-1") container.healthyAfterMs = 7_000;
  }
  return world;
}

function started(world: FakeWorld): readonly string[] {
  return world
    .writes()
    .flatMap(({ operation, what }) => (operation === "docker.startContainer" ? [what] : []));
}

describe("start_stopped_services starts in the order of the file", () => {
  it("and waits for a database that has to be healthy, and for nothing of a job that has ended well", async () => {
    const world = waitingWorld(0);
    const { plan } = await planFor(world);

    const { account, events } = await run(world, plan);

    expect(plan.steps[0]?.preview).toBe(
      [
        "start container devlake-mysql-1 as it is",
        "start container devlake-devlake-1 as it is, once job has ended well and mysql is healthy",
        "start container devlake-config-ui-1 as it is",
        "start container devlake-grafana-1 as it is",
        "then wait for: backend_ready, grafana_healthy, config_ui_reaches_backend",
        "",
      ].join("\n"),
    );
    expect(account.outcome).toBe("repaired");
    expect(started(world)).toEqual(
      ["mysql", "devlake", "config-ui", "grafana"].map((service) => `devlake-${service}-1`),
    );
    const [mysql, backend] = ["mysql", "devlake"].map(
      (one) => world.engine.ofService("devlake", one)?.startedAt,
    );
    expect((backend ?? 0) - (mysql ?? 0)).toBeGreaterThanOrEqual(7_000);
    expect(JSON.stringify(events)).toContain("waiting until mysql is healthy, before devlake is started");
  });

  it("with a job that had failed, once more", async () => {
    const world = waitingWorld(1);
    const services = ["config-ui", "devlake", "grafana", "job", "mysql"];
    const plan = await planOfSteps(world, { tool: start.name, args: { services } });
    world.faults.add(
      meanwhile("docker.startContainer", () =>
        world.clock.in(3_000, () => {
          const job = world.engine.ofService("devlake", "job");
          if (job !== undefined) Object.assign(job, { state: "exited", exitCode: 0 });
        }),
      ),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("repaired");
    expect(started(world).indexOf("devlake-job-1")).toBeLessThan(started(world).indexOf("devlake-devlake-1"));
  });

  it("and never starts what waits for a job that fails again", async () => {
    const world = waitingWorld(1);
    const services = ["config-ui", "devlake", "grafana", "job", "mysql"];
    const plan = await planOfSteps(world, { tool: start.name, args: { services } });
    world.faults.add(
      meanwhile("docker.startContainer", () =>
        world.clock.in(3_000, () => {
          const job = world.engine.ofService("devlake", "job");
          if (job !== undefined) Object.assign(job, { state: "exited", exitCode: 2 });
        }),
      ),
    );

    const { account } = await run(world, plan);

    expect(account.steps[0]).toMatchObject({
      state: "failed",
      reason:
        "devlake-job-1 ended with exit code 2; devlake waits for it and was not started; started before: job, mysql",
    });
    expect(started(world)).not.toContain("devlake-devlake-1");
  });

  it("within its time", async () => {
    const world = waitingWorld(0);
    const { plan } = await planFor(world);
    const mysql = world.engine.ofService("devlake", "mysql");
    if (mysql !== undefined) mysql.healthyAfterMs = 10_000_000;

    const { account } = await run(world, plan);

    expect(account.steps[0]).toMatchObject({
      state: "failed",
      attempts: 1,
      reason: expect.stringMatching(/^not in time, within 1\d\d s: mysql is healthy; devlake waits for it/),
    });
  });

  it("and ends at once when it is interrupted", async () => {
    const world = waitingWorld(0);
    const { plan } = await planFor(world);
    const abort = new AbortController();
    world.faults.add(meanwhile("docker.startContainer", () => world.clock.in(2_000, () => abort.abort())));

    const { account } = await run(world, plan, { signal: abort.signal });

    expect(account.outcome).toBe("interrupted");
    expect(started(world)).toEqual(["devlake-mysql-1"]);
  });
});

describe("start_stopped_services starts", () => {
  it("what was created and never started, with its port free", async () => {
    const facts = await stopped((draft) => draft.set(local.containerState("config-ui"), "created"));

    expect(start.check({ services: ["config-ui"] }, facts)).toEqual([]);
    const taken = new FactsDraft(facts)
      .set(local.containerError("config-ui"), "Bind for 0.0.0.0:4000 failed: port is already allocated")
      .facts();
    expect(start.check({ services: ["config-ui"] }, taken)).toEqual([]);
  });

  it("the container of the facts and no other: one of another project by now is left alone", async () => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { facts, redact } = await world.eyes().inspect();
    const container = world.engine.ofService("devlake", "config-ui");
    if (container === undefined) throw new Error("no config-ui");
    const labels = { ...container.labels, "com.docker.compose.project": "ci" };
    world.engine.containers.set(container.id, { ...container, labels });

    const end = await start.execute({ services: ["config-ui"] }, facts, world.writePorts(), {
      directory: world.directory,
      target: { kind: "local", directory: ".", project: world.project, identity: { volumes: [] } },
      signal: new AbortController().signal,
      timeoutMs: 1_000,
      clock: world.clock,
      onLine: () => undefined,
      redact,
      probe: world.eyes().probe,
      ...backups(world),
    });

    expect(end).toEqual({
      kind: "failed",
      transient: false,
      message: "container devlake-config-ui-1 is none of service config-ui in project devlake",
    });
    expect(started(world)).toEqual([]);
  });
});

describe("start_stopped_services is refused for", () => {
  it.each<readonly [string, string, string, (draft: FactsDraft) => unknown]>([
    [
      "a job that has ended as it should",
      "job",
      "job is a job that has ended as it should; a start would run it a second time",
      () => undefined,
    ],
    [
      "what was created and could not be started",
      "config-ui",
      'the container of config-ui was created and could not be started: exec: "/nosuch": no such file',
      (draft) =>
        draft
          .set(local.containerState("config-ui"), "created")
          .set(local.containerError("config-ui"), 'exec: "/nosuch": no such file'),
    ],
    [
      "a paused container",
      "config-ui",
      "config-ui is paused; it must be exited or created",
      (draft) => draft.set(local.containerState("config-ui"), "paused"),
    ],
    [
      "a leftover of a recreation",
      "config-ui",
      "config-ui has a second container, ab12_devlake-config-ui-1 (created, left of a recreation); remove the one that is not needed first",
      (draft) =>
        draft.set(local.surplusContainers(), [
          { name: "ab12_devlake-config-ui-1", service: "config-ui", state: "created", kind: "leftover" },
        ]),
    ],
    [
      "a service with more containers than it should have",
      "config-ui",
      "config-ui has a second container, devlake-config-ui-2 (exited); remove the one that is not needed first",
      (draft) =>
        draft.set(local.strayContainers(), [
          { name: "devlake-config-ui-2", service: "config-ui", state: "exited" },
        ]),
    ],
    [
      "a database whose volume another container runs on",
      "mysql",
      "the data of mysql in devlake_mysql-storage are in use by container old-mysql-1 of project old; stop it first",
      (draft) =>
        draft.set(local.containerVolumeUsers("mysql"), [
          { name: "old-mysql-1", volume: "devlake_mysql-storage", project: "old" },
        ]),
    ],
    [
      "what waits for a service that is down and is not started with it",
      "config-ui",
      "config-ui waits for devlake, which is exited and is not started with it",
      (draft) => draft.set(local.containerState("devlake"), "exited"),
    ],
  ])("%s", async (_name, service, message, change) => {
    const facts = await stopped(change, "running");

    expect(start.check({ services: [service] }, facts).map((problem) => problem.message)).toEqual([message]);
    expect(start.reads({ services: [service] }, facts).length).toBeGreaterThan(0);
  });

  it("nothing of that where a sidecar only shares the volume of another service", async () => {
    const facts = await stopped((draft) =>
      draft.set(local.containerVolumeUsers("config-ui"), [{ name: "x", volume: "certs" }]),
    );

    expect(start.check({ services: ["config-ui"] }, facts)).toEqual([]);
  });

  it("one-off containers never stand in for a service", async () => {
    const facts = await stopped((draft) =>
      draft.set(local.surplusContainers(), [
        { name: "devlake-config-ui-run-1", service: "config-ui", state: "exited", kind: "one_off" },
      ]),
    );

    expect(start.check({ services: ["config-ui"] }, facts)).toEqual([]);
  });
});

it("connects no container to a network that it lacked before: no preview names that", async () => {
  const world = worlds.stoppedWorld(["grafana"]);
  const grafana = world.engine.ofService("devlake", "grafana");
  if (grafana === undefined) throw new Error("no grafana");
  grafana.networkIds = [];
  const { facts } = await world.eyes().inspect();
  expect(readFact(facts, local.containerNetworksLacking("grafana"))).toHaveLength(1);

  await run(world, await planOfSteps(world, { tool: start.name, args: { services: ["grafana"] } }));

  expect(started(world)).toEqual(["devlake-grafana-1"]);
  expect(grafana.networkIds).toEqual([]);
  expect(world.writes().filter(({ operation }) => operation === "docker.connectNetwork")).toEqual([]);
});

/** Facts of the waiting world with mysql and config-ui stopped, devlake in `backend`. */
async function stopped(
  change: (draft: FactsDraft) => unknown,
  backend: "running" | "exited" = "running",
): Promise<Facts> {
  const world = waitingWorld(0);
  const { facts } = await world.eyes().inspect();
  const draft = new FactsDraft(facts).set(local.containerState("devlake"), backend);
  change(draft);
  expect(readFact(facts, local.serviceWaits("devlake"))).toHaveLength(2);
  return draft.facts();
}
