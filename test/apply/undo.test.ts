import { describe, expect, it } from "vitest";
import { RepairError } from "../../src/core/errors.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, planOfSteps, run } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { answers, endsHalfway, meanwhile, throwsBefore } from "../fakes/faults.ts";

const failedUp = { kind: "failed", exitCode: 1, stderr: "manifest unknown\n" };

/** Ports in two files, so that one step writes both. */
function twoFiles(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "${LAKE_PORT}:8080"), 0o640);
  world.put(".env", `${worlds.envText}LAKE_PORT=8080\n`, 0o600);
  return world;
}

describe("a failed run", () => {
  it("takes files back byte for byte, with their mode", async () => {
    const world = twoFiles();
    const files = [...world.files];
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.recreate", failedUp, "none"));

    const { account, journal } = await run(world, plan);

    expect(account.outcome).toBe("failed-restored");
    expect(account.reason).toContain("everything is as it was before");
    expect([...world.files]).toEqual(files);
    expect(world.files.get("docker-compose.yml")?.mode).toBe(0o640);
    expect(journal.entries).toContainEqual(
      expect.objectContaining({ kind: "undo_outcome", step: "s1", outcome: "restored" }),
    );
  });

  it("takes back the first of two files when the second cannot be written", async () => {
    const world = twoFiles();
    const files = [...world.files];
    const { plan } = await planFor(world);
    const full = new RepairError("file_unwritable", "cannot write .env: no space left on the disk");
    world.faults.add(throwsBefore("files.replace", full, { nth: 2 }));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("failed-restored");
    expect(account.steps[0]).toMatchObject({ state: "failed" });
    expect(account.steps[0]?.reason).toContain("already written: docker-compose.yml");
    expect([...world.files]).toEqual(files);
  });

  it("does nothing at all when there is no room for the backups", async () => {
    const world = twoFiles();
    const before = world.snapshot();
    const { plan } = await planFor(world);
    const full = new RepairError("file_unwritable", "the backups cannot be written: no space left");
    world.faults.add(throwsBefore("backups.backUp", full, { nth: 2 }));

    const { account, journal } = await run(world, plan);

    expect(account.outcome).toBe("failed-restored");
    expect(journal.entries.map(({ kind }) => kind)).not.toContain("step_intent");
    expect(world.snapshot()).toBe(before);
  });

  it("goes backwards, and a failing undo does not stop the rest", async () => {
    const world = worlds.portConflictWorld();
    world.put(".devlake-local.json", worlds.stateText);
    const plan = await planOfSteps(
      world,
      {
        tool: "rewrite_local_ports_to_alt_bundle",
        args: { bundle: { devlake: 8085, grafana: 3004, "config-ui": 4004 } },
      },
      { tool: "update_state_file", args: {} },
      { tool: "recreate_services", args: { services: ["devlake", "grafana", "config-ui"] } },
    );
    world.faults.add({
      operation: "compose.recreate",
      nth: 1,
      instead: async <T>() => {
        world.put(".devlake-local.json", '{"edited": "by somebody"}');
        return failedUp as T;
      },
    });

    const { account, journal } = await run(world, plan);

    expect(journal.entries.flatMap((entry) => (entry.kind === "undo_intent" ? [entry.step] : []))).toEqual([
      "s2",
      "s1",
    ]);
    expect(account.steps.map(({ state }) => state)).toEqual(["restored", "done", "failed"]);
    expect(account.outcome).toBe("failed");
    expect(account.reason).toContain("step s2 was not taken back");
    expect(world.text(".devlake-local.json")).toBe('{"edited": "by somebody"}');
    expect(world.text("docker-compose.yml")).toBe(worlds.composeText);
  });

  it("is never called restored when an undo fails", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.recreate", failedUp, "none"));
    world.faults.add(throwsBefore("backups.readBackUp", new Error("the backup is gone")));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("failed");
    expect(account.steps[0]).toMatchObject({ state: "done" });
    expect(account.steps[0]?.reason).toContain("not taken back");
  });

  it("is never called restored when an undo says done but the file is not as before", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.recreate", failedUp, "none"));
    world.faults.add(answers("files.replace", undefined, "none", { nth: 2 }));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("failed");
    expect(account.reason).toContain("docker-compose.yml differs");
  });

  it("is not called restored when containers were left behind", async () => {
    const world = worlds.freshWorld();
    const { plan } = await planFor(world);
    world.faults.add(endsHalfway("compose.createMissing", failedUp));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("failed");
    expect(account.reason).toContain("left behind: ");
    expect(account.reason).toContain("mysql is running and was absent");
  });

  it("is not called restored when containers were removed", async () => {
    const world = worlds.brokenContainersWorld();
    const { plan } = await planFor(world);
    const refusal = new RepairError("plan_stale", "container was not removed: it is running");
    world.faults.add(throwsBefore("docker.removeContainer", refusal, { nth: 2 }));

    const { account } = await run(world, plan);

    expect(account.outcome).toBe("failed");
    expect(account.steps[0]?.reason).toContain("already removed");
    expect(account.reason).toContain("grafana is absent and was dead");
  });

  it("keeps the files on which services have been brought up", async () => {
    const world = worlds.portConflictWorld();
    const plan = await planOfSteps(
      world,
      {
        tool: "rewrite_local_ports_to_alt_bundle",
        args: { bundle: { devlake: 8085, grafana: 3004, "config-ui": 4004 } },
      },
      { tool: "recreate_services", args: { services: ["devlake", "grafana", "config-ui"] } },
      { tool: "update_state_file", args: {} },
    );
    const readOnly = new RepairError(
      "file_unwritable",
      "cannot write .devlake-local.json: permission denied",
    );
    world.faults.add(throwsBefore("files.replace", readOnly, { nth: 2 }));

    const { account } = await run(world, plan);

    expect(account.steps.map(({ state }) => state)).toEqual(["done", "done", "failed"]);
    expect(account.outcome).toBe("failed");
    expect(account.reason).toContain("step s1 stays, because s2 brought services up on it");
    expect(world.text("docker-compose.yml")).toContain("8085:8080");
    expect(world.engine.ofService("devlake", "devlake")).toMatchObject({ state: "running" });
  });

  it("when a port is taken between plan and start, puts the files back and says what is left", async () => {
    const world = worlds.portConflictWorld();
    const { plan } = await planFor(world);
    world.faults.add(meanwhile("compose.recreate", () => world.engine.listeners.set(4004, "thief")));

    const { account } = await run(world, plan);

    expect(account.steps.map(({ state }) => state)).toEqual(["restored", "failed"]);
    expect(account.outcome).toBe("failed");
    expect(account.steps[1]?.reason).toContain("port is already allocated");
    expect(world.text("docker-compose.yml")).toBe(worlds.composeText);
  });
});

it("a file that somebody changes between approval and writing is left as it is", async () => {
  const world = worlds.portConflictWorld();
  const { plan } = await planFor(world);
  const edited = worlds.composeText.replace("merico", "changed");
  world.faults.add(meanwhile("files.replace", () => world.put("docker-compose.yml", edited)));

  const { account } = await run(world, plan);

  expect(world.text("docker-compose.yml")).toBe(edited);
  expect(account.steps[0]?.state).toBe("failed");
  expect(account.outcome).not.toBe("repaired");
});
