import { execFile } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRunDirectory, openStateDirectory, runDirectoryPath } from "../../src/adapters/run-directory.ts";

const git = promisify(execFile);

let target = "";
let elsewhere = "";

beforeEach(async () => {
  target = await mkdtemp(path.join(tmpdir(), "run-"));
  elsewhere = await mkdtemp(path.join(tmpdir(), "elsewhere-"));
});

afterEach(async () => {
  await rm(target, { recursive: true });
  await rm(elsewhere, { recursive: true });
});

async function modeOf(...parts: string[]): Promise<number> {
  return (await stat(path.join(target, ...parts))).mode & 0o777;
}

test("the run directory is private, and the same one is found again", async () => {
  const run = await openRunDirectory(target, "port-8080-held");

  expect(run.path).toBe(path.join(target, ".devlake", "repair", "port-8080-held"));
  expect(run.path).toBe(runDirectoryPath(target, "port-8080-held"));
  expect(run.journalPath).toBe(path.join(run.path, "journal.ndjson"));
  expect(await modeOf(".devlake", "repair")).toBe(0o700);
  expect(await modeOf(".devlake", "repair", "port-8080-held")).toBe(0o700);
  expect((await openRunDirectory(target, "port-8080-held")).path).toBe(run.path);
});

test("git sees nothing of it", async () => {
  await git("git", ["init", "--quiet", target]);
  const run = await openRunDirectory(target, "plan");
  await run.backUp(".env", "ENCRYPTION_SECRET=canary\n");
  await writeFile(run.journalPath, "");

  const { stdout } = await git("git", ["-C", target, "status", "--porcelain", "--untracked-files=all"]);

  expect(stdout).toBe("");
});

test.each([
  ["empty, as a crash of another program leaves it", "", "*\n"],
  ["without the line", "journal\n", "*\n"],
  ["with the line and a person's own", "# mine\n*\n", "# mine\n*\n"],
])("a .gitignore that is %s", async (_what, before, after) => {
  const state = await openStateDirectory(target);
  await writeFile(path.join(state, ".gitignore"), before);

  await openStateDirectory(target);

  expect(await readFile(path.join(state, ".gitignore"), "utf8")).toBe(after);
  expect(await readdir(state)).toEqual([".gitignore"]);
});

test("a .gitignore that is a symlink, which git would not read, is replaced", async () => {
  const state = await openStateDirectory(target);
  const file = path.join(state, ".gitignore");
  await writeFile(path.join(elsewhere, "ignore"), "*\n");
  await rm(file);
  await symlink(path.join(elsewhere, "ignore"), file);

  await openStateDirectory(target);

  expect((await lstat(file)).isFile()).toBe(true);
});

test("backups are private, numbered, and come back to the byte", async () => {
  const run = await openRunDirectory(target, "plan");
  const text = "\uFEFFA=1\r\nB='é 港 \u{1F6A2}'\n\n# no line feed at the end";

  const names = [
    await run.backUp(".env", text),
    await run.backUp("docker-compose.yml", ""),
    await run.backUp("sub dir/.env", "B=2\n"),
  ];

  expect(names).toEqual(["backup/1-.env", "backup/2-docker-compose.yml", "backup/3-.env"]);
  expect(await Promise.all(names.map((name) => run.readBackUp(name)))).toEqual([text, "", "B=2\n"]);
  expect(await readFile(path.join(run.path, "backup/1-.env"), "utf8")).toBe(text);
  expect(await modeOf(".devlake", "repair", "plan", "backup")).toBe(0o700);
  expect(await modeOf(".devlake", "repair", "plan", "backup", "1-.env")).toBe(0o600);
});

test("a later run goes on counting, over gaps and beyond 9", async () => {
  const first = await openRunDirectory(target, "plan");
  for (let count = 1; count <= 10; count += 1) await first.backUp(".env", String(count));
  await rm(path.join(first.path, "backup", "3-.env"));

  const later = await openRunDirectory(target, "plan");

  expect(await later.backUp(".env", "eleven")).toBe("backup/11-.env");
  expect(await later.readBackUp("backup/10-.env")).toBe("10");
});

