import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import path from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import { PlanSchema } from "../../core/plan.ts";
import { nodeJournalFs } from "./journal-fs.ts";
import { makePrivateDirectory, type Uid } from "./private-state.ts";

/** Where the runs of one plan keep their journal, their signed results and the copies of what they changed. */
export interface RunDirectory {
  readonly path: string;
  readonly journalPath: string;
  /** Keeps a copy of a file's text for good before it resolves; returns its name here, `backup/<n>-<file name>-<random>`. */
  readonly backUp: (path: string, text: string) => Promise<string>;
  /** Throws RepairError `file_unreadable`. */
  readonly readBackUp: (name: string) => Promise<string>;
  /** Keeps a copy of the signed result that was made of the journal's first `length` records. */
  readonly keepResult: (length: number, text: string) => Promise<void>;
  /** The name of that copy here; undefined when the result of that run was never signed. */
  readonly keptResult: (length: number) => Promise<string | undefined>;
}

export const JOURNAL = "journal.ndjson";

/** Throws RepairError `bad_plan` when a plan's name cannot name the directory of its runs. */
export function refuseDirectoryName(planName: string): void {
  if (PlanSchema.shape.metadata.shape.name.safeParse(planName).success) return;
  throw new RepairError("bad_plan", `the plan name "${planName}" cannot name a directory`, {
    hint: "use lower-case letters, digits and hyphens, at most 100",
  });
}

/** Whether a run of the plan has begun its journal; makes nothing. Throws RepairError `file_unreadable`. */
export async function hasJournal(runDirectory: string): Promise<boolean> {
  return (await isThere(path.join(runDirectory, JOURNAL))) !== undefined;
}

/**
 * Finds or makes the run directory of a plan in that of its deployment. Throws RepairError `file_unwritable` when it is
 * not private, `bad_plan` for a name that is none.
 */
export async function openRunDirectory(
  deploymentDirectory: string,
  planName: string,
  uid: Uid,
): Promise<RunDirectory> {
  refuseDirectoryName(planName);
  const directory = await makePrivateDirectory(deploymentDirectory, planName, uid);
  return {
    path: directory,
    journalPath: path.join(directory, JOURNAL),
    backUp: (file, text) => backUp(directory, file, text, uid),
    readBackUp: (name) => readBackUp(directory, name),
    keepResult: (length, text) => keepResult(path.join(directory, resultName(length)), text),
    keptResult: (length) => isThere(path.join(directory, resultName(length))),
  };
}

function resultName(length: number): string {
  return `result-${length}.json`;
}

async function keepResult(file: string, text: string): Promise<void> {
  // There already: it was signed twice, because the one beside the plan was gone.
  if ((await isThere(file)) !== undefined) return;
  await orUnwritable(file, writeDurably(file, text));
  await orUnwritable(file, nodeJournalFs.fsyncDir(path.dirname(file)));
}

/** Its base name when there is something. */
async function isThere(file: string): Promise<string | undefined> {
  try {
    await lstat(file);
    return path.basename(file);
  } catch (cause) {
    const code = errnoCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new RepairError("file_unreadable", `"${file}" cannot be looked for: ${errorText(cause)}`, {
      hint: "check that you may look into its directory",
      cause,
    });
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, "wx", 0o600);
  await handle.writeFile(text, "utf8");
  await handle.sync();
}

const backUpName = /^backup\/[1-9]\d*-[\w.-]{1,100}$/;

async function backUp(directory: string, file: string, text: string, uid: Uid): Promise<string> {
  if (!text.isWellFormed()) {
    throw new RepairError("internal", `the text of "${file}" cannot be backed up: it is not valid Unicode`);
  }
  const folder = await makePrivateDirectory(directory, "backup", uid);
  const label =
    path
      .basename(file)
      .replaceAll(/[^\w.-]/g, "_")
      .slice(-60) || "file";
  return await orUnwritable(folder, writeNextBackUp(folder, label, text));
}

async function writeNextBackUp(folder: string, label: string, text: string): Promise<string> {
  const taken = (await readdir(folder)).map((name) => Number.parseInt(name, 10)).filter(Number.isFinite);
  // The random part keeps a secret of the file from being guessed by the digests of its record, which are published.
  const name = `${Math.max(0, ...taken) + 1}-${label}-${randomBytes(16).toString("hex")}`;
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
