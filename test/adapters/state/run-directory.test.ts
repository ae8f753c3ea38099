import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRunDirectory as openAs } from "../../../src/adapters/state/run-directory.ts";
import { uid } from "./temporary-state.ts";

/** The private directory of a deployment. */
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

const openRunDirectory = (directory: string, planName: string) => openAs(directory, planName, uid);

async function modeOf(...parts: string[]): Promise<number> {
  return (await stat(path.join(target, ...parts))).mode & 0o777;
}

test("the run directory is private, and the same one is found again", async () => {
  const run = await openRunDirectory(target, "port-8080-held");

  expect(run.path).toBe(path.join(target, "port-8080-held"));
  expect(run.journalPath).toBe(path.join(run.path, "journal.ndjson"));
  expect(await modeOf("port-8080-held")).toBe(0o700);
  expect((await openRunDirectory(target, "port-8080-held")).path).toBe(run.path);
});

test("backups are private, numbered, and come back to the byte", async () => {
  const run = await openRunDirectory(target, "plan");
  const text = "\uFEFFA=1\r\nB='é 港 \u{1F6A2}'\n\n# no line feed at the end";

  const names = [
    await run.backUp(".env", text),
    await run.backUp("docker-compose.yml", ""),
    await run.backUp("sub dir/.env", "B=2\n"),
  ];

  expect(names.map((name) => name.replace(/-[0-9a-f]{32}$/, ""))).toEqual([
    "backup/1-.env",
    "backup/2-docker-compose.yml",
    "backup/3-.env",
  ]);
  // Nobody can guess a secret of the file by a digest of the record that holds the name.
  expect(new Set(names.map((name) => name.slice(-32))).size).toBe(3);
  expect(await Promise.all(names.map((name) => run.readBackUp(name)))).toEqual([text, "", "B=2\n"]);
  expect(await readFile(path.join(run.path, names[0] ?? ""), "utf8")).toBe(text);
  expect(await modeOf("plan", "backup")).toBe(0o700);
  expect(await modeOf("plan", ...(names[0] ?? "").split("/"))).toBe(0o600);
});

test("a later run goes on counting, over gaps and beyond 9", async () => {
  const first = await openRunDirectory(target, "plan");
  const names: string[] = [];
  for (let count = 1; count <= 10; count += 1) names.push(await first.backUp(".env", String(count)));
  await rm(path.join(first.path, names[2] ?? ""));

  const later = await openRunDirectory(target, "plan");

  expect(await later.backUp(".env", "eleven")).toMatch(/^backup\/11-\.env-[0-9a-f]{32}$/);
  expect(await later.readBackUp(names[9] ?? "")).toBe("10");
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

test("a symlink in its place is refused, and nothing is written through it", async () => {
  await symlink(elsewhere, path.join(target, "plan"));

  await expect(openRunDirectory(target, "plan")).rejects.toMatchObject({
    code: "file_unwritable",
    message: `the state directory "${path.join(target, "plan")}" is a symlink, which is not followed here`,
  });
  expect(await readdir(elsewhere)).toEqual([]);
});

test("a backup directory that became a symlink is refused both ways", async () => {
  const run = await openRunDirectory(target, "plan");
  await writeFile(path.join(elsewhere, "1-.env"), "canary");
  await symlink(elsewhere, path.join(run.path, "backup"));

  await expect(run.backUp(".env", "A=1")).rejects.toMatchObject({ code: "file_unwritable" });
  await expect(run.readBackUp("backup/1-.env")).rejects.toThrow("its directory is a symlink");
  expect(await readdir(elsewhere)).toEqual(["1-.env"]);
});

test("a file in its place, and a missing directory of the deployment, are refused", async () => {
  await writeFile(path.join(target, "plan"), "");

  await expect(openRunDirectory(target, "plan")).rejects.toMatchObject({ code: "file_unwritable" });
  await expect(openRunDirectory(path.join(target, "gone"), "plan")).rejects.toThrow("ENOENT");
});

test("the signed result is kept once, by the journal that it was made of", async () => {
  const run = await openRunDirectory(target, "plan");

  expect(await run.keptResult(9)).toBeUndefined();
  await run.keepResult(9, "signed");
  await run.keepResult(9, "signed again");

  expect(await run.keptResult(9)).toBe("result-9.json");
  expect(await run.keptResult(8)).toBeUndefined();
  expect(await readFile(path.join(run.path, "result-9.json"), "utf8")).toBe("signed");
  expect(await modeOf("plan", "result-9.json")).toBe(0o600);
});

test.each(["..", ".", "", "a/b", "a\\b", "Plan", "x".repeat(101), "a\n"])(
  "%o cannot name a run directory",
  async (name) => {
    await expect(openRunDirectory(target, name)).rejects.toMatchObject({ code: "bad_plan" });
    expect(await readdir(target)).toEqual([]);
  },
);

test("directories that others may read are kept as they are; the files in them are private", async () => {
  const run = await openRunDirectory(target, "plan");
  await chmod(run.path, 0o755);

  const name = await (await openRunDirectory(target, "plan")).backUp(".env", "A=1");

  expect(await modeOf("plan", name)).toBe(0o600);
});