test("odd file names become plain ones that can be read back", async () => {
  const run = await openRunDirectory(target, "plan");

  for (const odd of ["a b\n.env", "é.yml", "..", `${"x".repeat(300)}.yml`, "/"]) {
    const name = await run.backUp(odd, odd);

    expect(name).toMatch(/^backup\/\d+-[\w.-]+$/);
    expect(await run.readBackUp(name)).toBe(odd);
  }
});

test("a text that no file could hold is refused", async () => {
  const run = await openRunDirectory(target, "plan");

  await expect(run.backUp(".env", "half a pair \uD83D")).rejects.toMatchObject({ code: "internal" });
});

test.each(["backup/../journal.ndjson", "../other/backup/1-.env", "/etc/passwd", "backup/1-a/../../x", ""])(
  "%o is not the name of a backup",
  async (name) => {
    const run = await openRunDirectory(target, "plan");
    await run.backUp(".env", "A=1");

    await expect(run.readBackUp(name)).rejects.toMatchObject({
      code: "file_unreadable",
      message: `the backup "${name}" cannot be read: that is not the name of a backup`,
    });
  },
);

test("a missing backup, and one that is a symlink, cannot be read", async () => {
  const run = await openRunDirectory(target, "plan");
  await run.backUp(".env", "A=1");
  await writeFile(path.join(elsewhere, "secret"), "canary");
  await symlink(path.join(elsewhere, "secret"), path.join(run.path, "backup", "2-.env"));

  await expect(run.readBackUp("backup/9-.env")).rejects.toThrow("ENOENT");
  await expect(run.readBackUp("backup/2-.env")).rejects.toThrow("ELOOP");
});

test.each([[".devlake"], [".devlake/repair"], [".devlake/repair/plan"]])(
  "%s as a symlink is refused, and nothing is written through it",
  async (link) => {
    await mkdir(path.join(target, path.dirname(link)), { recursive: true });
    await symlink(elsewhere, path.join(target, link));

    await expect(openRunDirectory(target, "plan")).rejects.toMatchObject({
      code: "file_unwritable",
      message: `"${path.join(target, link)}" is not a directory of its own`,
    });
    expect(await readdir(elsewhere)).toEqual([]);
  },
);

test("a backup directory that became a symlink is refused both ways", async () => {
  const run = await openRunDirectory(target, "plan");
  await writeFile(path.join(elsewhere, "1-.env"), "canary");
  await symlink(elsewhere, path.join(run.path, "backup"));

  await expect(run.backUp(".env", "A=1")).rejects.toMatchObject({ code: "file_unwritable" });
  await expect(run.readBackUp("backup/1-.env")).rejects.toThrow("its directory is a symlink");
  expect(await readdir(elsewhere)).toEqual(["1-.env"]);
});

test("a target that is itself reached by a symlink is fine", async () => {
  const alias = path.join(elsewhere, "alias");
  await symlink(target, alias);

  expect((await openRunDirectory(alias, "plan")).path).toBe(path.join(target, ".devlake", "repair", "plan"));
});

test("a file in the place of a directory, and a missing target, are refused", async () => {
  await writeFile(path.join(target, ".devlake"), "");

  await expect(openRunDirectory(target, "plan")).rejects.toMatchObject({ code: "file_unwritable" });
  await expect(openRunDirectory(path.join(target, "gone"), "plan")).rejects.toThrow("ENOENT");
});

test.each(["..", ".", "", "a/b", "a\\b", "Plan", "x".repeat(101), "a\n"])(
  "%o cannot name a run directory",
  async (name) => {
    await expect(openRunDirectory(target, name)).rejects.toMatchObject({ code: "bad_plan" });
    expect(await readdir(target)).toEqual([]);
  },
);

test("directories of an earlier version that others could read are kept as they are", async () => {
  const run = await openRunDirectory(target, "plan");
  await chmod(run.path, 0o755);

  const name = await (await openRunDirectory(target, "plan")).backUp(".env", "A=1");

  expect(await modeOf(".devlake", "repair", "plan", name)).toBe(0o600);
});
