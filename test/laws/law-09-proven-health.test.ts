import { describe, expect, it } from "vitest";
import { classify } from "../../src/targets/local/classify.ts";
import type { HttpAnswer } from "../../src/ports/http.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, planOfSteps, run } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { meanwhile } from "../fakes/faults.ts";

const answer = (status: number, body: string): HttpAnswer => ({
  kind: "answer",
  status,
  location: undefined,
  body,
});

/** As recorded of DevLake v1.0.2: /ready and /health say that all is well, and the rows come without their token. */
function wrongSecret(world: FakeWorld): void {
  world.backendSays.set("/plugins/github/connections", answer(500, '[{"id":1,"token":""}]'));
}

function hungDatabase(world: FakeWorld): void {
  const silent: HttpAnswer = { kind: "no_answer", error: "no complete answer", timedOut: true };
  world.backendSays.set("/health", answer(500, '{"message":"timeout reading from pipelines (500)"}'));
  for (const path of ["/blueprints", "/pipelines"]) world.backendSays.set(path, silent);
}

/** MySQL 9.7.4 on an ibdata1 that was cut short: two seconds of life, again and again. */
function corrupted(world: FakeWorld): void {
  const mysql = world.engine.ofService(world.project, "mysql");
  if (mysql === undefined) throw new Error("no database");
  mysql.state = "running";
  mysql.restartsEveryMs = 2_000;
  mysql.startedAt = world.clock.monotonicMs();
  mysql.logs = [
    "2026-11-30T16:36:54.575252Z 1 [ERROR] [MY-012263] [InnoDB] The Auto-extending innodb_system data file './ibdata1' is of a different size",
    "2026-11-30T16:36:55.075098Z 0 [ERROR] [MY-010119] [Server] Aborting",
  ];
}

async function classesOf(world: FakeWorld): Promise<readonly string[]> {
  const { facts } = await world.eyes().inspect();
  return classify(facts).map((finding) => finding.class);
}

const line = (minutesAgo: number, world: FakeWorld): string => {
  const at = new Date(world.clock.now().getTime() - minutesAgo * 60_000).toISOString();
  return `${at} 12 [ERROR] [MY-012639] [InnoDB] Write to file ./ibdata1 failed at offset 0. Operating system error number 28.`;
};

describe("law 9: nothing is healthy that a reading client would not confirm", () => {
  it("a secret that decrypts nothing, with /ready 200 and /health good", async () => {
    const world = worlds.healthyWorld();
    wrongSecret(world);

    const { plan } = await planFor(world);

    expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
    expect(plan.findings.map((finding) => finding.class)).toEqual(["encryption_secret_mismatch"]);
  });

  it("ten looks at one database that loops: never healthy, and each time the same", async () => {
    const world = worlds.healthyWorld();
    corrupted(world);
    world.clock.pass(9_000);
    const seen: string[] = [];

    for (let look = 0; look < 10; look++) {
      seen.push((await classesOf(world)).join());
      world.clock.pass(730);
    }

    expect(new Set(seen)).toEqual(new Set(["db_corrupted"]));
  });

  it("a restart while it was looked at", async () => {
    const world = worlds.healthyWorld();
    world.faults.add(
      meanwhile("http.get", () => {
        const grafana = world.engine.ofService(world.project, "grafana");
        if (grafana !== undefined) grafana.startedAt = world.clock.monotonicMs() - 5_000;
      }),
    );

    expect(await classesOf(world)).toEqual(["service_unhealthy"]);
    expect(await classesOf(world)).toEqual([]);
  });

  it("a restart that the engine's own clock, not ours, says was a moment ago", async () => {
    const world = worlds.healthyWorld();
    const docker = world.docker.status;
    const status: typeof docker = async () => {
      const said = await docker();
      return said.kind === "reachable"
        ? { ...said, time: new Date(world.clock.now().getTime() + 3_600_000) }
        : said;
    };
    const database = world.engine.ofService(world.project, "mysql");
    if (database === undefined) throw new Error("no database");
    const request = world.inspectRequest();
    const inspect: typeof world.docker.inspect = async (id) => {
      const seen = await world.docker.inspect(id);
      const startedAt = new Date(world.clock.now().getTime() + 3_600_000 - 4_000);
      return id === database.id ? { ...seen, restarts: 3, startedAt } : seen;
    };
    const { inspectLocal } = await import("../../src/targets/local/inspect/collect.ts");

    const { facts } = await inspectLocal({
      ...request,
      ports: { ...request.ports, docker: { ...request.ports.docker, status, inspect } },
    });

    expect(classify(facts).map((finding) => finding.class)).toEqual(["service_unhealthy"]);
  });

  it("a full disk of a database that goes on answering, and not one of an hour ago", async () => {
    const now = worlds.healthyWorld();
    const before = worlds.healthyWorld();
    for (const [world, minutes] of [
      [now, 2],
      [before, 60],
    ] as const) {
      const mysql = world.engine.ofService(world.project, "mysql");
      if (mysql !== undefined) mysql.logs = [line(minutes, world)];
    }

    expect(await classesOf(now)).toEqual(["disk_full"]);
    expect(await classesOf(before)).toEqual([]);
  });

  it("degraded findings alone, which nothing cures, are left to a person", async () => {
    const world = worlds.healthyWorld();
    world.put(".env", worlds.envText.replace(worlds.secret, "ANOTHERSECRETANOTHERSECRET"), 0o600);

    const { plan } = await planFor(world);

    expect(plan.findings.map(({ class: name, severity }) => [name, severity])).toEqual([
      ["files_not_applied", "degraded"],
    ]);
    expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
    expect(JSON.stringify(plan)).not.toContain("ANOTHERSECRET");
  });
});

