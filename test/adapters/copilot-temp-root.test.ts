import {
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
import { openTempRoot } from "../../src/adapters/copilot-temp-root.ts";

function freshParent(): string {
  const parent = mkdtempSync(path.join(tmpdir(), "temp-root-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return parent;
}

/** As a process that died leaves it: with a lock that nobody holds. */
function leftOver(parent: string, name: string): string {
  const root = path.join(parent, name);
  mkdirSync(path.join(root, "home"), { recursive: true });
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
      mkdirSync(made);
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

  it("is not made where nothing can be made, and says so", async () => {
    await expect(openTempRoot(path.join(freshParent(), "missing"))).rejects.toThrow(/ENOENT/);
  });
});
