import { describe, expect, test } from "vitest";
import type { CutOffRun, LastRun } from "../../../src/apply/past-run.ts";
import type { LoadedPlan } from "../../../src/flows/planning/load-plan.ts";
import { refuseSpent, refuseUnfinished, whatToResume } from "../../../src/flows/applying/past-run-check.ts";
import type { CliServices } from "../../../src/flows/services.ts";
import type { EndedAccount, JournalEntry } from "../../../src/core/records/journal-record.ts";
import type { RunOutcome } from "../../../src/core/records/result.ts";

const digest = `sha256:${"a".repeat(64)}`;
const otherDigest = `sha256:${"b".repeat(64)}`;
const anchor = { length: 9, head: "c".repeat(64) };

const loaded = { path: "plans/x.plan.yaml", digest, plan: { metadata: { name: "x" } } } as LoadedPlan;
const options = { approve: ["s1", "s3"], directory: "my lake" };

const account = { outcome: "repaired" } as EndedAccount;

function ended(more: Partial<Extract<LastRun, { kind: "ended" }>> = {}): LastRun {
  return { kind: "ended", planDigest: digest, outcome: "repaired", account, anchor, ...more };
}

function cutOff(planDigest: string): LastRun {
  const run: CutOffRun = {
    planDigest,
    directory: undefined,
    startedAt: "2026-11-22T10:00:00.000Z",
    before: undefined,
    steps: new Map(),
    isRestoring: false,
    earlierRuns: [
      {
        number: 1,
        startedAt: "2026-11-22T10:00:00.000Z",
        lastRecordAt: "2026-11-22T10:00:07.000Z",
        records: { first: 1, last: 4 },
        executor: { version: "0.1.0", node: "24" },
      },
    ],
  };
  return { kind: "cut-off", run };
}

/** Results beside the plan, by the journal that they name. */
function services(results: Readonly<Record<string, typeof anchor>> = {}): CliServices {
  const read = async (path: string): Promise<Buffer> => {
    const predicate = { outcome: "repaired", journal: { path: "journal.ndjson", ...results[path] } };
    const payload = Buffer.from(JSON.stringify({ predicate })).toString("base64");
    const signatures = [{ keyid: "k", sig: Buffer.alloc(64).toString("base64") }];
    return Buffer.from(JSON.stringify({ payloadType: "application/vnd.in-toto+json", payload, signatures }));
  };
  return { files: { read, exists: async (path: string) => path in results } } as unknown as CliServices;
}

const journalPath = "~/.local/state/gh-devlake/repair/0123/x/journal.ndjson";

const refuse = (last: LastRun, of: CliServices = services(), kept?: string) =>
  refuseUnfinished(last, loaded, options, { journalPath, keptResult: async () => kept }, of);

describe("a plain --apply", () => {
  test("goes on where no run was, and where the last one ended and was signed", async () => {
    await expect(refuse({ kind: "none" })).resolves.toBeUndefined();
    await expect(refuse(ended(), services({ "plans/x.plan.result.json": anchor }))).resolves.toBeUndefined();
    await expect(refuse(ended({ planDigest: otherDigest }))).resolves.toBeUndefined();
    // It was signed, and the file beside the plan is lost: the checkout decides nothing.
    await expect(
      refuse(ended({ outcome: "declined" }), services(), "result-9.json"),
    ).resolves.toBeUndefined();
  });

  test("is refused after a run that was cut off, with the exact command", async () => {
    await expect(refuse(cutOff(digest))).rejects.toMatchObject({
      code: "run_unfinished",
      message: 'a run of "plans/x.plan.yaml" was cut off at 2026-11-22T10:00:07.000Z and is not finished',
      hint: 'finish or restore it: gh devlake repair --apply plans/x.plan.yaml --dir "my lake" --resume --approve s1,s3',
    });
  });

  test("is refused when that run was of another plan of the name", async () => {
    await expect(refuse(cutOff(otherDigest))).rejects.toMatchObject({
      code: "run_unfinished",
      message: expect.stringContaining(`a run of another plan named x (${otherDigest}) was cut off`),
      hint: expect.stringContaining('move "~/.local/state/gh-devlake/repair/0123/x" away'),
    });
  });

  test("is refused while the end of the last run is not signed", async () => {
    const other = { ...anchor, head: "d".repeat(64) };

    await expect(refuse(ended(), services({ "plans/x.plan.result.json": other }))).rejects.toMatchObject({
      code: "run_unfinished",
      hint: expect.stringContaining("write it from the journal: gh devlake repair --apply"),
    });
  });
});