describe("law 9: nothing is signed as repaired that does not read its data", () => {
  it.each([
    ["a wrong secret", wrongSecret, /ENCRYPTION_SECRET/],
    ["a database that hangs", hungDatabase, /does not answer/],
    ["a database that loops", corrupted, /mysql stops again and again|mysql is/],
  ] as const)("%s, behind services that were only stopped", async (_name, break_, why) => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { plan } = await planFor(world);
    expect(plan.outcome).toBe("repair");
    world.faults.add(meanwhile("docker.startContainer", () => break_(world)));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("unhealthy");
    expect(account.reason).toMatch(why);
  });

  it("the data are read once DevLake is ready, and again at the end: not at every look", async () => {
    const world = worlds.stoppedWorld(["devlake", "config-ui"]);
    const { plan } = await planFor(world);
    const paths: string[] = [];
    const { get } = world.http;
    Object.assign(world.http, {
      get: (url: string, timeoutMs: number) => {
        paths.push(new URL(url).pathname);
        return get(url, timeoutMs);
      },
    });

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("repaired");
    expect(paths.filter((path) => path === "/ready").length).toBeGreaterThan(10);
    const reads = paths.filter((path) => path === "/blueprints").length;
    // Read too by the inspections before and after the step.
    expect(reads).toBeGreaterThanOrEqual(2);
    expect(reads).toBeLessThanOrEqual(6);
  });
});

describe("law 9: nothing waits for what cannot come", () => {
  it.each([
    [
      "a migration that needs a person",
      10_000,
      (world: FakeWorld) => {
        const waits = "service is not ready: waiting for migration confirmation (503)";
        world.backendSays.set("/ready", answer(503, `{"message":"${waits}"}`));
      },
    ],
    ["a wrong secret", 10_000, wrongSecret],
    ["a database that loops", 12_000, corrupted],
  ] as const)("%s ends the wait within seconds", async (_name, withinMs, break_) => {
    const world = worlds.stoppedWorld(["devlake"]);
    const plan = await planOfSteps(world, {
      tool: "start_stopped_services",
      args: { services: ["devlake"] },
    });
    world.faults.add(meanwhile("docker.startContainer", () => break_(world)));
    const begin = world.clock.monotonicMs();

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("unhealthy");
    expect(account.reason).toContain("waiting does not help");
    // The backend needs 4 s to say anything at all.
    expect(world.clock.monotonicMs() - begin).toBeLessThan(withinMs + 5_000);
  });

  it("a database that takes its time is waited for", async () => {
    const world = worlds.stoppedWorld(["mysql", "devlake"]);
    const { plan } = await planFor(world);
    const refused = "panic: dial tcp 172.18.0.2:3306: connect: connection refused";
    world.faults.add(
      meanwhile("docker.startContainer", () => {
        world.backendSays.set("/ready", answer(503, "starting"));
        const backend = world.engine.ofService(world.project, "devlake");
        if (backend === undefined) return;
        backend.restartsEveryMs = 8_000;
        backend.logs = [refused];
        world.clock.in(70_000, () => {
          world.backendSays.clear();
          backend.restartsEveryMs = undefined;
        });
      }),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("repaired");
  });
});
