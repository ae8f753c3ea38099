import { randomBytes } from "node:crypto";
import { access, constants, lstat, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import type { Lock, LockOwner } from "../../ports/lock.ts";
import { lockedError, parseLockOwner, writeLockOwner } from "./lock-owner.ts";

const SQLITE_BUSY = 5;

/** Connections that hold a lock. Were one only reachable through a forgotten `Lock`, collecting it would free the lock. */
const held = new Set<DatabaseSync>();

/**
 * Locks a deployment with an exclusive SQLite transaction on `lock.db` in its private directory: the kernel
 * frees it when the process dies and keeps it while the process is merely suspended. Holds among the runs of one user, on
 * local disks; on network file systems as far as their POSIX locks do. `directory` has to be this user's alone: whoever can
 * put a journal beside the file makes SQLite change other files.
 */
export async function acquireFileLock(directory: string, owner: LockOwner): Promise<Lock> {
  const file = path.join(directory, "lock.db");
  const hint = path.join(directory, "lock.json");
  await checkWritable(directory, file);
  const database = await begin(file, hint);
  held.add(database);
  try {
    await writeOwner(hint, owner);
  } catch (cause) {
    free(database);
    throw unlockable(file, cause);
  }
  return {
    release: async () => {
      if (!held.has(database)) return;
      try {
        // Before the lock ends: afterwards the file may be the next owner's.
        await rm(hint, { force: true });
      } finally {
        free(database);
      }
    },
  };
}

function free(database: DatabaseSync): void {
  held.delete(database);
  database.close();
}

/**
 * By name only: POSIX locks end when the process closes any descriptor of the file, so an `open` and
 * `close` here could end a lock that this process holds already.
 */
async function checkWritable(directory: string, file: string): Promise<void> {
  try {
    if ((await lstat(file)).isFile()) return await access(file, constants.R_OK | constants.W_OK);
    throw new Error("it is not a regular file");
  } catch (cause) {
    if (errnoCode(cause) !== "ENOENT") throw unlockable(file, cause);
    await access(directory, constants.W_OK).catch((refused: unknown) => {
      throw unlockable(file, refused);
    });
  }
}

async function begin(file: string, hint: string): Promise<DatabaseSync> {
  // Lazily: only runs that change something need it, and some versions of Node warn when it is loaded.
  const { DatabaseSync: Database } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new Database(file, { timeout: 0 });
    // Nothing is ever committed, and the rollback journal stays in memory: only the lock matters.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    // On a file that it may not write SQLite begins a mere read transaction, which excludes nobody,
    // and says nothing. This write fails then.
    database.exec("PRAGMA user_version = 1");
    return database;
  } catch (cause) {
    database?.close();
    throw isBusy(cause) ? lockedError(await readOwner(hint)) : unlockable(file, cause);
  }
}

function isBusy(thrown: unknown): boolean {
  // The low byte is the primary result code: https://www.sqlite.org/rescode.html
  return (
    thrown instanceof Error &&
    "errcode" in thrown &&
    typeof thrown.errcode === "number" &&
    (thrown.errcode & 0xff) === SQLITE_BUSY
  );
}

/** Only a hint for people: it may be missing, or still an earlier owner's, for an instant. */
async function readOwner(hint: string): Promise<LockOwner | undefined> {
  try {
    await using handle = await open(hint, constants.O_RDONLY | constants.O_NOFOLLOW);
    return parseLockOwner(await handle.readFile("utf8"));
  } catch {
    // The refusal stands whether or not its owner can be named.
    return undefined;
  }
}

async function writeOwner(hint: string, owner: LockOwner): Promise<void> {
  const temporary = `${hint}.${randomBytes(6).toString("hex")}`;
  try {
    await using handle = await open(temporary, "wx", 0o600);
    await handle.writeFile(writeLockOwner(owner));
    await rename(temporary, hint);
  } finally {
    await rm(temporary, { force: true });
  }
}

function unlockable(file: string, cause: unknown): RepairError {
  return new RepairError("file_unwritable", `"${file}" cannot be locked: ${errorText(cause)}`, {
    hint: "the lock has to be a file of your own on a local disk; without it two runs could work at once",
    cause,
  });
}
