import { lstatSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errnoCode } from "../../core/errors.ts";
import { passwdUid } from "../identity/os-user.ts";
import { whoCanReplace } from "../files/private-directory.ts";

const PREFIX = "gh-devlake-model-";
/** What mkdtemp puts behind it. */
const NAME = /^gh-devlake-model-[A-Za-z0-9]{6}$/;
const LOCK = "in-use.db";
const MADE: readonly string[] = [LOCK, `${LOCK}-journal`, "home", "tmp", "cwd", "bin"];
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
  refuseReplaceable(root);
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
  const names = (await readdir(parent)).filter((name) => NAME.test(name));
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

/** In a directory that others may change, somebody could put theirs in place of ours at any time. */
function refuseReplaceable(root: string): void {
  // We made it, so its owner is who we are, also where passwd does not know us.
  const problem = whoCanReplace(root, passwdUid() === -1 ? undefined : lstatSync(root).uid);
  if (problem === undefined) return;
  rmdirSync(root);
  throw new Error(`no place for private files: ${problem}; set TMPDIR to a directory of yours`);
}

/**
 * Told by what only `openTempRoot` makes, for a clone or an unpacked archive that lies there belongs to this
 * user, too: SQLite would act on a journal in it, and it would be removed.
 */
async function isLeftOver(root: string): Promise<boolean> {
  const entry = await lstat(root);
  const uid = passwdUid();
  if (!entry.isDirectory()) return false;
  if (uid !== -1 && (entry.uid !== uid || (entry.mode & 0o777) !== 0o700)) return false;
  const inside = await readdir(root);
  if (inside.some((name) => !MADE.includes(name))) return false;
  if (!inside.includes(LOCK)) return Date.now() - entry.mtimeMs > UNLOCKED_GRACE_MS;
  const database = await lstat(path.join(root, LOCK));
  // Nothing is ever written to ours, and beside an empty one SQLite only removes the journal.
  if (!database.isFile() || database.size > 0) return false;
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
