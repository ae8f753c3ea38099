import { describe, expect, it } from "vitest";
import { lastRun } from "../../src/apply/past-run.ts";
import type { JournalEntry } from "../../src/core/records/journal-record.ts";
import { sampleEntries } from "../core/journal-entries.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run, type RunOptions } from "../fakes/fake-run.ts";
import type { FakeWorld, Trace } from "../fakes/fake-world.ts";
import { answers, throwsBefore } from "../fakes/faults.ts";
import { runAndKill } from "../fakes/killed-run.ts";
import { RecordingJournal } from "../fakes/recording-journal.ts";

/** Steps: ports in two files, the state file, recreation. */
function conflict(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "${LAKE_PORT}:8080"), 0o640);
  world.put(".env", `${worlds.envText}LAKE_PORT=8080\n`, 0o600);
  world.put(".devlake-local.json", worlds.stateText);
  return world;
}

const wrote = (path: string) => (happened: Trace) => happened.kind === "write" && happened.what === path;

const recorded =
  (kind: JournalEntry["kind"], step = "s1") =>
  ({ kind: what, ...happened }: Trace) =>
    what === "journal" &&
    "entry" in happened &&
    happened.entry.kind === kind &&
    (!("step" in happened.entry) || happened.entry.step === step);

async function killedAfter(world: FakeWorld, after: (happened: Trace) => boolean, options: RunOptions = {}) {
  const files = [...world.files];
  const { plan } = await planFor(world);
  const killed = await runAndKill(world, plan, after, options);
  if (killed.kind === "ran") throw new Error("it was not so in the whole run");
  return { plan, files, journal: killed.journal };
}

function kinds(journal: RecordingJournal, from: number): readonly string[] {
  return journal.entries.slice(from).map((entry) => {
    if (!("step" in entry)) return entry.kind;
    return "attempt" in entry
      ? `${entry.kind} ${entry.step} ${entry.attempt}`
      : `${entry.kind} ${entry.step}`;
  });
}

describe("a step that was cut off", () => {
  it("between its two files: the first is put back, then it runs again with the approval it has", async () => {
    const world = conflict();
    const { plan, journal } = await killedAfter(world, wrote("docker-compose.yml"));

    const resumed = await run(world, plan, { resume: journal });

    expect(resumed.account.outcome).toBe("repaired");
    expect(kinds(resumed.journal, journal.length).slice(0, 6)).toEqual([
      "run_started",
      "step_outcome s1 1",
      "undo_intent s1",
      "undo_outcome s1",
      "step_intent s1 2",
      "step_outcome s1 2",
    ]);
    expect(resumed.asked.map(({ step }) => step.id)).toEqual(["s2", "s3"]);
    expect(resumed.account.steps[0]).toMatchObject({ state: "done", attempts: 2, approval: { step: "s1" } });
  });

  it("and whose file somebody has edited since is left as it is, and that is said", async () => {
    const world = conflict();
    const { plan, journal } = await killedAfter(world, wrote("docker-compose.yml"));
    world.put("docker-compose.yml", `${world.text("docker-compose.yml")}# by hand\n`, 0o640);

    const { account } = await run(world, plan, { resume: journal });

    expect(account.outcome).toBe("failed");
    expect(account.steps[0]).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining("docker-compose.yml has been changed by somebody else since"),
    });
    expect(account.steps.slice(1)).toMatchObject([{ state: "not-run" }, { state: "not-run" }]);
    expect(world.text("docker-compose.yml")).toContain("# by hand");
  });

  it("after all of its effect is done, and is not run again", async () => {
    const world = conflict();
    const { plan, journal } = await killedAfter(world, wrote(".env"));
    world.trace.length = 0;

    const { account } = await run(world, plan, { resume: journal });

    expect(account.outcome).toBe("repaired");
    expect(account.steps[0]).toMatchObject({
      state: "done",
      attempts: 1,
      reason: "cut off before its end was recorded; its effect was then seen",
    });
    expect(world.writes().map(({ what }) => what)).toEqual([
      ".devlake-local.json",
      "devlake grafana",
      "config-ui",
    ]);
  });

  it("on a deployment that cannot be looked at is put back, and no more than that is claimed", async () => {
    const world = conflict();
    const { plan, files, journal } = await killedAfter(world, wrote("docker-compose.yml"));
    const nth = world.faults.next("compose.config") + 1;
    world.faults.add(throwsBefore("compose.config", new Error("no answer"), { nth, every: true }));

    const { account } = await run(world, plan, { resume: journal });

    expect(account.outcome).toBe("failed");
    expect(account.reason).toContain("it could not be looked at");
    expect(account.steps[0]).toMatchObject({ state: "restored", attempts: 1 });
    expect([...world.files]).toEqual(files);
  });
});

