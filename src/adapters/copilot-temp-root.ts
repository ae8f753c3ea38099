import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errnoCode } from "../core/errors.ts";
import { passwdUid } from "./os-user.ts";

const PREFIX = "gh-devlake-model-";
const LOCK = "in-use.db";
/** One who made the directory but not yet the lock in it needs milliseconds for that. */
const UNLOCKED_GRACE_MS = 60_000;

/** Directories of one conversation's runtime; only their owner may enter. */
export interface TempRoot {
  readonly root: string;
  readonly home: string;
  readonly tmp: string;
  readonly cwd: string;
  /** Empty: no program of this machine is found in it. */
  readonly bin: string;
  readonly wipe: () => void;
}

/**
 * Makes a private directory and locks it with a SQLite transaction: the kernel ends that with the process,
 * however it dies, so the next one can tell what is left over. First removes what is.
 */
export async function openTempRoot(parent = tmpdir()): Promise<TempRoot> {
  await sweep(parent);
  const root = mkdtempSync(path.join(parent, PREFIX));
  const lock = new DatabaseSync(path.join(root, LOCK));
  lock.exec("BEGIN EXCLUSIVE");
  const below = (name: string): string => {
    const directory = path.join(root, name);
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  };
  return {
    root,
    home: below("home"),
    tmp: below("tmp"),
    cwd: below("cwd"),
    bin: below("bin"),
    wipe: () => {
      if (lock.isOpen) lock.close();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function sweep(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(PREFIX));
  for (const name of names) {
    const root = path.join(parent, name);
    try {
      if (await isLeftOver(root)) await rm(root, { recursive: true, force: true });
    } catch (thrown) {
      // Somebody else swept it at the same time, or it is not ours to remove.
      if (!["ENOENT", "EACCES", "EPERM"].includes(errnoCode(thrown) ?? "")) throw thrown;
    }
  }
}

async function isLeftOver(root: string): Promise<boolean> {
  const entry = await lstat(root);
  const uid = passwdUid();
  if (!entry.isDirectory() || (uid !== -1 && entry.uid !== uid)) return false;
  try {
    await lstat(path.join(root, LOCK));
  } catch (thrown) {
    if (errnoCode(thrown) !== "ENOENT") throw thrown;
    return Date.now() - entry.mtimeMs > UNLOCKED_GRACE_MS;
  }
  const lock = new DatabaseSync(path.join(root, LOCK), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch {
    // Locked, or no database: in either case nothing that can be said to be ours and left over.
    return false;
  } finally {
    lock.close();
  }
}
