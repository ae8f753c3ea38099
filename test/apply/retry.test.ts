import { describe, expect, it } from "vitest";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import { answers, meanwhile } from "../fakes/faults.ts";

const timeout = { kind: "failed", exitCode: 18, stderr: "Get registry: net/http: TLS handshake timeout\n" };
const reset = { kind: "failed", exitCode: 18, stderr: "read: connection reset by peer\n" };
const cutOff = { kind: "failed", exitCode: 18, stderr: "unexpected EOF\n" };
/** Of a `compose up` after one that was killed while it made a container anew; the other is somebody's own name. */
const nameIsTaken = (name: string) => ({
  kind: "failed",
  exitCode: 1,
  stderr: `Error response from daemon: Conflict. The container name "/${name}" is already in use by container "f59cecc146b0".\n`,
});
const noImage = { kind: "failed", exitCode: 18, stderr: "manifest for mysql:8 not found\n" };

describe("a step that fails", () => {
  it("is tried again after a transient failure, with back-off, and every attempt is in the journal", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.createMissing", timeout, "none"));

    const { account, journal, events } = await run(world, plan);

    expect(account).toMatchObject({ outcome: "repaired", steps: [{ state: "done", attempts: 2 }] });
    expect(
      journal.entries.flatMap((entry) => ("attempt" in entry ? [[entry.kind, entry.attempt]] : [])),
    ).toEqual([
      ["step_intent", 1],
      ["step_outcome", 1],
      ["step_intent", 2],
      ["step_outcome", 2],
    ]);
    expect(events).toContainEqual(expect.objectContaining({ type: "step_retrying", attempt: 2 }));
  });

  it.each([
    ["f11169cfa9de_devlake-grafana-1", 2, "done"],
    ["devlake-grafana-1", 1, "failed"],
  ])("when the container name %s is taken: attempts %i", async (name, attempts, state) => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.createMissing", nameIsTaken(name), "none"));

    const { account } = await run(world, plan);

    expect(account.steps).toMatchObject([{ state, attempts }]);
  });

  it("is not tried again after any other failure", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.createMissing", noImage, "none"));

    const { account } = await run(world, plan);

    expect(account.steps).toMatchObject([{ state: "failed", attempts: 1 }]);
    expect(world.faults.next("compose.createMissing")).toBe(2);
  });

  it("is not tried more often than its tool allows", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.createMissing", timeout, "none"));
    world.faults.add(answers("compose.createMissing", reset, "none", { nth: 2 }));
    world.faults.add(answers("compose.createMissing", cutOff, "none", { nth: 3 }));

    const { account } = await run(world, plan);

    expect(account.steps).toMatchObject([{ state: "failed", attempts: 3 }]);
    expect(world.faults.next("compose.createMissing")).toBe(4);
  });

  it("is not tried again when what it needs is gone meanwhile", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.createMissing", timeout, "none"));
    world.clock.in(700, () => world.engine.listeners.set(8080, "thief"));

    const { account } = await run(world, plan);

    expect(world.faults.next("compose.createMissing")).toBe(2);
    expect(account.steps[0]?.reason).toContain('port 8080 of devlake is held by process "thief"');
  });

  it("may go on where its first attempt stopped halfway", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add({
      operation: "compose.createMissing",
      nth: 1,
      instead: async <T>(real: (portion?: "half") => Promise<T>) => {
        await real("half");
        return timeout as T;
      },
    });

    const { account } = await run(world, plan);

    expect(account).toMatchObject({ outcome: "repaired", steps: [{ state: "done", attempts: 2 }] });
  });

  it("waits a second and by chance up to half of one more", async () => {
    for (const [chance, ms] of [
      [0, 1_000],
      [0.5, 1_250],
      [0.999, 1_500],
    ] as const) {
      const world = worlds.freshWorld();
      const { plan } = await planFor(world);
      world.faults.add(answers("compose.createMissing", timeout, "none"));
      let failedAt = 0;
      let againAt = 0;

      await run(world, plan, {
        random: () => chance,
        onEvent: ({ type }) => {
          if (type === "step_retrying") failedAt = world.clock.monotonicMs();
          else if (type === "step_waiting" && againAt === 0) againAt = world.clock.monotonicMs();
        },
      });

      // One inspection and the call itself come after the wait.
      expect(againAt - failedAt).toBeGreaterThanOrEqual(ms);
      expect(againAt - failedAt).toBeLessThan(ms + 2_250);
    }
  });

  it("is not tried again when somebody interrupts the wait", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    const abort = new AbortController();
    world.faults.add(answers("compose.createMissing", timeout, "none"));
    world.clock.in(500, () => abort.abort(new Error("interrupted by SIGINT")));

    const { account } = await run(world, plan, { signal: abort.signal });

    expect(account.outcome).toBe("interrupted");
    expect(account.steps[0]).toMatchObject({ attempts: 1, state: "failed" });
  });
});

describe("the deadline of the run", () => {
  it("lets no step begin after it", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    world.faults.add(meanwhile("files.replace", () => world.clock.pass(61_000)));

    const { account } = await run(world, plan, { timeoutMs: 60_000 });

    expect(account.steps.map(({ state }) => state)).toEqual(["restored", "not-run"]);
    expect(account.reason).toContain("longer than 60 s");
    expect(world.writes().map(({ operation }) => operation)).not.toContain("compose.createMissing");
  });

  it("does not count the time in which a person thinks", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);

    const { account } = await run(world, plan, {
      timeoutMs: 60_000,
      decide: () => {
        world.clock.pass(600_000);
        return { kind: "approved", how: "terminal" };
      },
    });

    expect(account.outcome).toBe("repaired");
  });

  it("shortens the time of a step", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.neverHealthy.add("devlake");
    const begin = world.clock.monotonicMs();

    const { account } = await run(world, plan, { timeoutMs: 20_000 });

    expect(account.outcome).toBe("unhealthy");
    expect(world.clock.monotonicMs() - begin).toBeLessThan(25_000);
  });

  it("leaves no time for another attempt", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.createMissing", timeout, "none"));

    world.faults.add(meanwhile("docker.status", () => world.clock.pass(58_000), { nth: 3 }));
    const { account } = await run(world, plan, { timeoutMs: 60_000 });

    expect(account.steps[0]?.attempts).toBeLessThanOrEqual(2);
    expect(world.clock.monotonicMs()).toBeLessThan(120_000);
  });
});
