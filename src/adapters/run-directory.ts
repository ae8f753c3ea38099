import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, readFile, readdir, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";
import { errnoCode, errorText, RepairError } from "../core/errors.ts";
import { PlanSchema } from "../core/plan.ts";
import { nodeJournalFs } from "./journal-fs.ts";

/** Where the runs of one plan keep their journal and the copies of what they changed; private to its owner. */
export interface RunDirectory {
  readonly path: string;
  readonly journalPath: string;
  /** Keeps a copy of a file's text for good before it resolves; returns its name here, `backup/<n>-<file name>`. */
  readonly backUp: (path: string, text: string) => Promise<string>;
  /** Throws RepairError `file_unreadable`. */
  readonly readBackUp: (name: string) => Promise<string>;
}

const JOURNAL = "journal.ndjson";

/** Names `<target>/.devlake/repair/<plan name>` without making it: absolute when the target is. */
export function runDirectoryPath(targetDirectory: string, planName: string): string {
  if (!PlanSchema.shape.metadata.shape.name.safeParse(planName).success) {
    throw new RepairError("bad_plan", `the plan name "${planName}" cannot name a directory`, {
      hint: "use lower-case letters, digits and hyphens, at most 100",
    });
  }
  return path.join(targetDirectory, ".devlake", "repair", planName);
}

/** Whether a run of the plan has begun its journal; makes nothing. Throws RepairError `file_unreadable`. */
export async function hasJournal(targetDirectory: string, planName: string): Promise<boolean> {
  const file = path.join(runDirectoryPath(targetDirectory, planName), JOURNAL);
  try {
    await lstat(file);
    return true;
  } catch (cause) {
    const code = errnoCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw new RepairError("file_unreadable", `the journal "${file}" cannot be read: ${errorText(cause)}`, {
      cause,
    });
  }
}

/** Finds or makes the run directory of a plan. Throws RepairError `file_unwritable`, for symlinks too. */
export async function openRunDirectory(targetDirectory: string, planName: string): Promise<RunDirectory> {
  const named = path.basename(runDirectoryPath(targetDirectory, planName));
  const directory = await ownDirectory(await openStateDirectory(targetDirectory), named, 0o700);
  return {
    path: directory,
    journalPath: path.join(directory, JOURNAL),
    backUp: (file, text) => backUp(directory, file, text),
    readBackUp: (name) => readBackUp(directory, name),
  };
}

/**
 * Finds or makes `<target>/.devlake/repair`, with the `.gitignore` that keeps journals and backups,
 * which hold secrets, out of every commit. Returns its real path.
 */
export async function openStateDirectory(targetDirectory: string): Promise<string> {
  const target = await orUnwritable(targetDirectory, realpath(targetDirectory));
  const state = await ownDirectory(await ownDirectory(target, ".devlake", 0o755), "repair", 0o700);
  await orUnwritable(state, ignoreEverything(state));
  return state;
}

async function ownDirectory(parent: string, name: string, mode: number): Promise<string> {
  const directory = path.join(parent, name);
  await orUnwritable(directory, makeDirectory(parent, directory, mode));
  if ((await lstat(directory)).isDirectory()) return directory;
  throw new RepairError("file_unwritable", `"${directory}" is not a directory of its own`, {
    hint: "symlinks are not followed here, or backups with secrets could end up elsewhere: move it away",
  });
}

async function makeDirectory(parent: string, directory: string, mode: number): Promise<void> {
  try {
    await mkdir(directory, { mode });
  } catch (thrown) {
    if (errnoCode(thrown) !== "EEXIST") throw thrown;
  }
  // Also when it was there: the run that made it may have been killed before it got to this.
  await nodeJournalFs.fsyncDir(parent);
}

async function ignoreEverything(state: string): Promise<void> {
  const file = path.join(state, ".gitignore");
  if (await ignoresEverything(file)) return;
  // Renamed into place, so that no crash leaves an empty one that ignores nothing.
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await writeDurably(temporary, "*\n");
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await nodeJournalFs.fsyncDir(state);
}

/** Git does not read a `.gitignore` that is a symlink. */
async function ignoresEverything(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isFile() && (await readFile(file, "utf8")).split("\n").includes("*");
  } catch (thrown) {
    if (errnoCode(thrown) === "ENOENT") return false;
    throw thrown;
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, "wx", 0o600);
  await handle.writeFile(text, "utf8");
  await handle.sync();
}

const backUpName = /^backup\/[1-9]\d*-[\w.-]{1,100}$/;

async function backUp(directory: string, file: string, text: string): Promise<string> {
  if (!text.isWellFormed()) {
    throw new RepairError("internal", `the text of "${file}" cannot be backed up: it is not valid Unicode`);
  }
  const folder = await ownDirectory(directory, "backup", 0o700);
  const label =
    path
      .basename(file)
      .replaceAll(/[^\w.-]/g, "_")
      .slice(-100) || "file";
  return await orUnwritable(folder, writeNextBackUp(folder, label, text));
}

async function writeNextBackUp(folder: string, label: string, text: string): Promise<string> {
  const taken = (await readdir(folder)).map((name) => Number.parseInt(name, 10)).filter(Number.isFinite);
  const name = `${Math.max(0, ...taken) + 1}-${label}`;
  await writeDurably(path.join(folder, name), text);
  await nodeJournalFs.fsyncDir(folder);
  return `backup/${name}`;
}

async function readBackUp(directory: string, name: string): Promise<string> {
  const file = path.join(directory, name);
  try {
    // The name comes out of a journal: it must not lead anywhere else.
    if (!backUpName.test(name)) throw new Error("that is not the name of a backup");
    if (!(await lstat(path.dirname(file))).isDirectory()) throw new Error("its directory is a symlink");
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    if (!(await handle.stat()).isFile()) throw new Error("it is not a regular file");
    return await handle.readFile("utf8");
  } catch (cause) {
    throw new RepairError("file_unreadable", `the backup "${name}" cannot be read: ${errorText(cause)}`, {
      hint: `it should be in "${directory}"`,
      cause,
    });
  }
}

async function orUnwritable<T>(where: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (cause) {
    throw new RepairError("file_unwritable", `"${where}" cannot be written: ${errorText(cause)}`, {
      hint: "runs keep their journal and backups there: make it writable for you, on a disk with room",
      cause,
    });
  }
}
