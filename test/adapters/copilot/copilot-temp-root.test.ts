import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTempRoot } from "../../../src/adapters/copilot/copilot-temp-root.ts";

function freshParent(): string {
  const parent = mkdtempSync(path.join(tmpdir(), "temp-root-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return parent;
}

/** As a process that died leaves it: with a lock that nobody holds. */
function leftOver(parent: string, name: string): string {
  const root = path.join(parent, name);
  mkdirSync(root, { mode: 0o700 });
  mkdirSync(path.join(root, "home"));
  writeFileSync(path.join(root, "in-use.db"), "");
  return root;
}

describe("the private directory of a conversation", () => {
  it("is for its owner alone, and so is all in it", async () => {
    const root = await openTempRoot(freshParent());

    for (const directory of [root.root, root.home, root.tmp, root.cwd, root.bin]) {
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    }
    root.wipe();
  });

  it("is removed, once and for all", async () => {
    const parent = freshParent();
    const root = await openTempRoot(parent);

    root.wipe();
    root.wipe();

    expect(readdirSync(parent)).toEqual([]);
  });

  it("stays while it is in use, whoever else starts", async () => {
    const parent = freshParent();
    const first = await openTempRoot(parent);
    const second = await openTempRoot(parent);

    expect(readdirSync(parent).toSorted()).toEqual(
      [first, second].map(({ root }) => path.basename(root)).toSorted(),
    );
    first.wipe();
    second.wipe();
  });

  it("removes what a dead process left", async () => {
    const parent = freshParent();
    leftOver(parent, "gh-devlake-model-dead01");

    const root = await openTempRoot(parent);

    expect(readdirSync(parent)).toEqual([path.basename(root.root)]);
    root.wipe();
  });

  it("without a lock is a minute's time for getting it", async () => {
    const parent = freshParent();
    for (const [name, age] of [
      ["young1", 5],
      ["old001", 120],
    ] as const) {
      const made = path.join(parent, `gh-devlake-model-${name}`);
      mkdirSync(made, { mode: 0o700 });
      const then = Date.now() / 1000 - age;
      utimesSync(made, then, then);
    }

    const root = await openTempRoot(parent);

    expect(readdirSync(parent).toSorted()).toEqual(
      [path.basename(root.root), "gh-devlake-model-young1"].toSorted(),
    );
    root.wipe();
  });

  it("touches nothing else, and follows no link", async () => {
    const parent = freshParent();
    const elsewhere = freshParent();
    leftOver(elsewhere, "precious");
    const names = ["gh-devlake-model.txt", "gh-devlake-model-file01"];
    for (const name of names) writeFileSync(path.join(parent, name), "");
    symlinkSync(path.join(elsewhere, "precious"), path.join(parent, "gh-devlake-model-link01"));

    const root = await openTempRoot(parent);
    root.wipe();

    expect(readdirSync(parent).toSorted()).toEqual([...names, "gh-devlake-model-link01"].toSorted());
    expect(readdirSync(path.join(elsewhere, "precious"))).toEqual(["home", "in-use.db"]);
  });

  it("leaves a clone or an archive alone that only has its name, and no journal of SQLite there acts", async () => {
    const parent = freshParent();
    const clone = leftOver(parent, "gh-devlake-model-clone1");
    mkdirSync(path.join(clone, ".git"));
    const named = leftOver(parent, "gh-devlake-model-of-ours");
    const open = leftOver(parent, "gh-devlake-model-open01");
    chmodSync(open, 0o755);
    const journalled = leftOver(parent, "gh-devlake-model-hot001");
    writeFileSync(path.join(journalled, "in-use.db"), "SQLite format 3\0");
    writeFileSync(path.join(journalled, "in-use.db-journal"), "a hot journal");

    const root = await openTempRoot(parent);
    root.wipe();

    expect(readdirSync(parent).toSorted()).toEqual(
      [clone, named, open, journalled].map((left) => path.basename(left)).toSorted(),
    );
    expect(readdirSync(journalled)).toContain("in-use.db-journal");
  });

  it("is not made where others could put theirs in its place", async () => {
    const parent = freshParent();
    chmodSync(parent, 0o777);

    await expect(openTempRoot(parent)).rejects.toThrow(/can be changed by others; set TMPDIR/);
    expect(readdirSync(parent)).toEqual([]);
  });

  it("is not made where nothing can be made, and says so", async () => {
    await expect(openTempRoot(path.join(freshParent(), "missing"))).rejects.toThrow(/ENOENT/);
  });
});
