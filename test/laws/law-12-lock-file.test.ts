import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestBytes } from "../../src/core/text/digest.ts";

const root = path.join(import.meta.dirname, "../..");
const env = "ENCRYPTION_SECRET=canary\n";
let directory: string;
let home: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), "checkout-")));
  home = await mkdtemp(path.join(tmpdir(), "home-"));
  await writeFile(path.join(directory, ".env"), env);
});

afterEach(async () => {
  await rm(directory, { recursive: true });
  await rm(home, { recursive: true });
});

/**
 * A database that a transaction over several databases seems to have left: who opens it rolls it back, and deletes the
 * journal and, with many versions of SQLite, the file that the journal names as that of the whole transaction.
 */
async function plantHotJournal(file: string, superJournal: string): Promise<void> {
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE t (a)");
  database.close();
  // https://www.sqlite.org/fileformat2.html#the_rollback_journal, and pager.c for the name at its end.
  const magic = Buffer.from("d9d505f920a163d7", "hex");
  const header = Buffer.alloc(512);
  magic.copy(header);
  header.writeUInt32BE(2, 16);
  header.writeUInt32BE(512, 20);
  header.writeUInt32BE(4096, 24);
  const name = Buffer.from(superJournal, "latin1");
  const end = Buffer.alloc(16);
  end.writeUInt32BE(name.length, 0);
  end.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    4,
  );
  magic.copy(end, 8);
  const lockPage = Buffer.alloc(4);
  lockPage.writeUInt32BE(2 ** 30 / 4096 + 1);
  await writeFile(`${file}-journal`, Buffer.concat([header, lockPage, name, end]));
}

/** A recorded plan, whose run the checkout pretends to hold. */
async function plant(): Promise<string> {
  const [name = ""] = (await readdir(path.join(root, "plans"))).filter((file) => file.endsWith(".plan.yaml"));
  const text = await readFile(path.join(root, "plans", name), "utf8");
  await writeFile(path.join(directory, "x.plan.yaml"), text);
  const planName = /^ {2}name: (\S+)$/m.exec(text)?.[1] ?? "";
  const state = path.join(directory, ".devlake", "repair");
  await mkdir(path.join(state, planName), { recursive: true });
  await writeFile(path.join(state, planName, "journal.ndjson"), "");
  await plantHotJournal(path.join(state, "lock.db"), path.join(directory, ".env"));
  return state;
}

/** Every file below, by its path. */
async function filesIn(below: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(below, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, digestBytes(await readFile(file))] as const)),
  );
}

test("law 12: a committed lock.db with a hot journal is not opened", { timeout: 60_000 }, async () => {
  const state = await plant();
  const before = await filesIn(state);

  const refused: unknown = await promisify(execFile)(
    process.execPath,
    [path.join(root, "src/main.ts"), "repair", "--apply", "x.plan.yaml", "--resume", "--approve", "safe"],
    {
      cwd: directory,
      env: { PATH: process.env["PATH"], HOME: home, DOCKER_HOST: "unix:///nowhere/docker.sock" },
    },
  ).catch((thrown: unknown) => thrown);

  expect(await readFile(path.join(directory, ".env"), "utf8")).toBe(env);
  expect(await filesIn(state)).toEqual(before);
  expect(refused).toMatchObject({
    code: 9,
    stderr: expect.stringMatching(/run state of an older version.*there is nothing to resume/s),
  });
});

test("SQLite acts on such a file as soon as it is opened: the test plants what it says", async () => {
  const file = path.join(directory, "lock.db");
  await plantHotJournal(file, path.join(directory, ".env"));

  const database = new DatabaseSync(file);
  database.exec("BEGIN EXCLUSIVE");
  database.close();

  expect(await readdir(directory)).not.toContain("lock.db-journal");
});
