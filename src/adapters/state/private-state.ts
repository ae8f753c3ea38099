import { lstat, mkdir } from "node:fs/promises";
import path from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import { nodeJournalFs } from "./journal-fs.ts";

/** Who runs this; undefined where users have no numbers (Windows), whose profile directories are private by themselves. */
export type Uid = number | undefined;

/** Finds or makes a directory of this user alone. Throws RepairError `file_unwritable` when it is not that. */
export async function makePrivateDirectory(parent: string, name: string, uid: Uid): Promise<string> {
  const directory = path.join(parent, name);
  try {
    await mkdir(directory, { mode: 0o700 }).catch((thrown: unknown) => {
      if (errnoCode(thrown) !== "EEXIST") throw thrown;
    });
    // Also when it was there: the run that made it may have been killed before it got to this.
    await nodeJournalFs.fsyncDir(parent);
  } catch (cause) {
    throw unwritable(directory, cause);
  }
  await isPrivateDirectory(directory, uid);
  return directory;
}

/**
 * Whether there is such a directory. What others could put there, or swap, is not believed: throws RepairError
 * `file_unwritable` for a link, for one that another user owns, and for one that others may write.
 */
export async function isPrivateDirectory(directory: string, uid: Uid): Promise<boolean> {
  let entry;
  try {
    entry = await lstat(directory);
  } catch (cause) {
    if (errnoCode(cause) === "ENOENT") return false;
    throw unwritable(directory, cause);
  }
  if (!entry.isDirectory()) {
    const is = entry.isSymbolicLink() ? "is a symlink, which is not followed here" : "is not a directory";
    throw refused(directory, is, "move it away");
  }
  if (uid === undefined) return true;
  if (entry.uid !== uid)
    throw refused(
      directory,
      `belongs to another user (uid ${entry.uid})`,
      "run as that user, or move it away",
    );
  if ((entry.mode & 0o022) !== 0) {
    const octal = (entry.mode & 0o777).toString(8).padStart(4, "0");
    const hint = `look who changed it, then run: chmod 700 "${directory}"`;
    throw refused(directory, `can be written by others (mode ${octal})`, hint);
  }
  return true;
}

function refused(directory: string, is: string, hint: string): RepairError {
  return new RepairError("file_unwritable", `the state directory "${directory}" ${is}`, {
    hint: `${hint}; what stands there is believed, so it has to be yours alone; GH_DEVLAKE_STATE_DIR names another place`,
  });
}

function unwritable(directory: string, cause: unknown): RepairError {
  return new RepairError(
    "file_unwritable",
    `the state directory "${directory}" cannot be made or opened: ${errorText(cause)}`,
    {
      hint: "runs keep their journal and backups there: make it writable for you, on a disk with room, or name another place with GH_DEVLAKE_STATE_DIR",
      cause,
    },
  );
}
