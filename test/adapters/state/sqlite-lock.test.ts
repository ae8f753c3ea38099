import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acquireFileLock } from "../../../src/adapters/state/sqlite-lock.ts";
import type { LockOwner } from "../../../src/ports/lock.ts";

const owner: LockOwner = {
  pid: 4711,
  host: "here",
  user: "ben",
  startedAt: "2026-11-22T10:20:00.000Z",
  command: "gh devlake repair --apply plan.yaml",
};

type Holder = ChildProcessByStdio<Writable, Readable, null>;

/** The private directory of a deployment's state. */
let target = "";
const started = new Set<Holder>();

beforeEach(async () => {
  target = await mkdtemp(path.join(tmpdir(), "lock-"));
});

afterEach(async () => {
  for (const holder of started) await end(holder, "SIGKILL");
  await rm(target, { recursive: true });
});

/** Starts a process that tries to take the lock; `said` is `held` or its refusal. */
async function startHolder(
  user = "ann",
  as: { uid?: number; gid?: number } = {},
): Promise<{ readonly holder: Holder; readonly said: string }> {
  const program = path.join(import.meta.dirname, "lock-holder.ts");
  const holder = spawn(process.execPath, [program, "file", target, user], {
    stdio: ["pipe", "pipe", "inherit"],
    ...as,
  });
  started.add(holder);
  const [said] = await once(createInterface({ input: holder.stdout }), "line");
  return { holder, said: String(said) };
}

async function end(holder: Holder, signal?: NodeJS.Signals): Promise<void> {
  started.delete(holder);
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const exited = once(holder, "exit");
  if (signal === undefined) holder.stdin.end();
  else holder.kill(signal);
  await exited;
}

/** Takes the lock and gives it back. */
async function expectFree(): Promise<void> {
  const lock = await acquireFileLock(target, owner);
  await lock.release();
}

const locked = { name: "RepairError", code: "locked" };

// Starting a process takes seconds on a busy machine.
describe("between processes", { timeout: 60_000 }, () => {
  test("the second is refused at once, and told who holds it", async () => {
    const { holder, said } = await startHolder();

    expect(said).toBe("held");
    await expect(acquireFileLock(target, owner)).rejects.toMatchObject({
      ...locked,
      message: `another run works on this deployment: it says that it is ann on test-host, pid ${holder.pid}, since 2026-11-22T10:15:00.000Z (gh devlake repair)`,
    });
  });

  test("the other way round too", async () => {
    const lock = await acquireFileLock(target, owner);

    const { said } = await startHolder();
    await lock.release();

    expect(said).toBe(
      "locked: another run works on this deployment: it says that it is ben on here, pid 4711, since 2026-11-22T10:20:00.000Z (gh devlake repair --apply plan.yaml)",
    );
  });

  test("it is free once the holder ended, and once it was killed", async () => {
    const { holder: orderly } = await startHolder();
    await end(orderly);
    await expectFree();

    const { holder: killed } = await startHolder();
    await expect(expectFree()).rejects.toMatchObject(locked);
    await end(killed, "SIGKILL");
    await expectFree();
  });

  test("what a killed holder said of itself is not said of the next", async () => {
    const { holder } = await startHolder("ann");
    await end(holder, "SIGKILL");
    const { said } = await startHolder("eve");

    expect(said).toBe("held");
    await expect(expectFree()).rejects.toThrow("eve on test-host");
  });

  test("it is not stolen from a suspended holder", async () => {
    const { holder } = await startHolder();
    holder.kill("SIGSTOP");
    await untilState(holder.pid, "T");

    await expect(expectFree()).rejects.toMatchObject(locked);
    holder.kill("SIGCONT");
    await expect(expectFree()).rejects.toMatchObject(locked);

    await end(holder);
    await expectFree();
  });

  test("of many at once exactly one gets it", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => startHolder()));

    expect(answers.filter(({ said }) => said === "held")).toHaveLength(1);
    expect(answers.filter(({ said }) => said.startsWith("locked: "))).toHaveLength(5);
  });
});

