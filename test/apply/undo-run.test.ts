import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/core/text/digest.ts";
import { RepairError } from "../../src/core/errors.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { approveAll, planFor, run } from "../fakes/fake-run.ts";
import { brokenWorld, repaired, states, undo } from "../fakes/fake-undo.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { answers, meanwhile, throwsBefore } from "../fakes/faults.ts";

describe("undoRun", () => {
  it("puts every file back byte for byte with its mode, the last step first, each asked for and recorded", async () => {
    const past = await repaired();
    const { world, ran, files } = past;

    const undone = await undo(past);

    expect([...world.files]).toEqual(files);
    expect(undone.end).toMatchObject({ outcome: "restored", interrupted: false });
    expect(states(undone)).toEqual(["s3 skipped", "s2 restored", "s1 restored"]);
    expect(undone.asked.map(({ step, action }) => [step.id, action])).toEqual([
      ["s2", "undo"],
      ["s1", "undo"],
    ]);
    const since = undone.journal.entries.slice(ran.account.journal.length);
    expect(
      since.map((entry) => (entry.kind === "approval" ? `approval to ${entry.record.action}` : entry.kind)),
    ).toEqual([
      "approval to undo",
      "undo_intent",
      "undo_outcome",
      "approval to undo",
      "undo_intent",
      "undo_outcome",
    ]);
    const moved = undone.end.steps.at(-1)?.files ?? [];
    expect(moved.map(({ path }) => path).toSorted()).toEqual([".env", "docker-compose.yml"]);
    for (const { original, left, found, now } of moved) {
      expect([found, now]).toEqual([left, original]);
      expect(left).not.toBe(original);
    }
  });

  it("says which texts are the same, and gives no digest by which a secret in them could be guessed", async () => {
    const past = await repaired();
    const texts = [...past.files, ...past.world.files].map(([, { text }]) => text);

    const { end } = await undo(past);

    const account = JSON.stringify(end.steps);
    expect(account).toContain("hmac-sha256:");
    expect(texts.filter((text) => account.includes(sha256Hex(text)))).toEqual([]);
  });

  it("shows what comes back, without the secrets that stand in the same file", async () => {
    const past = await repaired();

    const { asked } = await undo(past);

    const shown = asked.at(-1)?.shown ?? "";
    expect(shown).toMatch(/-LAKE_PORT=8085\n\s+\+LAKE_PORT=8080/);
    expect(shown).toContain("ENCRYPTION_SECRET=");
    expect(shown).not.toContain(worlds.secret);
  });

  it("says what runs on other ports than the files want again, and touches no container", async () => {
    const past = await repaired();
    const containers = JSON.stringify([...past.world.engine.containers]);

    const { end } = await undo(past);

    expect(end.stillRunning).toContainEqual({ service: "devlake", on: [8085], files: [8080] });
    expect(JSON.stringify([...past.world.engine.containers])).toBe(containers);
  });

  it("writes nothing for a step that is declined, and goes on to the next", async () => {
    const past = await repaired();
    const state = past.world.text(".devlake-local.json");

    const undone = await undo(past, {
      decide: ({ step }) =>
        step.id === "s2" ? { kind: "declined", reason: "declined at the terminal" } : approveAll(),
    });

    expect(states(undone)).toEqual(["s3 skipped", "s2 declined", "s1 restored"]);
    expect(undone.end.outcome).toBe("partly-restored");
    expect(past.world.text(".devlake-local.json")).toBe(state);
    expect(past.world.text("docker-compose.yml")).toContain("${LAKE_PORT}:8080");
  });

  it.each([
    [
      "changed before",
      (world: FakeWorld) => world.put(".env", `${world.text(".env") ?? ""}# by hand\n`, 0o600),
      "has been changed",
    ],
    ["removed before", (world: FakeWorld) => void world.files.delete(".env"), "is gone"],
  ])("leaves all files of a step alone when one of them was %s", async (_how, change, says) => {
    const past = await repaired();
    change(past.world);
    const files = [...past.world.files].filter(([path]) => path !== ".devlake-local.json");

    const undone = await undo(past);

    expect(states(undone)).toEqual(["s3 skipped", "s2 restored", "s1 stale"]);
    expect(undone.end.steps.at(-1)?.reason).toMatch(`.env ${says} since the run`);
    expect([...past.world.files].filter(([path]) => path !== ".devlake-local.json")).toEqual(files);
    expect(undone.end.outcome).toBe("partly-restored");
  });

  it("leaves them alone, too, when one moves while the question stands", async () => {
    const past = await repaired();
    const { world } = past;
    let files: unknown;
    world.faults.add(
      meanwhile(
        "approvals.request",
        () => {
          world.put(".env", "EDITED=1\n", 0o600);
          files = [...world.files].filter(([path]) => path !== ".devlake-local.json");
        },
        { nth: world.faults.next("approvals.request") + 1 },
      ),
    );

    const undone = await undo(past);

    expect(states(undone)).toEqual(["s3 skipped", "s2 restored", "s1 stale"]);
    expect([...world.files].filter(([path]) => path !== ".devlake-local.json")).toEqual(files);
  });

  it("does not call restored what it did not read back", async () => {
    const past = await repaired();
    const { world } = past;
    const nth = world.faults.next("files.replace");
    world.faults.add(answers("files.replace", undefined, "none", { nth }));

    const undone = await undo(past);

    expect(states(undone)).toEqual(["s3 skipped", "s2 failed", "s1 restored"]);
    expect(undone.end.steps[1]?.reason).toContain("not back: .devlake-local.json");
    expect(undone.journal.entries).toContainEqual(
      expect.objectContaining({ kind: "undo_outcome", step: "s2", outcome: "not-restored" }),
    );
  });

  it("says so when nothing could be written", async () => {
    const past = await repaired();
    const full = new RepairError("file_unwritable", "cannot write: no space left on the disk");
    const { world } = past;
    const nth = world.faults.next("files.replace");
    world.faults.add(throwsBefore("files.replace", full, { nth, every: true }));
    const files = [...world.files];

    const undone = await undo(past);

    expect(undone.end.outcome).toBe("not-restored");
    expect(undone.end.reason).toContain("no space left on the disk");
    expect([...world.files]).toEqual(files);
  });

  it("touches nothing that it cannot announce", async () => {
    const past = await repaired();
    const { world } = past;
    const nth = world.faults.next("journal.append") + 1;
    world.faults.add(throwsBefore("journal.append", new Error("ENOSPC"), { nth, every: true }));
    const files = [...world.files];

    const undone = await undo(past);

    expect(states(undone)).toEqual(["s3 skipped", "s2 not-run", "s1 not-run"]);
    expect(undone.end.outcome).toBe("not-restored");
    expect([...world.files]).toEqual(files);
  });

  it("Ctrl-C at a question ends it, with nothing done to that step and the rest", async () => {
    const past = await repaired();
    const interrupt = new AbortController();
    const files = [...past.world.files];

    const undone = await undo(past, {
      signal: interrupt.signal,
      decide: () => {
        interrupt.abort(new Error("interrupted by SIGINT"));
        return approveAll();
      },
    });

    expect(undone.end).toMatchObject({ outcome: "not-restored", interrupted: true });
    expect(states(undone)).toEqual(["s3 skipped", "s2 not-run", "s1 not-run"]);
    expect([...past.world.files]).toEqual(files);
  });

  it("goes on after it was killed between what it did and the record of it, without asking again", async () => {
    const past = await repaired();
    const { world } = past;
    const nth = world.faults.next("journal.append") + 2;
    world.faults.add(throwsBefore("journal.append", new Error("killed"), { nth, every: true }));
    const first = await undo(past);
    expect(states(first)).toEqual(["s3 skipped", "s2 failed", "s1 not-run"]);
    world.faults.clear();

    const second = await undo(past, { journal: first.journal });

    expect(second.asked.map(({ step }) => step.id)).toEqual(["s1"]);
    expect(states(second)).toEqual(["s3 skipped", "s2 restored", "s1 restored"]);
    expect([...world.files]).toEqual(past.files);
  });

  it("asks for nothing that was taken back before, and looks whether it still is", async () => {
    const past = await repaired();
    const first = await undo(past);
    const again = await undo(past, { journal: first.journal });
    expect(again.asked).toEqual([]);
    expect(states(again)).toEqual(["s3 skipped", "s2 restored", "s1 restored"]);

    past.world.put(".env", "EDITED=1\n", 0o600);
    const later = await undo(past, { journal: first.journal });

    expect(states(later)).toEqual(["s3 skipped", "s2 restored", "s1 skipped"]);
    expect(later.end.steps.at(-1)?.reason).toContain(".env changed since, by somebody else");
  });

  it("takes files back while the engine is down, and claims nothing about containers then", async () => {
    const past = await repaired();
    past.world.engineAnswers = "unreachable";

    const { end } = await undo(past);

    expect(end).toMatchObject({ outcome: "restored", stillRunning: [] });
    expect([...past.world.files]).toEqual(past.files);
  });

  it("refuses a directory of another project before it does anything", async () => {
    const past = await repaired();
    const { ran } = past;
    const target = { ...ran.account.target, project: "other" };
    const files = [...past.world.files];

    await expect(
      undo({ ...past, ran: { ...ran, account: { ...ran.account, target } } }),
    ).rejects.toMatchObject({ code: "wrong_target" });
    expect([...past.world.files]).toEqual(files);
  });

  it("has nothing to do after a run that has taken itself back", async () => {
    const world = brokenWorld();
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.recreate", { kind: "failed", exitCode: 1, stderr: "no\n" }, "none"));
    const ran = await run(world, plan);
    expect(ran.account.outcome).toBe("failed-restored");
    const files = [...world.files];

    const undone = await undo({ world, ran });

    expect(undone.asked).toEqual([]);
    expect(states(undone)).toEqual(["s3 skipped", "s2 restored", "s1 restored"]);
    expect([...world.files]).toEqual(files);
  });

  it("tells each step as it goes", async () => {
    const { events } = await undo(await repaired());

    expect(events.map(({ type }) => type)).toEqual([
      "stage_started",
      ...Array.from({ length: 3 }, () => ["undo_started", "undo_ended"]).flat(),
      "stage_done",
    ]);
  });
});

describe("a failed run that is told to keep what it did", () => {
  it("takes nothing back, says what stays, and can be undone afterwards", async () => {
    const world = brokenWorld();
    const files = [...world.files];
    const { plan } = await planFor(world);
    world.faults.add(answers("compose.recreate", { kind: "failed", exitCode: 1, stderr: "no\n" }, "none"));

    const ran = await run(world, plan, { onFailure: "keep" });

    expect(ran.account.outcome).toBe("failed");
    expect(ran.account.reason).toContain("step s1 stays, as onFailure: keep wants it");
    expect(world.text(".env")).toContain("LAKE_PORT=8085");
    expect(ran.journal.entries.map(({ kind }) => kind)).not.toContain("undo_intent");

    const undone = await undo({ world, ran });

    expect(undone.end.outcome).toBe("restored");
    expect([...world.files]).toEqual(files);
  });
});
