import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRunState } from "../../../src/adapters/state/run-state.ts";
import { statePath } from "../../../src/adapters/state/state-path.ts";
import type { RunPlace } from "../../../src/core/records/deployment-id.ts";
import { sampleEntries } from "../../core/journal-entries.ts";
import { nodeClock } from "../../../src/adapters/node/node-clock.ts";
import { temporaryState, uid, type TemporaryState } from "./temporary-state.ts";

let own: TemporaryState;
let checkout: string;
let place: RunPlace;

beforeEach(async () => {
  own = await temporaryState();
  checkout = await mkdtemp(path.join(tmpdir(), "checkout-"));
  place = { deployment: { engineId: randomUUID(), project: "devlake" }, planName: "port-8080-held" };
});

afterEach(async () => {
  await own[Symbol.asyncDispose]();
  await rm(checkout, { recursive: true, force: true });
});

async function runOnce(at = place): Promise<string> {
  const { journal, journalPath, backups, lock } = await own.state.openRun(at, checkout);
  for (const entry of sampleEntries) await journal.append(entry);
  await backups.backUp(".env", "ENCRYPTION_SECRET=canary\n");
  await journal.close();
  await lock.release();
  return journalPath.replace("~", own.home);
}

const open = () => own.state.openRun(place, checkout);

