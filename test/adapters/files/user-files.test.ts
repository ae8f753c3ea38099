import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readUserFile, userFileExists, writeUserFile } from "../../../src/adapters/files/user-files.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "user-files-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string): string => join(directory, name);

describe("whether a file is there", () => {
  test("a link that leads nowhere, or to itself, is", async () => {
    symlinkSync("nowhere", at("dangling"));
    symlinkSync("loop", at("loop"));
    expect(await userFileExists(at("dangling"))).toBe(true);
    expect(await userFileExists(at("loop"))).toBe(true);
    expect(await userFileExists(at("absent"))).toBe(false);
  });

  test("what nobody can tell is refused by name", async () => {
    await expect(userFileExists(at("x".repeat(300)))).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("cannot be looked for"),
    });
  });
});

describe("reading", () => {
  test("gives the bytes", async () => {
    writeFileSync(at("a"), Buffer.from([0, 255, 10]));

    expect(await readUserFile(at("a"), 3)).toEqual(Buffer.from([0, 255, 10]));
  });

  test.each([
    ["no such file", () => "absent", "there is no such file"],
    ["a directory", () => ".", "directory"],
    ["a link to itself", () => (symlinkSync("l", at("l")), "l"), "ELOOP"],
    ["a pipe that nobody writes to", () => (execFileSync("mkfifo", [at("p")]), "p"), "not a regular file"],
    ["a file that is too large", () => (writeFileSync(at("b"), "12345"), "b"), "more than the 4"],
  ])("%s is refused by name", async (_name, make, reason) => {
    const path = join(directory, make());

    await expect(readUserFile(path, 4)).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining(reason),
    });
  });

  test("exists or not", async () => {
    writeFileSync(at("a"), "");

    expect([
      await userFileExists(at("a")),
      await userFileExists(at("b")),
      await userFileExists(at("a/b")),
    ]).toEqual([true, false, false]);
  });
});

describe("writing", () => {
  test.each([false, true])("a directory is no file to write (force: %s)", async (force) => {
    await expect(writeUserFile(directory, "x", { force })).rejects.toMatchObject({
      code: "file_unwritable",
      message: `"${directory}" is a directory`,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test("makes the directory, and leaves nothing else behind", async () => {
    await writeUserFile(at("plans/x.yaml"), "text", { force: false });

    expect(readFileSync(at("plans/x.yaml"), "utf8")).toBe("text");
    expect(readdirSync(at("plans"))).toEqual(["x.yaml"]);
  });

  test("never overwrites unless forced", async () => {
    writeFileSync(at("a"), "old");

    await expect(writeUserFile(at("a"), "new", { force: false })).rejects.toMatchObject({
      code: "file_exists",
    });
    expect(readFileSync(at("a"), "utf8")).toBe("old");
    await writeUserFile(at("a"), "new", { force: true });
    expect(readFileSync(at("a"), "utf8")).toBe("new");
    expect(readdirSync(directory)).toEqual(["a"]);
  });

  test("of two at once one gets the name, and the other is told", async () => {
    const texts = ["one", "two"];

    const written = await Promise.allSettled(
      texts.map((text) => writeUserFile(at("a"), text.repeat(100_000), { force: false })),
    );

    expect(written.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const won = texts[written.findIndex(({ status }) => status === "fulfilled")] ?? "";
    expect(readFileSync(at("a"), "utf8")).toBe(won.repeat(100_000));
    expect(readdirSync(directory)).toEqual(["a"]);
  });

  test("a place that cannot be written to is named, with the way out", async () => {
    writeFileSync(at("file"), "");

    await expect(writeUserFile(at("file/x"), "t", { force: false })).rejects.toMatchObject({
      code: "file_unwritable",
      hint: expect.stringContaining("-o FILE"),
    });
    expect(existsSync(at("file/x"))).toBe(false);
  });
});
