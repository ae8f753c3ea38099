import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgedEntries, forgedJournal } from "../laws/planted-journal.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { everythingOf, packed, planOnly, resultAt } from "./repair-run.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

test("a journal that came with the checkout approves nothing and undoes nothing", async () => {
  await using d = await seededDeployment();
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  await d.holdPort(8080);
  const { plan, path } = await planOnly(gh(), d);
  const text = await readFile(join(d.dir, path), "utf8");
  const facts = new Map(Object.entries(plan.facts ?? {}));
  const config = "[core]\n\tfsmonitor = false\n";
  await mkdir(join(d.dir, ".git"));
  await writeFile(join(d.dir, ".git/config"), config);
  const planted = join(d.dir, ".devlake/repair", plan.metadata.name);
  await mkdir(planted, { recursive: true });

  for (const undo of [
    undefined,
    { files: [{ path: ".git/config", backup: null, after: `sha256:${"0".repeat(64)}` }] },
  ]) {
    const journal = forgedJournal(forgedEntries(plan, facts, text, undo));
    await writeFile(join(planted, "journal.ndjson"), journal);
    const before = await everythingOf(d);

    const resumed = await gh().repair(d, ["--apply", path, "--resume", "--no-input"]);

    expect(resumed, resumed.stderr).toMatchObject({ exitCode: 9, stdout: "" });
    expect(packed(resumed.stderr)).toContain(
      packed("run state of an older version in .devlake/repair is not used"),
    );
    expect(packed(resumed.stderr)).toContain(packed("no run of it was begun here"));
    expect(await everythingOf(d)).toEqual(before);
    expect(await readFile(join(d.dir, ".git/config"), "utf8")).toBe(config);
  }

  // Who is asked is a person, as ever, and the journal of that run is elsewhere.
  expect(await gh().repair(d, ["--apply", path, "--no-input"])).toMatchObject({ exitCode: 4 });
  const applied = await gh().repair(d, ["--apply", path, "--approve", "s1,s2"]);
  expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
  const { journal } = await resultAt(d, path.replace(/\.yaml$/, ".result.json"));
  expect(journal.path).toMatch(/^~\/state\/gh-devlake\/repair\/[0-9a-f]{32}\/.*\/journal\.ndjson$/);
  expect(await readFile(gh().inHome(journal.path), "utf8")).toContain('"kind":"approval"');
});
