import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "../../seeded-fast-check.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNodeFiles } from "../../../src/adapters/files/node-files.ts";

let directory: string;
const files = () => createNodeFiles(directory);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "node-files-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("paths", () => {
  it.each(["../x", "a/../../x", "/etc/passwd", "C:\\x", "\\\\host\\x", "a\\..\\..\\x", "", ".", "a\0b"])(
    "refuses %j",
    async (path) => {
      await expect(files().readText(path)).rejects.toMatchObject({ code: "file_unreadable" });
      await expect(files().kindOf(path)).rejects.toMatchObject({ code: "file_unreadable" });
      await expect(files().replace(path, undefined, "x")).rejects.toMatchObject({ code: "file_unwritable" });
      await expect(files().remove(path, "x")).rejects.toMatchObject({ code: "file_unwritable" });
    },
  );

  it("refuses a directory that is a link, to read and to write", async () => {
    mkdirSync(join(directory, "real"));
    writeFileSync(join(directory, "real/x"), "old");
    symlinkSync("real", join(directory, "linked"));

    await expect(files().readText("linked/x")).rejects.toThrow("linked/x goes through linked");
    await expect(files().replace("linked/x", "old", "new")).rejects.toThrow("linked/x goes through linked");
    expect(await files().readText("real/x")).toBe("old");
  });

  it("never touches anything outside, whatever the path", async () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    symlinkSync(outside, join(directory, "out"));
    const part = fc.constantFrom("..", ".", "out", "a", "b", "/", "\\", "C:", outside, "");
    const separator = fc.constantFrom("/", "\\", "//");

    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), separator, async (parts, by) => {
        await files()
          .replace(parts.join(by), undefined, "x")
          .catch((error: unknown) => expect(error).toMatchObject({ name: "RepairError" }));
        expect(readdirSync(outside)).toEqual([]);
      }),
    );
    rmSync(outside, { recursive: true });
  });
});

describe("kindOf", () => {
  it("tells files, directories, links, pipes and nothing apart", async () => {
    writeFileSync(join(directory, "file"), "");
    mkdirSync(join(directory, "dir"));
    symlinkSync("file", join(directory, "link"));
    execFileSync("mkfifo", [join(directory, "pipe")]);

    const kinds = await Promise.all(["file", "dir", "link", "pipe", "none", "file/x"].map(files().kindOf));

    expect(kinds).toEqual(["file", "directory", "symlink", "other", "absent", "absent"]);
  });
});

describe("readText", () => {
  it("keeps a byte order mark and line ends", async () => {
    writeFileSync(join(directory, "x"), "\uFEFFa\r\nb\r\n");

    expect(await files().readText("x")).toBe("\uFEFFa\r\nb\r\n");
  });

  it("follows a link to a file inside, but not one that leads out", async () => {
    writeFileSync(join(directory, "prod.env"), "A=1");
    symlinkSync("prod.env", join(directory, ".env"));
    symlinkSync("/etc/hostname", join(directory, "out"));

    expect(await files().readText(".env")).toBe("A=1");
    await expect(files().readText("out")).rejects.toThrow("out is a symbolic link that leads out");
  });

  it("says what is wrong, and does not hang on a named pipe", async () => {
    mkdirSync(join(directory, ".env"));
    execFileSync("mkfifo", [join(directory, "pipe")]);
    writeFileSync(join(directory, "latin1"), Buffer.from([0x61, 0xe9]));
    writeFileSync(join(directory, "big"), "12345");

    await expect(files().readText("none")).rejects.toThrow("cannot read none: it does not exist");
    await expect(files().readText(".env")).rejects.toThrow("cannot read .env: it is a directory");
    await expect(files().readText("pipe")).rejects.toThrow("cannot read pipe: it is not a regular file");
    await expect(files().readText("latin1")).rejects.toThrow("cannot read latin1: it is not UTF-8 text");
    await expect(files().readText("big", 4)).rejects.toThrow(
      "cannot read big: it has 5 bytes, more than the 4 that are read",
    );
    expect(await files().readText("big", 5)).toBe("12345");
  });
});

