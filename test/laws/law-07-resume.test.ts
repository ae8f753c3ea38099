import * as fc from "../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { RepairError } from "../../src/core/errors.ts";
import { lastRun, type LastRun } from "../../src/apply/past-run.ts";
import { ResultSchema } from "../../src/core/records/result.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { ApprovalDecision } from "../../src/ports/approval.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run, type Ran, type RunOptions } from "../fakes/fake-run.ts";
import type { FakeWorld, Trace } from "../fakes/fake-world.ts";
import { runAndKill } from "../fakes/killed-run.ts";
import { endsHalfway } from "../fakes/faults.ts";
import type { RecordingJournal } from "../fakes/recording-journal.ts";
import { numRuns, patient, undisturbedRun } from "./plan-and-run.ts";

function conflictWithState(): FakeWorld {
  const world = worlds.portConflictWorld();
  world.put(".devlake-local.json", worlds.stateText);
  return world;
}

/** One step writes two files: a kill can come between them. */
function twoFiles(): FakeWorld {
  const world = conflictWithState();
  world.put("docker-compose.yml", worlds.composeText.replace("8080:8080", "${LAKE_PORT}:8080"), 0o640);
  world.put(".env", `${worlds.envText}LAKE_PORT=8080\n`, 0o600);
  return world;
}

const cases = {
  "ports moved in two files": twoFiles,
  "ports moved, services started, state file written": conflictWithState,
  "containers removed and made anew": worlds.brokenContainersWorld,
  "services started": () => worlds.stoppedWorld(),
  "services created": worlds.freshWorld,
} as const;

/** Files and their modes, and everything of data. */
function kept(world: FakeWorld): unknown {
  return [[...world.files].toSorted(([a], [b]) => (a < b ? -1 : 1)), [...world.engine.volumes]];
}

interface Reference {
  readonly plan: Plan;
  readonly before: unknown;
  readonly after: unknown;
  /** How many things happened: every one of them is an instant at which a run can be killed. */
  readonly instants: number;
}

/** The same world, plan and run without any kill. */
async function referenceOf(make: () => FakeWorld): Promise<Reference> {
  const world = make();
  const { plan } = await planFor(world);
  world.trace.length = 0;
  const before = kept(world);
  const { account } = await run(world, plan);
  expect(account.outcome).toBe("repaired");
  return { plan, before, after: kept(world), instants: world.trace.length };
}

/** Kills a run at these instants, each counted from the start of its part, and lets the last part end. */
async function killAndResume(
  world: FakeWorld,
  plan: Plan,
  kills: readonly number[],
  options: RunOptions = {},
): Promise<{ readonly last: Ran; readonly asked: number; readonly parts: number }> {
  let asked = 0;
  let parts = 0;
  let resume = options;
  for (const after of kills) {
    const killed = await runAndKill(world, plan, after, resume);
    parts += 1;
    if (killed.kind === "ran") return { last: killed.ran, asked: asked + killed.ran.asked.length, parts };
    asked += killed.asked;
    const end = lastRun(killed.journal.records);
    if (end.kind === "ended") return { last: fromJournal(killed.journal, end), asked, parts };
    // Before its first record a run has done nothing, and the next one is not a resumed one.
    if (killed.journal.length > 0) resume = { ...options, resume: killed.journal };
    // Whoever finds it does not type as fast as that.
    world.clock.pass(30_000);
  }
  const last = await run(world, plan, resume);
  return { last, asked: asked + last.asked.length, parts: parts + 1 };
}

/** Killed before it could sign: what is signed then. */
function fromJournal(journal: RecordingJournal, end: Extract<LastRun, { kind: "ended" }>): Ran {
  if (end.account === undefined) throw new Error("the end of the run does not tell what is to be signed");
  const account = { ...end.account, journal: { path: "journal.ndjson", ...end.anchor } };
  return { account, journal, events: [], asked: [] };
}

/** Such as an engine that does not answer: nothing was done then. */
function refused(thrown: unknown): { readonly last: undefined } {
  expect(thrown).toBeInstanceOf(RepairError);
  return { last: undefined };
}

/** What was announced, done and told: nothing without an intent, nothing that is done a second time. */
function expectAccounted(trace: readonly Trace[], { account, journal }: Ran): void {
  let open: string | undefined;
  const done = new Set<string>();
  for (const entry of trace) {
    if (entry.kind === "write") expect(open, entry.what).toBeDefined();
    if (entry.kind !== "journal") continue;
    const record = entry.entry;
    if (record.kind === "step_intent") {
      expect(done).not.toContain(record.step);
      open = record.step;
    }
    if (record.kind === "undo_intent") open = record.step;
    if (record.kind === "step_outcome" && record.state === "done") done.add(record.step);
    if (record.kind === "undo_outcome") done.delete(record.step);
    if (record.kind === "step_outcome" || record.kind === "undo_outcome") open = undefined;
  }
  expect(ResultSchema.omit({ signer: true }).safeParse(account).error).toBeUndefined();
  expect(account.journal).toMatchObject({ length: journal.length, head: journal.head });
  // A journal that failed holds no end, and the account says so.
  if (!account.reason.includes("the journal does not hold all of it"))
    expect(journal.entries.at(-1)).toMatchObject({ kind: "run_ended", outcome: account.outcome });
}

