import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

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

/** A database that a transaction over several databases seems to have left: who opens it deletes `superJournal`. */
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

test(
  "law 12: a committed lock.db whose journal names .env deletes nothing",
  { timeout: 60_000 },
  async () => {
    const state = await plant();
    const before = await readdir(state);

    const ran = promisify(execFile)(
      process.execPath,
      [path.join(root, "src/main.ts"), "repair", "--apply", "x.plan.yaml", "--resume", "--approve", "safe"],
      {
        cwd: directory,
        env: { PATH: process.env["PATH"], HOME: home, DOCKER_HOST: "unix:///nowhere/docker.sock" },
      },
    );

    await expect(ran).rejects.toMatchObject({
      code: 9,
      stderr: expect.stringMatching(/run state of an older version.*there is nothing to resume/s),
    });
    expect(await readFile(path.join(directory, ".env"), "utf8")).toBe(env);
    expect(await readdir(state)).toEqual(before);
  },
);

test("that file would delete it: the test plants what it says", async () => {
  const file = path.join(directory, "lock.db");
  await plantHotJournal(file, path.join(directory, ".env"));

  const database = new DatabaseSync(file);
  database.exec("BEGIN EXCLUSIVE");
  database.close();

  await expect(readFile(path.join(directory, ".env"))).rejects.toThrow("ENOENT");
});
