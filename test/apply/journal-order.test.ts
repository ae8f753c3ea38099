import { describe, expect, it } from "vitest";
import { digestBytes } from "../../src/core/text/digest.ts";
import type { JournalEntry } from "../../src/core/records/journal-record.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import type { FakeWorld, Trace } from "../fakes/fake-world.ts";
import { answers, enospc, meanwhile, throwsBefore } from "../fakes/faults.ts";

function conflict(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.put(".devlake-local.json", worlds.stateText);
  return world;
}

function told(trace: readonly Trace[]): readonly string[] {
  return trace.map((entry) => {
    if (entry.kind === "write") return `${entry.operation} ${entry.what}`;
    if (entry.kind === "inspection") return "inspect";
    return "step" in entry.entry ? `${entry.entry.kind} ${entry.entry.step}` : entry.entry.kind;
  });
}

it("facts, approval, intent, effect, facts, outcome: in this order, for every step", async () => {
  const world = conflict();
  const { plan } = await planFor(world);
  world.trace.length = 0;

  await run(world, plan);

  expect(told(world.trace)).toEqual([
    "inspect",
    "run_started",
    "approval",
    "step_intent s1",
    "files.replace docker-compose.yml",
    "inspect",
    "step_outcome s1",
    "approval",
    "step_intent s2",
    "files.replace .devlake-local.json",
    "inspect",
    "step_outcome s2",
    "approval",
    "step_intent s3",
    "compose.recreate devlake grafana",
    "compose.recreate config-ui",
    "inspect",
    "step_outcome s3",
    "health",
    "run_ended",
  ]);
});

it("facts are read again when somebody took time to answer", async () => {
  const world = conflict();
  const { plan } = await planFor(world);
  world.trace.length = 0;

  await run(world, plan, {
    decide: () => {
      world.clock.pass(90_000);
      return { kind: "approved", how: "terminal" };
    },
  });

  expect(told(world.trace).slice(0, 5)).toEqual([
    "inspect",
    "run_started",
    "approval",
    "inspect",
    "step_intent s1",
  ]);
});

it("an approval binds plan, step, target and what was shown", async () => {
  const world = conflict();
  const { plan } = await planFor(world);

  const { journal, asked, account } = await run(world, plan);

  const approvals = journal.entries.flatMap((entry) => (entry.kind === "approval" ? [entry.record] : []));
  expect(approvals).toHaveLength(3);
  expect(approvals).toEqual(
    asked.map(({ step, shown }) => ({
      planDigest: digestBytes(writePlanFile(plan)),
      step: step.id,
      target: plan.metadata.target,
      approver: { osUser: "ann" },
      how: "terminal",
      at: expect.any(String) as string,
      shownDigest: digestBytes(shown),
    })),
  );
  expect(account.steps.map(({ approval }) => approval?.step)).toEqual(["s1", "s2", "s3"]);
  expect(asked[0]?.shown).toContain('-      - "8080:8080"');
});

describe("when the journal breaks", () => {
  const entriesOfAGoodRun = 12;

  it.each(Array.from({ length: entriesOfAGoodRun - 1 }, (_unused, index) => index + 2))(
    "at record %i, nothing happens any more that was not announced, and all is accounted for",
    async (nth) => {
      const world = conflict();
      const { plan } = await planFor(world);
      world.faults.add(throwsBefore("journal.append", enospc(), { nth, every: true }));
      world.trace.length = 0;

      const { account, journal } = await run(world, plan);

      const intents = journal.entries.filter(({ kind }) => kind === "step_intent").length;
      // One step calls Compose for one group of services after another.
      const written = new Set(
        world.writes().map(({ operation, what }) => (operation.startsWith("compose.") ? operation : what)),
      );
      expect(written.size).toBe(intents);
      expect(account.steps).toHaveLength(3);
      expect(account.journal.length).toBe(nth - 1);
      expect(account.reason).toContain("the journal");
      const acted = account.steps.filter(({ attempts }) => attempts > 0);
      expect(acted.length).toBe(intents);
      // The last two records tell nothing new about the steps; before the first intent nothing is done.
      const isOver = nth >= entriesOfAGoodRun - 1;
      expect(account.outcome).toBe(isOver ? "repaired" : nth <= 3 ? "failed-restored" : "failed");
    },
  );

  it("at its first record, nothing is done and the error is the journal's", async () => {
    const world = conflict();
    const { plan } = await planFor(world);
    const before = world.snapshot();
    world.faults.add(throwsBefore("journal.append", enospc(), { nth: 1, every: true }));

    await expect(run(world, plan)).rejects.toMatchObject({ code: "file_unwritable" });
    expect(world.snapshot()).toBe(before);
  });

  it("at an outcome, the step counts as unknown although it was seen to be done", async () => {
    const world = conflict();
    const { plan } = await planFor(world);
    world.faults.add(throwsBefore("journal.append", enospc(), { nth: 4, every: true }));

    const { account } = await run(world, plan);

    expect(account.steps.map(({ state }) => state)).toEqual(["unknown", "not-run", "not-run"]);
    expect(account.steps[0]?.reason).toContain("could not be recorded");
    expect(world.text("docker-compose.yml")).toContain("8085:8080");
  });

  it("at the record of an undo, nothing is taken back", async () => {
    const world = conflict();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.recreate", { kind: "failed", exitCode: 1, stderr: "no" }, "none"));
    world.faults.add(throwsBefore("journal.append", enospc(), { nth: 11, every: true }));

    const { account, journal } = await run(world, plan);

    expect(journal.entries.at(-1)).toMatchObject({ kind: "step_outcome", step: "s3" });
    expect(account.outcome).toBe("failed");
    expect(account.steps[0]).toMatchObject({ state: "done" });
    expect(world.text("docker-compose.yml")).toContain("8085:8080");
  });
});

it("at no instant has anything happened whose intent is not in the journal", async () => {
  const world = conflict();
  const { plan } = await planFor(world);
  world.faults.add(
    meanwhile("compose.recreate", () => world.engine.listeners.set(3004, "thief")),
    throwsBefore("backups.readBackUp", new Error("gone")),
  );
  world.trace.length = 0;

  await run(world, plan);

  let open: JournalEntry | undefined;
  for (const entry of world.trace) {
    if (entry.kind === "journal") {
      if (["step_intent", "undo_intent"].includes(entry.entry.kind)) open = entry.entry;
      if (["step_outcome", "undo_outcome"].includes(entry.entry.kind)) open = undefined;
    }
    if (entry.kind === "write") expect(open).toBeDefined();
  }
  expect(world.writes().length).toBeGreaterThan(1);
});