const startOf = (planDigest: string): JournalEntry => ({
  kind: "run_started",
  planDigest,
  planName: "x",
  target: { kind: "local", directory: ".", identity: { volumes: [] } },
  executor: { version: "0.1.0", node: "24" },
  resumed: false,
});
const endOf = (outcome: RunOutcome): JournalEntry => ({ kind: "run_ended", outcome, reason: "so" });
const spentBy = (entries: readonly JournalEntry[], kept: readonly number[]) => {
  const records = entries.map((entry, index) => ({
    seq: index + 1,
    at: "2026-11-22T10:00:00.000Z",
    entry,
    hash: "c".repeat(64),
  }));
  const keptResult = async (length: number) =>
    kept.includes(length) ? `~/s/result-${length}.json` : undefined;
  return refuseSpent({ records, journalPath, keptResult }, loaded, options);
};

describe("a plan that has repaired", () => {
  const repaired = [startOf(digest), endOf("repaired")];

  test.each([
    ["signed, whatever is beside the plan", repaired, [2]],
    ["before another plan of its name ran", [...repaired, startOf(otherDigest), endOf("declined")], [2, 4]],
    ["before it was run once more", [...repaired, startOf(digest), endOf("declined")], []],
    ["and was then taken back", [...repaired, { kind: "undo_intent", step: "s1" } as const], [2]],
  ])("is spent: %s", async (_what, entries, kept) => {
    await expect(spentBy(entries, kept)).rejects.toMatchObject({
      code: "plan_spent",
      message: `the plan "plans/x.plan.yaml" has already been applied, as the journal ${journalPath} says`,
      hint: expect.stringContaining('make a new plan: gh devlake repair --plan-only --dir "my lake"'),
    });
  });

  test.each([
    ["another plan did", [startOf(otherDigest), endOf("repaired")], [2]],
    ["it only failed", [startOf(digest), endOf("failed-restored")], [2]],
    ["its last run is not signed yet, which is for --resume", repaired, []],
    ["none has run", [], []],
  ])("is not spent where %s", async (_what, entries, kept) => {
    await expect(spentBy(entries, kept)).resolves.toBeUndefined();
  });
});

describe("--resume", () => {
  test("finds the run that was cut off, or the end that is not signed", async () => {
    expect(await whatToResume(cutOff(digest), loaded, services())).toMatchObject({ kind: "cut-off" });
    expect(await whatToResume(ended(), loaded, services())).toEqual({ kind: "unsigned", account, anchor });
  });

  test.each([
    ["no run", { kind: "none" }, {}, "no run of it was begun here"],
    ["a signed end", ended(), { "plans/x.plan.result.json": anchor }, "see plans/x.plan.result.json"],
    ["an end of an older program", ended({ account: undefined }), {}, "left no account to sign"],
  ] as const)("has nothing to do: %s", async (_what, last, results, why) => {
    await expect(whatToResume(last, loaded, services(results))).rejects.toMatchObject({
      code: "nothing_to_resume",
      message: expect.stringContaining(why),
    });
  });

  test.each([
    [
      "interrupted",
      'the deployment is no longer as that plan expects: make a new plan: gh devlake repair --plan-only --dir "my lake"',
    ],
    ["failed", "the deployment is no longer as that plan expects"],
    ["unhealthy", "the deployment is no longer as that plan expects"],
    ["stale", "the deployment is no longer as that plan expects"],
    ["repaired", "if DevLake is broken again, make a new plan"],
    ["declined", "leave out --resume to run the plan again"],
    ["failed-restored", "leave out --resume to run the plan again"],
  ] as const)("says what helps after a run that ended %s", async (outcome, hint) => {
    const signed = services({ "plans/x.plan.result.json": anchor });

    await expect(whatToResume(ended({ outcome }), loaded, signed, "my lake")).rejects.toMatchObject({
      hint: expect.stringContaining(hint),
    });
  });

  test.each([cutOff(otherDigest), ended({ planDigest: otherDigest })])(
    "is refused for a file that is not that plan",
    async (last) => {
      await expect(whatToResume(last, loaded, services())).rejects.toMatchObject({
        code: "bad_plan",
        message: expect.stringContaining("is not the plan whose run is in the journal"),
      });
    },
  );
});