describe("replace", () => {
  it("removes what a killed run left of its own, and nothing else", async () => {
    writeFileSync(join(directory, "x"), "old");
    const others = [".x.tmp", ".x.0123456789ab.tmp.bak", ".xy.0123456789ab.tmp", "x.0123456789ab.tmp"];
    for (const name of [".x.0123456789ab.tmp", ...others]) writeFileSync(join(directory, name), "half");

    await files().replace("x", "old", "new");

    expect(readdirSync(directory).toSorted()).toEqual(["x", ...others].toSorted());
  });

  it("writes the new text and leaves no other file", async () => {
    writeFileSync(join(directory, "x"), "old");

    await files().replace("x", "old", "new ✓");

    expect(readFileSync(join(directory, "x"), "utf8")).toBe("new ✓");
    expect(readdirSync(directory)).toEqual(["x"]);
  });

  it.each([0o600, 0o644, 0o640])("keeps mode %o", async (mode) => {
    const path = join(directory, ".env");
    writeFileSync(path, "A=1");
    chmodSync(path, mode);

    await files().replace(".env", "A=1", "A=2");

    expect(statSync(path).mode & 0o7777).toBe(mode);
  });

  it("leaves a file alone that is not what it was, is gone, or has appeared", async () => {
    writeFileSync(join(directory, "x"), "edited");

    await expect(files().replace("x", "old", "new")).rejects.toMatchObject({
      code: "plan_stale",
      message: "x has changed meanwhile, so it was left alone",
    });
    await expect(files().replace("y", "old", "new")).rejects.toThrow("y is gone");
    await expect(files().replace("x", undefined, "new")).rejects.toThrow("x has appeared meanwhile");
    expect(readFileSync(join(directory, "x"), "utf8")).toBe("edited");
    expect(readdirSync(directory)).toEqual(["x"]);
  });

  it("lets one of many writers win, and tells the others", async () => {
    writeFileSync(join(directory, "x"), "old");

    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => files().replace("new", undefined, `writer ${index}`)),
    );

    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(readFileSync(join(directory, "new"), "utf8")).toMatch(/^writer \d$/);
    expect(readdirSync(directory).sort()).toEqual(["new", "x"]);
  });

  it("refuses a link and a directory", async () => {
    writeFileSync(join(directory, "real"), "old");
    symlinkSync("real", join(directory, "link"));
    mkdirSync(join(directory, "dir"));

    await expect(files().replace("link", "old", "new")).rejects.toMatchObject({
      code: "file_unwritable",
      message: "cannot write link: it is a symbolic link; it is as it was",
    });
    await expect(files().replace("link", undefined, "new")).rejects.toMatchObject({
      code: "file_unwritable",
    });
    await expect(files().replace("dir", undefined, "new")).rejects.toThrow(
      "cannot write dir: it is a directory",
    );
    expect(lstatSync(join(directory, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(directory, "real"), "utf8")).toBe("old");
    expect(readdirSync(directory).sort()).toEqual(["dir", "link", "real"]);
  });

  it("gives the name a new file: who has the old one open keeps reading the old text", async () => {
    writeFileSync(join(directory, "x"), "old");
    linkSync(join(directory, "x"), join(directory, "opened-before"));

    await files().replace("x", "old", "new");

    expect(readFileSync(join(directory, "opened-before"), "utf8")).toBe("old");
  });
});

describe("git's own files", () => {
  it.each([
    ".git/config",
    ".GIT/hooks/pre-commit",
    "sub/.git/config",
    "sub\\.git\\config",
    ".git",
    "GIT~1/config",
    ".git./x",
  ])("are never written or removed: %s", async (path) => {
    const refusal = {
      code: "file_unwritable",
      message: expect.stringContaining("is in git's own directory"),
    };

    await expect(files().replace(path, undefined, "x")).rejects.toMatchObject(refusal);
    await expect(files().remove(path, "x")).rejects.toMatchObject(refusal);
  });

  it("are not those that only begin so", async () => {
    for (const path of [".gitignore", "x.git", ".github"]) await files().replace(path, undefined, "x");
  });
});

describe("remove", () => {
  it("removes what it expects, and nothing else", async () => {
    writeFileSync(join(directory, "x"), "mine");
    writeFileSync(join(directory, "y"), "edited");

    await files().remove("x", "mine");
    await files().remove("gone", "mine");

    await expect(files().remove("y", "mine")).rejects.toMatchObject({ code: "plan_stale" });
    expect(readdirSync(directory)).toEqual(["y"]);
  });
});