/** Of several removals some were made, which no undo can take back: it stops, says so, and a new plan goes on. */
async function expectStoppedHalfway(world: FakeWorld, { account }: Ran): Promise<void> {
  const unknown = account.steps.filter(({ state }) => state !== "not-run" && state !== "done");
  expect(unknown).toMatchObject([
    {
      tool: "cleanup_partial_local_artifacts",
      state: "unknown",
      reason: expect.stringMatching(
        /cut off before its end .* may not be repeated: .*state was "(?:exited|dead)"/,
      ),
    },
  ]);
  const { plan } = await planFor(world);
  expect((await run(world, plan)).account.outcome).toBe("repaired");
}

describe("law 7: killed at any instant and resumed", () => {
  it.each(Object.entries(cases))("%s: it ends as without the kill", patient, async (_what, make) => {
    const reference = await referenceOf(make);
    expect(reference.instants).toBeGreaterThan(5);
    for (let instant = 1; instant <= reference.instants; instant++) {
      const world = make();
      const { plan } = await planFor(world);
      world.trace.length = 0;

      const { last, asked } = await killAndResume(world, plan, [instant]);

      const { account } = last;
      const what = `killed after ${instant}: ${account.reason} ${JSON.stringify(account.steps.map(({ state, reason }) => [state, reason]))}`;
      if (account.outcome === "failed") {
        await expectStoppedHalfway(world, last);
        continue;
      }
      expect(account.outcome, what).toBe("repaired");
      expect(kept(world), what).toEqual(reference.after);
      expect(account.steps.map(({ id, state }) => [id, state])).toEqual(
        plan.steps.map(({ id }) => [id, "done"]),
      );
      // Answered before the kill but not yet recorded is asked again; all else is not.
      const mutating = plan.steps.filter(({ effect }) => effect === "mutating").length;
      expect([mutating, mutating + 1], what).toContain(asked);
      expectAccounted(world.trace, last);
      if (account.earlierRuns !== undefined) {
        expect(account.earlierRuns.length).toBe(1);
        const ended = last.journal.records
          .slice(0, account.earlierRuns[0]?.records.last)
          .flatMap(({ entry }) => (entry.kind === "step_outcome" ? [entry.step] : []));
        for (const id of ended)
          expect(account.steps.find((step) => step.id === id)).toMatchObject({ earlierRun: 1 });
      }
    }
  });

  it("also when it is killed again and again", patient, async () => {
    const makes = fc.constantFrom(...Object.values(cases));
    const kills = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(makes, kills, async (make, at) => {
        const reference = await referenceOf(make);
        const world = make();
        const { plan } = await planFor(world);
        world.trace.length = 0;

        const { last } = await killAndResume(world, plan, at);

        const { account } = last;
        for (const { attempts } of account.steps) expect(attempts).toBeLessThanOrEqual(3);
        expectAccounted(world.trace, last);
        // With three attempts cut off it gives up, and says in which state that leaves things.
        if (account.outcome === "repaired") expect(kept(world)).toEqual(reference.after);
        else expect(["failed", "failed-restored"]).toContain(account.outcome);
        if (account.outcome === "failed-restored") expect(kept(world)).toEqual(reference.before);
      }),
      { numRuns },
    );
  });

  it("whatever is broken, answered and goes wrong", patient, async () => {
    const kills = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(undisturbedRun, kills, async ({ world: { make }, decisions, mishaps }, at) => {
        const world = make();
        const { plan } = await planFor(world);
        if (plan.steps.length === 0) return;
        world.trace.length = 0;
        for (const { arrange } of mishaps) arrange(world, new AbortController());
        const before = new Map(world.files);
        let asked = 0;
        const decide = (): ApprovalDecision =>
          decisions[asked++ % decisions.length] ?? { kind: "missing", reason: "none" };

        const { last } = await killAndResume(world, plan, at, { decide }).catch(refused);

        if (last === undefined) return;
        expectAccounted(world.trace, last);
        const { outcome, steps } = last.account;
        expect(steps.map(({ id }) => id)).toEqual(plan.steps.map(({ id }) => id));
        expect(steps.every(({ reason }) => reason !== "")).toBe(true);
        if (outcome === "failed-restored") expect(new Map(world.files)).toEqual(before);
        const approved = new Set(
          last.journal.entries.flatMap((entry) => (entry.kind === "approval" ? [entry.record.step] : [])),
        );
        for (const { id, effect, attempts } of steps)
          if (effect === "mutating" && attempts > 0) expect(approved).toContain(id);
      }),
      { numRuns },
    );
  });

  it("in the middle of what Compose does, and of what is taken back", patient, async () => {
    for (const make of [conflictWithState, worlds.freshWorld]) {
      const reference = await referenceOf(make);
      const noImage = { kind: "failed", exitCode: 18, stderr: "manifest for mysql:8 not found\n" };
      const world = make();
      const { plan } = await planFor(world);
      world.trace.length = 0;
      world.faults.add(endsHalfway("compose.recreate", noImage));
      await run(world, plan);
      const instants = world.trace.length;
      for (let instant = 1; instant <= instants; instant++) {
        const again = make();
        again.trace.length = 0;
        again.faults.add(endsHalfway("compose.recreate", noImage));

        const { last } = await killAndResume(again, plan, [instant]);

        expectAccounted(again.trace, last);
        const { outcome } = last.account;
        if (outcome === "repaired") expect(kept(again)).toEqual(reference.after);
        else expect([...again.files]).toEqual([...make().files]);
      }
    }
  });
});