describe("a run that was cut off", () => {
  it("while it took things back goes on taking them back, and runs no step again", async () => {
    const world = conflict();
    world.faults.add(
      answers("compose.recreate", { kind: "failed", exitCode: 1, stderr: "manifest unknown\n" }, "none"),
    );
    const { plan, files, journal } = await killedAfter(world, recorded("undo_intent"));

    const { account } = await run(world, plan, { resume: journal });

    expect(account.outcome).toBe("failed-restored");
    expect(account.steps).toMatchObject([{ state: "restored" }, { state: "restored" }, { state: "failed" }]);
    expect([...world.files]).toEqual(files);
    expect(world.faults.next("compose.recreate")).toBe(2);
  });

  it("after everything was taken back says so", async () => {
    const world = conflict();
    world.faults.add(
      answers("compose.recreate", { kind: "failed", exitCode: 1, stderr: "manifest unknown\n" }, "none"),
    );
    const { plan, files, journal } = await killedAfter(world, recorded("undo_outcome"));
    world.trace.length = 0;

    const { account } = await run(world, plan, { resume: journal });

    expect(account.outcome).toBe("failed-restored");
    expect([...world.files]).toEqual(files);
    expect(world.writes()).toEqual([]);
  });

  it("before another attempt makes that attempt", async () => {
    const world = conflict();
    const late = { kind: "failed", exitCode: 18, stderr: "net/http: TLS handshake timeout\n" };
    world.faults.add(answers("compose.recreate", late, "none"));
    const { plan, journal } = await killedAfter(world, recorded("step_outcome", "s3"));

    const { account } = await run(world, plan, { resume: journal });

    expect(account).toMatchObject({ outcome: "repaired", steps: [{}, {}, { state: "done", attempts: 2 }] });
  });

  it("begins no step any more when its plan has expired, and puts back what is half done", async () => {
    for (const [path, state] of [
      ["docker-compose.yml", "restored"],
      [".env", "done"],
    ] as const) {
      const world = conflict();
      const { plan, files, journal } = await killedAfter(world, wrote(path));
      const after = [...world.files];
      world.clock.pass(40 * 24 * 3_600_000);

      const { account } = await run(world, plan, { resume: journal });

      expect(account.outcome).toBe("declined");
      expect(account.steps.map((step) => step.state)).toEqual([
        state === "restored" ? "failed" : state,
        "not-run",
        "not-run",
      ]);
      expect(account.reason).toContain("the plan was valid until");
      expect([...world.files]).toEqual(state === "restored" ? files : after);
    }
  });

  it("is asked again where no approval was recorded, and a no is a no", async () => {
    const world = conflict();
    const { plan, files, journal } = await killedAfter(world, recorded("run_started"));

    const { account } = await run(world, plan, {
      resume: journal,
      decide: () => ({ kind: "declined", reason: "not tonight" }),
    });

    expect(account).toMatchObject({ outcome: "declined", steps: [{ state: "declined" }, {}, {}] });
    expect([...world.files]).toEqual(files);
  });

  it("can be interrupted again, and then tells of both", async () => {
    const world = conflict();
    const { plan, journal } = await killedAfter(world, recorded("step_outcome"));
    const { account } = await run(world, plan, {
      resume: journal,
      signal: AbortSignal.abort(new Error("interrupted by SIGINT")),
    });

    expect(account).toMatchObject({
      outcome: "interrupted",
      earlierRuns: [{ number: 1, records: { first: 1, last: journal.length } }],
      steps: [{ state: "done", earlierRun: 1 }, { state: "not-run" }, { state: "not-run" }],
    });
    expect(account.startedAt).toBe(journal.records[0]?.at);
  });

  it("by a program that did not record what was there before is not gone on with", async () => {
    const world = conflict();
    const { plan, journal } = await killedAfter(world, recorded("step_intent"));
    const old = new RecordingJournal(world);
    for (const entry of journal.entries) {
      if (entry.kind === "run_started") {
        const { before: _before, ...rest } = entry;
        await old.append(rest);
      } else await old.append(entry);
    }
    world.trace.length = 0;

    await expect(run(world, plan, { resume: old })).rejects.toMatchObject({ code: "run_unfinished" });

    expect(world.writes()).toEqual([]);
  });
});

async function journalOf(entries: readonly JournalEntry[]) {
  const journal = new RecordingJournal(worlds.freshWorld());
  for (const entry of entries) await journal.append(entry);
  return { last: lastRun(journal.records), journal };
}

describe("the last run of a journal", () => {
  it("is none in an empty one", async () => {
    expect((await journalOf([])).last).toEqual({ kind: "none" });
  });

  it("has ended where its end stands, whatever was taken back after it", async () => {
    const { last, journal } = await journalOf([...sampleEntries, { kind: "undo_intent", step: "s1" }]);

    expect(last).toMatchObject({
      kind: "ended",
      outcome: "interrupted",
      anchor: { length: sampleEntries.length, head: journal.records.at(-2)?.hash },
    });
  });

  it("is the one that was begun last, and not an earlier one of another plan", async () => {
    const [started] = sampleEntries;
    if (started?.kind !== "run_started") throw new Error("no start");
    const again = { ...started, planDigest: `sha256:${"1".repeat(64)}` } as const;

    expect((await journalOf([...sampleEntries, again])).last).toMatchObject({
      kind: "cut-off",
      run: { planDigest: again.planDigest, earlierRuns: [{ records: { first: 10, last: 10 } }] },
    });
  });
});