describe("the state directory", () => {
  test.each([
    ["Linux", {}, "linux", "/h/.local/state/gh-devlake/repair", "~/.local/state/gh-devlake/repair"],
    ["XDG_STATE_HOME", { XDG_STATE_HOME: "/x" }, "linux", "/x/gh-devlake/repair", "/x/gh-devlake/repair"],
    [
      "one in the home",
      { XDG_STATE_HOME: "/h/s" },
      "linux",
      "/h/s/gh-devlake/repair",
      "~/s/gh-devlake/repair",
    ],
    [
      "a relative one, which is to be ignored",
      { XDG_STATE_HOME: "x" },
      "linux",
      "/h/.local/state/gh-devlake/repair",
      "~/.local/state/gh-devlake/repair",
    ],
    [
      "macOS",
      { XDG_STATE_HOME: "/x" },
      "darwin",
      "/h/Library/Application Support/gh-devlake/repair/state",
      "~/Library/Application Support/gh-devlake/repair/state",
    ],
    ["its own variable", { GH_DEVLAKE_STATE_DIR: "/s/d/" }, "linux", "/s/d", "$GH_DEVLAKE_STATE_DIR"],
  ] as const)("of %s", (_what, env, platform, directory, shown) => {
    const found = statePath({ env, platform, homeDirectory: "/h" });

    expect(found).toMatchObject({ path: directory, shown });
    expect(path.posix.join(found.base, ...found.own)).toBe(directory);
  });

  test("of Windows", () => {
    const env = { LOCALAPPDATA: "C:\\Users\\ann\\AppData\\Local" };

    expect(statePath({ env, platform: "win32", homeDirectory: "C:\\Users\\ann" })).toMatchObject({
      path: "C:\\Users\\ann\\AppData\\Local\\gh-devlake\\repair\\state",
      shown: "~/AppData/Local/gh-devlake/repair/state",
    });
  });

  test("that a variable names from where the command happens to run is refused", () => {
    const env = { GH_DEVLAKE_STATE_DIR: "state" };

    expect(() => statePath({ env, platform: "linux", homeDirectory: "/h" })).toThrow(
      'GH_DEVLAKE_STATE_DIR is "state", which is no absolute path',
    );
  });

  test("is private, by engine and project, and nothing of it is in the checkout", async () => {
    const journal = await runOnce();

    const deployment = path.dirname(path.dirname(journal));
    expect(path.dirname(deployment)).toBe(own.path);
    expect(path.basename(deployment)).toMatch(/^[0-9a-f]{32}$/);
    for (const directory of [own.path, deployment, path.dirname(journal), path.join(journal, "../backup")])
      expect((await lstat(directory)).mode & 0o777).toBe(0o700);
    const [backup = ""] = await readdir(path.join(journal, "../backup"));
    for (const file of [journal, path.join(own.path, "journal-key"), path.join(journal, "../backup", backup)])
      expect((await lstat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path.join(deployment, "target.json"), "utf8"))).toEqual(
      place.deployment,
    );
    expect(await readdir(checkout)).toEqual([]);
    expect((await readdir(own.path)).sort()).toEqual([path.basename(deployment), "journal-key"]);
  });

  test("is not made by looking for a run", async () => {
    expect(await own.state.hasRun(place, checkout)).toBe(false);
    expect(await own.state.readJournal(place)).toBeUndefined();
    expect(await readdir(own.home)).toEqual([]);
  });

  test("has what a run left, for this plan on this deployment alone", async () => {
    await runOnce();

    expect(await own.state.hasRun(place, checkout)).toBe(true);
    expect((await own.state.readJournal(place))?.records).toHaveLength(sampleEntries.length);
    expect(await own.state.hasRun({ ...place, planName: "other" }, checkout)).toBe(false);
    const elsewhere = { ...place, deployment: { ...place.deployment, project: "other" } };
    expect(await own.state.hasRun(elsewhere, checkout)).toBe(false);
  });

  test.each(["", ".devlake", "sub/state"])("in the deployment's directory is refused: %j", async (below) => {
    const named = statePath({
      env: { GH_DEVLAKE_STATE_DIR: path.join(checkout, below) },
      homeDirectory: own.home,
      platform: "linux",
    });
    const inside = createRunState({
      place: named,
      uid,
      platform: process.platform,
      pid: 1,
      userName: "ann",
      clock: nodeClock,
    });
    const refusal = {
      code: "file_unwritable",
      message: expect.stringContaining("is in the deployment's directory"),
      hint: expect.stringContaining("GH_DEVLAKE_STATE_DIR"),
    };

    await expect(inside.hasRun(place, checkout)).rejects.toMatchObject(refusal);
    await expect(inside.openRun(place, checkout)).rejects.toMatchObject(refusal);
    const alias = path.join(own.home, "alias");
    await symlink(checkout, alias);
    await expect(inside.openRun(place, alias)).rejects.toMatchObject(refusal);
    expect(await readdir(checkout)).toEqual([]);
  });

  test("above the deployment's directory, or beside one whose name begins alike, is fine", async () => {
    await mkdir(path.join(own.path, "checkout"), { recursive: true, mode: 0o700 });
    const { journal, lock } = await own.state.openRun(place, path.join(own.path, "checkout"));

    await journal.close();
    await lock.release();
  });
});

async function expectRefused(is: RegExp): Promise<void> {
  const refusal = { code: "file_unwritable", message: expect.stringMatching(is) };
  await expect(own.state.hasRun(place, checkout)).rejects.toMatchObject(refusal);
  await expect(own.state.readJournal(place)).rejects.toMatchObject(refusal);
  await expect(open()).rejects.toMatchObject(refusal);
}

