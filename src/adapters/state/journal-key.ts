import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, open, rm } from "node:fs/promises";
import path from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import { nodeJournalFs } from "./journal-fs.ts";
import type { Uid } from "./private-state.ts";

const NAME = "journal-key";
const BYTES = 32;
// Neither flag exists on Windows. Opening a pipe would wait for ever without the second.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The key that seals the user's journals; undefined when none was made yet. It signs nothing that leaves the machine.
 * Throws RepairError `file_unreadable` when it is not a file of this user alone.
 */
export async function readJournalKey(stateDirectory: string, uid: Uid): Promise<Uint8Array | undefined> {
  const file = path.join(stateDirectory, NAME);
  try {
    await using handle = await open(file, FLAGS);
    const entry = await handle.stat();
    if (!entry.isFile()) throw refused(file, "is not a regular file");
    if (uid !== undefined && entry.uid !== uid)
      throw refused(file, `belongs to another user (uid ${entry.uid})`);
    if (uid !== undefined && (entry.mode & 0o077) !== 0) {
      const octal = (entry.mode & 0o777).toString(8).padStart(4, "0");
      throw refused(file, `can be read or written by others (mode ${octal})`);
    }
    if (entry.size !== BYTES) throw refused(file, `has ${entry.size} bytes, not ${BYTES}`);
    return await handle.readFile();
  } catch (cause) {
    if (errnoCode(cause) === "ENOENT") return undefined;
    if (cause instanceof RepairError) throw cause;
    const is = errnoCode(cause) === "ELOOP" ? "is a symlink" : `cannot be read: ${errorText(cause)}`;
    throw refused(file, is, cause);
  }
}

/** The same, made on first use. Throws `file_unwritable` too. */
export async function openJournalKey(stateDirectory: string, uid: Uid): Promise<Uint8Array> {
  const known = await readJournalKey(stateDirectory, uid);
  if (known !== undefined) return known;
  try {
    await makeKey(stateDirectory);
  } catch (cause) {
    const file = path.join(stateDirectory, NAME);
    throw new RepairError(
      "file_unwritable",
      `the journal key "${file}" cannot be made: ${errorText(cause)}`,
      {
        hint: "make its directory writable for you, on a local disk with room, or name another place with GH_DEVLAKE_STATE_DIR",
        cause,
      },
    );
  }
  const made = await readJournalKey(stateDirectory, uid);
  if (made === undefined) throw new RepairError("internal", "the journal key vanished as it was made");
  return made;
}

/** Written whole and flushed under a private name, then linked to its own: of two processes one wins, and no crash leaves half a key. */
async function makeKey(stateDirectory: string): Promise<void> {
  const temporary = path.join(stateDirectory, `.${NAME}-${randomBytes(8).toString("hex")}.tmp`);
  try {
    {
      await using handle = await open(temporary, "wx", 0o600);
      await handle.writeFile(randomBytes(BYTES));
      await handle.sync();
    }
    await link(temporary, path.join(stateDirectory, NAME)).catch((thrown: unknown) => {
      if (errnoCode(thrown) !== "EEXIST") throw thrown;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  await nodeJournalFs.fsyncDir(stateDirectory);
}

function refused(file: string, is: string, cause?: unknown): RepairError {
  return new RepairError("file_unreadable", `the journal key "${file}" ${is}`, {
    hint: "journals are believed on its strength: look who changed it; to begin anew, move the whole directory away, and no run there can be resumed or taken back any more",
    ...(cause !== undefined && { cause }),
  });
}
