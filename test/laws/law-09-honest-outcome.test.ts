import { describe, expect, it } from "vitest";
import { healthReports } from "../../src/targets/local/health/healthy-facts.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import { meanwhile, throwsBefore } from "../fakes/faults.ts";
import {
  anyRun,
  failingRun,
  holdsFor,
  numRuns,
  undisturbedRun,
  type PlannedRun,
  patient,
} from "./plan-and-run.ts";

/** What the snapshot of a deployment says of our own files and containers; ids of containers that never ran do not count. */
function state(snapshot: string): unknown {
  const { files, containers, networks } = JSON.parse(snapshot) as {
    files: unknown;
    containers: readonly { id: string; name: string; state: string; error: string; exitCode: number }[];
    networks: unknown;
  };
  const seen = containers
    .map(({ id, name, state: is }) => ({
      name,
      is: is === "restarting" ? "running" : is,
      id: is === "created" ? "" : id,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { files, networks, containers: seen };
}

/** Asks the deployment itself, past all code under test. */
async function answersNow({ world }: PlannedRun): Promise<readonly (number | string)[]> {
  world.faults.clear();
  const config = world.config();
  if (config.kind !== "valid") return [config.kind];
  const paths: Readonly<Record<string, string>> = {
    grafana: "/grafana/api/health",
    devlake: "/ready",
    "config-ui": "/api/ping",
  };
  const asked = config.model.services.flatMap(({ name, ports }) => {
    const path = paths[name];
    return path === undefined ? [] : [`http://127.0.0.1:${ports[0]?.published ?? 0}${path}`];
  });
  const got = await Promise.all(asked.map((url) => world.http.get(url, 1_000)));
  return got.map((answer) => (answer.kind === "answer" ? answer.status : answer.error));
}

describe("law 9: success means that the effect was seen at the end", () => {
  it("repaired: every step done, and DevLake is healthy and stays so", patient, async () => {
    let repaired = 0;
    await holdsFor(
      undisturbedRun,
      async (planned) => {
        if (planned.ran?.account.outcome !== "repaired") return;
        repaired += 1;
        expect(await answersNow(planned)).toEqual([200, 200, 200]);
      },
      { numRuns: Math.max(numRuns, 60) },
    );
    expect(repaired).toBeGreaterThan(0);
  });

  it("repaired: every step done and every check healthy, also when others interfere", patient, async () => {
    await holdsFor(anyRun, ({ ran }) => {
      const { account } = ran ?? {};
      if (account?.outcome !== "repaired") return;
      expect(account.steps.length).toBeGreaterThan(0);
      expect(account.steps.every(({ state: is }) => is === "done")).toBe(true);
      expect(account.health.length).toBeGreaterThan(0);
      expect(account.health.every(({ healthy }) => healthy)).toBe(true);
    });
  });

  it("failed-restored: the deployment is as it was", patient, async () => {
    let restored = 0;
    await holdsFor(
      failingRun,
      ({ ran, world, before }) => {
        if (ran?.account.outcome !== "failed-restored") return;
        restored += 1;
        expect(state(world.snapshot())).toEqual(state(before));
      },
      { numRuns: Math.max(numRuns, 60) },
    );
    expect(restored).toBeGreaterThan(0);
  });

  it("nothing was done: the deployment is untouched, byte for byte", patient, async () => {
    await holdsFor(undisturbedRun, ({ ran, world, before }) => {
      if (ran?.account.steps.some(({ attempts }) => attempts > 0) === true) return;
      expect(world.snapshot()).toBe(before);
      expect(ran?.account.outcome).not.toBe("repaired");
    });
  });

  it("a step is done only when its effect is there", patient, async () => {
    await holdsFor(undisturbedRun, ({ ran, world }) => {
      const moved = ran?.account.steps.find(
        ({ tool, state: is }) => tool === "rewrite_local_ports_to_alt_bundle" && is === "done",
      );
      for (const [service, port] of Object.entries((moved?.args["bundle"] ?? {}) as Record<string, number>)) {
        const config = world.config();
        const model =
          config.kind === "valid" ? config.model.services.find(({ name }) => name === service) : undefined;
        expect(model?.ports.map(({ published }) => published)).toContain(port);
      }
    });
  });
});

describe("law 9: doing nothing is a result of its own", () => {
  it("healthy: no steps, and nothing that could be called a repair", async () => {
    const world = worlds.healthyWorld();

    const { plan } = await planFor(world);

    expect(plan).toMatchObject({ outcome: "healthy", steps: [] });
    await expect(run(world, plan)).rejects.toMatchObject({ code: "bad_plan" });
  });

  it.each(["unreachable", "permission_denied"] as const)("escalate: the engine is %s", async (status) => {
    const world = worlds.portConflictWorld();
    world.engineAnswers = status;

    const { plan } = await planFor(world);

    expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
    expect(plan.nextSteps.length).toBeGreaterThan(0);
    expect(world.writes()).toEqual([]);
  });
});

describe("law 9: health that does not hold is no health", () => {
  it.each([300, 700, 1_100, 1_900])("restarts every %i ms are seen", async (restartsEveryMs) => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { plan } = await planFor(world);
    const backend = world.engine.ofService("devlake", "devlake");
    world.faults.add(
      meanwhile("docker.startContainer", () => {
        if (backend !== undefined) backend.restartsEveryMs = restartsEveryMs;
      }),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("unhealthy");
    expect(account.health.every(({ healthy }) => !healthy)).toBe(true);
  });

  it("an engine that is gone at the end leaves no claim of health", async () => {
    const world = worlds.stoppedWorld(["config-ui"]);
    const { plan } = await planFor(world);
    world.faults.add(
      meanwhile("docker.startContainer", () =>
        world.clock.in(1_500, () =>
          world.faults.add(throwsBefore("docker.containers", new Error("gone"), { nth: 1, every: true })),
        ),
      ),
    );

    const { account } = await run(world, plan);

    expect(account.outcome).not.toBe("repaired");
    expect(account.health.every(({ healthy }) => !healthy)).toBe(true);
  });

  it("no health checks, no repair", () => {
    expect(healthReports(new Map())).toEqual([]);
  });
});
