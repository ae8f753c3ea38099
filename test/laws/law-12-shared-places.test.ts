import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { compileCacheDirectory } from "../../src/adapters/state/compile-cache.ts";
import { makePrivateDirectory, whoCanReplace } from "../../src/adapters/files/private-directory.ts";

const uid = process.getuid?.() ?? 0;
const main = path.resolve(import.meta.dirname, "../../src/main.ts");

function freshDirectory(): string {
  const made = realpathSync(mkdtempSync(path.join(tmpdir(), "law-12-shared-")));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function start(env: Readonly<Record<string, string>>): string {
  const { stdout, stderr } = spawnSync(process.execPath, [main, "repair", "tools"], {
    env: { PATH: process.env["PATH"], ...env },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout;
}

const cacheIn = (home: string): string => path.join(home, ".cache/gh-devlake/compile-cache");

describe("law 12: nothing of ours lies where others can put theirs", () => {
  test("the program keeps what it compiled in the user's cache, for them alone, and nothing in the shared place", () => {
    const home = freshDirectory();
    const shared = freshDirectory();

    const said = start({ HOME: home, TMPDIR: shared });

    expect(said).toContain("retry_local_compose_up");
    expect(readdirSync(shared)).toEqual([]);
    expect(lstatSync(cacheIn(home)).mode & 0o777).toBe(0o700);
    expect(readdirSync(cacheIn(home))).not.toEqual([]);
  });

  test.each([
    ["others may write to it", (cache: string) => chmodSync(cache, 0o777)],
    [
      "it is a link",
      (cache: string) => {
        renameSync(cache, `${cache}-elsewhere`);
        symlinkSync(`${cache}-elsewhere`, cache);
      },
    ],
    [
      "it is a file",
      (cache: string) => {
        rmSync(cache, { recursive: true });
        writeFileSync(cache, "");
      },
    ],
    ["others may put theirs in its place", (cache: string) => chmodSync(path.dirname(cache), 0o777)],
  ])("nothing is kept or taken there when %s", (_why, plant) => {
    const home = freshDirectory();
    const shared = freshDirectory();
    mkdirSync(cacheIn(home), { recursive: true, mode: 0o700 });
    plant(cacheIn(home));

    start({ HOME: home, TMPDIR: shared });

    expect(readdirSync(shared)).toEqual([]);
    const isDirectory = statSync(cacheIn(home)).isDirectory();
    expect(isDirectory ? readdirSync(cacheIn(home)) : []).toEqual([]);
  });

  test("the places of each system, never a relative one", () => {
    const home = freshDirectory();
    const other = freshDirectory();
    const at = (platform: NodeJS.Platform, env = {}, from = home) =>
      compileCacheDirectory({ env, home: from, platform, uid });

    expect(at("linux")).toBe(cacheIn(home));
    expect(at("linux", { XDG_CACHE_HOME: other })).toBe(path.join(other, "gh-devlake/compile-cache"));
    expect(at("linux", { XDG_CACHE_HOME: "cache" })).toBe(cacheIn(home));
    expect(at("linux", { XDG_CACHE_HOME: "" })).toBe(cacheIn(home));
    expect(at("darwin")).toBe(path.join(home, "Library/Caches/gh-devlake/compile-cache"));
    expect(at("win32", { LOCALAPPDATA: other })).toBe(path.join(other, "gh-devlake/compile-cache"));
    expect(at("linux", {}, ".")).toBeUndefined();
    expect(at("linux", {}, "")).toBeUndefined();
  });

  test("a directory in one that others may write to is only as safe as its sticky bit and its owner", () => {
    const shared = freshDirectory();
    const directory = path.join(shared, "mine");

    chmodSync(shared, 0o777);
    expect(makePrivateDirectory(directory, uid)).toBe(`"${shared}" can be changed by others`);
    expect(existsSync(directory)).toBe(false);
    chmodSync(shared, 0o1777);
    expect(makePrivateDirectory(directory, uid)).toBeUndefined();
    chmodSync(directory, 0o720);
    expect(makePrivateDirectory(directory, uid)).toBe(`"${directory}" can be changed by others`);
  });

  test("a link on the way counts with every directory that it leads through", () => {
    const home = freshDirectory();
    const elsewhere = freshDirectory();
    mkdirSync(path.join(elsewhere, "open/deep"), { recursive: true });
    symlinkSync(path.join(elsewhere, "open/deep"), path.join(home, "link"));

    expect(whoCanReplace(path.join(home, "link"), uid)).toBeUndefined();
    chmodSync(path.join(elsewhere, "open"), 0o777);
    expect(whoCanReplace(path.join(home, "link"), uid)).toBe(
      `"${path.join(elsewhere, "open")}" can be changed by others`,
    );
  });

  test("what another user made first is not taken", () => {
    const home = freshDirectory();
    const stranger = uid + 1;
    mkdirSync(cacheIn(home), { recursive: true, mode: 0o700 });

    // Only root can give a directory away; for anybody else the question is asked the other way round.
    if (uid === 0) chownSync(cacheIn(home), stranger, -1);
    const asks = uid === 0 ? uid : stranger;

    expect(compileCacheDirectory({ env: {}, home, platform: "linux", uid: asks })).toBeUndefined();
  });
});