describe("what is not this user's alone is not believed", () => {
  // Parents first: each is looked at on the way to a run.
  const parts = [
    ["the state directory", (journal: string) => path.dirname(path.dirname(path.dirname(journal)))],
    ["that of the deployment", (journal: string) => path.dirname(path.dirname(journal))],
    ["that of the plan", (journal: string) => path.dirname(journal)],
  ] as const;

  test.each(parts)("%s as a symlink", async (_what, of) => {
    const directory = of(await runOnce());
    await rename(directory, path.join(own.home, "moved"));
    await symlink(path.join(own.home, "moved"), directory);

    await expectRefused(/is a symlink, which is not followed here/);
  });

  test.each(parts)("%s that others can write", async (_what, of) => {
    const directory = of(await runOnce());
    for (const mode of [0o770, 0o707]) {
      await chmod(directory, mode);
      await expectRefused(/can be written by others \(mode 07/);
    }
  });

  // Only root can give files away; for others the same is a directory whose owner they are not.
  const foreign = process.getuid?.() === 0 ? { give: 65_534, as: uid } : { give: undefined, as: 65_534 };

  test.each(parts)("%s that belongs to another user", async (_what, of) => {
    const directory = of(await runOnce());
    if (foreign.give !== undefined) await chown(directory, foreign.give, foreign.give);
    const seen = createRunState({
      ...own.owner,
      uid: foreign.as,
      platform: process.platform,
      pid: 1,
      userName: "ann",
      clock: nodeClock,
    });

    await expect(seen.openRun(place, checkout)).rejects.toMatchObject({
      code: "file_unwritable",
      message: expect.stringMatching(/belongs to another user \(uid \d+\)/),
    });
  });

  test.each(parts)("%s that is a file", async (_what, of) => {
    const directory = of(await runOnce());
    await rm(directory, { recursive: true });
    await writeFile(directory, "");

    await expectRefused(/is not a directory/);
  });
});

const keyFile = () => path.join(own.path, "journal-key");

describe("the journal key", () => {
  const damaged = {
    code: "file_unreadable",
    message: expect.stringMatching(/is damaged at line 1: its seal/),
  };

  test("is made once, of 32 bytes, and no two users have the same", async () => {
    await runOnce();
    const key = await readFile(keyFile());
    await runOnce({ ...place, planName: "another" });

    expect(key).toHaveLength(32);
    expect(await readFile(keyFile())).toEqual(key);
    await using other = await temporaryState();
    const { journal, lock } = await other.state.openRun(place, checkout);
    await journal.close();
    await lock.release();
    expect(await readFile(path.join(other.path, "journal-key"))).not.toEqual(key);
  });

  test("put in its place by somebody believes nothing that is there", async () => {
    await runOnce();
    await writeFile(keyFile(), Buffer.alloc(32, 1));

    await expect(open()).rejects.toMatchObject(damaged);
    expect(await own.state.readJournal(place)).toMatchObject({ kind: "corrupt", line: 1, records: [] });
  });

  test("that is gone is said, and a new one believes nothing that is there", async () => {
    await runOnce();
    await rm(keyFile());

    await expect(own.state.readJournal(place)).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("the key that sealed them is gone"),
    });
    await expect(open()).rejects.toMatchObject(damaged);
  });

  test.each([
    ["is a symlink", async () => symlink(path.join(own.home, "key"), keyFile())],
    ["has 31 bytes, not 32", async () => writeFile(keyFile(), Buffer.alloc(31), { mode: 0o600 })],
    [
      "can be read or written by others (mode 0640)",
      async () => {
        await writeFile(keyFile(), Buffer.alloc(32));
        await chmod(keyFile(), 0o640);
      },
    ],
    ["is not a regular file", async () => mkdir(keyFile())],
  ])("that %s is refused", async (is, plant) => {
    await runOnce();
    await rename(keyFile(), path.join(own.home, "key"));
    await plant();

    const refusal = { code: "file_unreadable", message: expect.stringContaining(is) };
    await expect(open()).rejects.toMatchObject(refusal);
    await expect(own.state.readJournal(place)).rejects.toMatchObject(refusal);
  });
});

describe("a journal that was moved is not believed", () => {
  test.each([
    ["from another plan", (at: RunPlace): RunPlace => ({ ...at, planName: "another" })],
    [
      "from another deployment",
      (at: RunPlace): RunPlace => ({ ...at, deployment: { ...at.deployment, project: "other" } }),
    ],
  ])("%s of the same user", async (_what, elsewhere) => {
    const from = await runOnce(elsewhere(place));
    const to = await runOnce();
    await rename(from, to);

    await expect(open()).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringMatching(/is damaged at line 1: its seal is not one that your journal key makes/),
    });
    // The refusal let go of the lock.
    await expect(open()).rejects.toMatchObject({ code: "file_unreadable" });
  });
});
