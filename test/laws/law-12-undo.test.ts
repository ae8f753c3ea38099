import { describe, expect, test } from "vitest";
import { lastRun } from "../../src/apply/past-run.ts";
import { strayUndo } from "../../src/apply/undo-paths.ts";
import { toolNamed } from "../../src/targets/family.ts";
import { digestBytes } from "../../src/core/text/digest.ts";
import type { Json } from "../../src/core/text/json.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { brokenWorld, repaired, states, undo } from "../fakes/fake-undo.ts";
import { planFor, run } from "../fakes/fake-run.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { RecordingJournal } from "../fakes/recording-journal.ts";
import { forgedEntries } from "./planted-journal.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const gitConfig = "[core]\n\tbare = false\n";
const strays = [".git/config", "README.md", "sub/../.git/config", "../elsewhere", "/etc/passwd", ".ENV"];

/** What would put `text` in the place of a file, as it is now. */
function record(path: string, now: string): Json {
  return { files: [{ path, backup: null, after: digestBytes(now) }] };
}

/** A world with git's own files, and the plan for it. */
async function checkout(): Promise<{ world: FakeWorld; plan: Awaited<ReturnType<typeof planFor>>["plan"] }> {
  const world = brokenWorld();
  for (const path of [".git/config", "README.md"]) world.put(path, gitConfig);
  return { world, plan: (await planFor(world)).plan };
}

describe("law 12: an undo writes only files that the plan's own steps name", () => {
  test.each([".git/config", "README.md"])(
    "whatever the journal of a run that was cut off says, as if it were sealed: %s",
    async (path) => {
      const { world, plan } = await checkout();
      const { facts } = await world.eyes().inspect();
      const journal = new RecordingJournal(world);
      for (const entry of forgedEntries(plan, facts, writePlanFile(plan), record(path, gitConfig)))
        await journal.append(entry);
      expect(lastRun(journal.records).kind).toBe("cut-off");
      // Half of the step seems to be done, so it would be put back before it is begun anew.
      world.put(".env", `${world.text(".env")}# edited\n`, 0o600);

      const { account } = await run(world, plan, { resume: journal });

      expect(account.outcome).toBe("failed");
      expect(account.steps[0]).toMatchObject({
        state: "unknown",
        reason: expect.stringContaining(`its undo record names "${path}"`),
      });
      expect(world.text(path)).toBe(gitConfig);
      expect(world.writes()).toEqual([]);
    },
  );

  test("nor does repair undo, whatever stands in the journal of the result", async () => {
    const done = await repaired();
    const { world, ran } = done;
    world.put(".git/config", gitConfig);
    const journal = new RecordingJournal(world);
    for (const entry of ran.journal.entries) {
      const isFirst = entry.kind === "step_intent" && entry.step === "s1";
      await journal.append(isFirst ? { ...entry, undo: record(".git/config", gitConfig) } : entry);
    }
    world.trace.length = 0;

    const undone = await undo(done, { journal });

    expect(states(undone)).toContain("s1 failed");
    expect(undone.end.steps.find(({ id }) => id === "s1")?.reason).toContain(
      'its undo record names ".git/config", which rewrite_local_ports_to_alt_bundle cannot have written here',
    );
    expect(world.text(".git/config")).toBe(gitConfig);
    expect(world.writes().map(({ what }) => what)).not.toContain(".git/config");
  });

  test("each tool that can be undone says which files those are", () => {
    const composeFiles = ["docker-compose.yml", ".env"];
    const [ports, state] = ["rewrite_local_ports_to_alt_bundle", "update_state_file"].map((name) =>
      toolNamed(localFamily, name),
    );
    if (ports === undefined || state === undefined) throw new Error("no such tools");

    for (const path of composeFiles) expect(strayUndo(record(path, ""), ports, composeFiles)).toBeUndefined();
    expect(strayUndo(record(".devlake-local.json", ""), state, composeFiles)).toBeUndefined();
    for (const path of [...strays, ".devlake-local.json"])
      expect([path, strayUndo(record(path, ""), ports, composeFiles)]).toEqual([path, expect.any(String)]);
    for (const path of [...strays, ...composeFiles])
      expect([path, strayUndo(record(path, ""), state, composeFiles)]).toEqual([path, expect.any(String)]);
    for (const odd of [{}, { files: "x" }, null, "x", { files: [{ path: ".env" }] }])
      expect([odd, strayUndo(odd as Json, ports, composeFiles)]).toEqual([odd, expect.any(String)]);
  });
});