describe("within a process", () => {
  test("a second lock is refused, and the refusal does not free the first", async () => {
    const lock = await acquireFileLock(target, owner);

    await expect(expectFree()).rejects.toMatchObject(locked);
    await expect(expectFree()).rejects.toMatchObject(locked);
    const { said } = await startHolder();

    expect(said).toMatch(/^locked: /);
    await lock.release();
    await expectFree();
  });

  test("releasing twice is releasing once", async () => {
    const lock = await acquireFileLock(target, owner);
    await lock.release();
    const { holder } = await startHolder();

    await lock.release();

    await expect(expectFree()).rejects.toThrow(`pid ${holder.pid}`);
  });

  test("two deployments have two locks", async () => {
    const other = await mkdtemp(path.join(tmpdir(), "lock-other-"));
    const lock = await acquireFileLock(target, owner);

    const second = await acquireFileLock(other, owner);

    const files = [target, other].map((directory) => path.join(directory, "lock.db"));
    const [own, others] = await Promise.all(files.map((file) => stat(file)));
    expect(own?.ino).toBeGreaterThan(0);
    expect(others?.ino).not.toBe(own?.ino);
    for (const directory of [target, other])
      await expect(acquireFileLock(directory, owner)).rejects.toMatchObject(locked);
    await second.release();
    await lock.release();
    await rm(other, { recursive: true });
  });

  test("one deployment named in two ways has one lock", async () => {
    const alias = `${target}-alias`;
    await symlink(target, alias);
    const lock = await acquireFileLock(target, owner);

    await expect(acquireFileLock(alias, owner)).rejects.toMatchObject(locked);

    await lock.release();
    await rm(alias);
  });

  test("nothing but its own file is left", async () => {
    await expectFree();

    expect(await readdir(target)).toEqual(["lock.db"]);
  });
});

describe("the owner's details are only a hint", () => {
  test.each([
    ["missing", undefined],
    ["not JSON", "{"],
    ["of another form", '{"pid":"1"}'],
  ])("when they are %s the refusal stands", async (_what, text) => {
    await startHolder();
    const hint = path.join(target, "lock.json");
    await (text === undefined ? rm(hint) : writeFile(hint, text));

    await expect(expectFree()).rejects.toMatchObject({
      ...locked,
      message: "another run works on this deployment: its owner could not be read",
    });
  });

  test("control characters in them do not reach the terminal", async () => {
    await startHolder("ann\u001B[2J\u202E");

    await expect(expectFree()).rejects.toThrow("deployment: it says that it is ann [2J  on test-host");
  });

  test("they alone lock nothing", async () => {
    await expectFree();
    await writeFile(path.join(target, "lock.json"), JSON.stringify(owner));

    await expectFree();
  });

  test("they are private and hold what was given", async () => {
    const lock = await acquireFileLock(target, owner);

    expect(JSON.parse(await readFile(path.join(target, "lock.json"), "utf8"))).toEqual(owner);
    await lock.release();
  });
});

describe("where no lock can be made", () => {
  test("a missing directory is file_unwritable", async () => {
    const missing = path.join(target, "gone");

    await expect(acquireFileLock(missing, owner)).rejects.toMatchObject({
      code: "file_unwritable",
    });
  });

  test("a symlink in the lock's place is refused", async () => {
    await symlink(path.join(target, "elsewhere"), path.join(target, "lock.db"));

    await expect(expectFree()).rejects.toMatchObject({
      code: "file_unwritable",
      message: expect.stringContaining("it is not a regular file"),
    });
    expect(await readdir(target)).toEqual(["lock.db"]);
  });

  test("a file that is no lock is refused and kept", async () => {
    const text = "x".repeat(5000);
    await writeFile(path.join(target, "lock.db"), text);

    await expect(expectFree()).rejects.toMatchObject({
      code: "file_unwritable",
      message: expect.stringContaining("file is not a database"),
    });
    expect(await readFile(path.join(target, "lock.db"), "utf8")).toBe(text);
  });

  // Root may write anywhere, so a process of another user tries then.
  const plainUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

  test("a read-only directory is file_unwritable", async () => {
    await chmod(target, 0o555);

    expect((await startHolder("ann", plainUser)).said).toMatch(/^file_unwritable: .*EACCES/);
  });

  test("a lock file that may only be read is file_unwritable: SQLite would lock nothing", async () => {
    await expectFree();
    await chmod(target, 0o755);
    await chmod(path.join(target, "lock.db"), 0o444);

    expect((await startHolder("ann", plainUser)).said).toMatch(/^file_unwritable: .*lock\.db.*EACCES/);
  });

  test("the same user can lock where they may write", async () => {
    const { uid = process.getuid?.() ?? -1, gid = process.getgid?.() ?? -1 } = plainUser;
    await chown(target, uid, gid);

    expect((await startHolder("ann", plainUser)).said).toBe("held");
  });
});

/** Waits until the kernel shows the process in this state (proc(5)). */
async function untilState(pid: number | undefined, state: string): Promise<void> {
  await expect
    .poll(async () => (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").charAt(0), {
      interval: 5,
    })
    .toBe(state);
}
