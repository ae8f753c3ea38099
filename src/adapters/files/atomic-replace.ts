import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { link, lstat, open, readdir, rename, rm, stat, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoCode, RepairError } from "../../core/errors.ts";
import { notReplaceable, unwritable } from "./unwritable.ts";

// Neither flag exists on Windows.
const noFollow = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Puts `after` in place of a file that still holds `before` (undefined: that does not exist), so that whatever
 * happens the name leads to the whole old text or the whole new one. A new file is for its owner alone.
 * `path` is the name for messages. Throws RepairError `plan_stale` or `file_unwritable`.
 */
export async function replaceExpected(
  absolute: string,
  path: string,
  before: string | undefined,
  after: string,
): Promise<void> {
  const temporary = join(dirname(absolute), `.${basename(absolute)}.${randomBytes(6).toString("hex")}.tmp`);
  let isOurs = false;
  try {
    const old = await expectContent(absolute, path, before);
    await removeLeftOvers(absolute);
    await using file = await open(temporary, "wx", 0o600);
    isOurs = true;
    await keepOwnerAndMode(file, old, dirname(absolute), path);
    await writeAll(file, Buffer.from(after, "utf8"));
    await file.sync();
    // Windows does not rename an open file; closing twice is fine.
    await file.close();
    // As late as can be: someone may have saved the file in their editor meanwhile.
    await expectContent(absolute, path, before);
    await (before === undefined ? publishNew(temporary, absolute, path) : rename(temporary, absolute));
    isOurs = false;
  } catch (error) {
    if (isOurs) await rm(temporary, { force: true });
    throw error instanceof RepairError ? error : unwritable(path, error);
  }
  await syncDirectory(dirname(absolute), path);
}

/** Removes a file that still holds `before`; one that is gone already is fine. Throws as `replaceExpected`. */
export async function removeExpected(absolute: string, path: string, before: string): Promise<void> {
  try {
    if ((await contentOf(absolute, path)) === undefined) return;
    await expectContent(absolute, path, before);
    await unlink(absolute);
  } catch (error) {
    throw error instanceof RepairError ? error : unwritable(path, error);
  }
  await syncDirectory(dirname(absolute), path);
}

/** What a run that was killed just then has left; runs exclude each other, so it is nobody's any more. */
async function removeLeftOvers(absolute: string): Promise<void> {
  const start = `.${basename(absolute)}.`;
  for (const name of await readdir(dirname(absolute))) {
    if (name.startsWith(start) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(start.length)))
      await rm(join(dirname(absolute), name), { force: true });
  }
}

async function expectContent(
  absolute: string,
  path: string,
  expected: string | undefined,
): Promise<Stats | undefined> {
  const current = await contentOf(absolute, path);
  if (expected === undefined ? current === undefined : current?.bytes.equals(Buffer.from(expected, "utf8"))) {
    return current?.stats;
  }
  const change =
    current === undefined
      ? "is gone"
      : expected === undefined
        ? "has appeared meanwhile"
        : "has changed meanwhile";
  throw new RepairError("plan_stale", `${path} ${change}, so it was left alone`, {
    hint: "make a new plan from what is there now",
  });
}

async function contentOf(
  absolute: string,
  path: string,
): Promise<{ readonly bytes: Buffer; readonly stats: Stats } | undefined> {
  try {
    await using file = await open(absolute, constants.O_RDONLY | noFollow);
    const stats = await file.stat();
    // Windows has no O_NOFOLLOW.
    const isLink = noFollow === 0 && (await lstat(absolute)).isSymbolicLink();
    if (isLink || !stats.isFile())
      throw notReplaceable(path, isLink ? "ELOOP" : stats.isDirectory() ? "EISDIR" : "");
    return { bytes: await file.readFile(), stats };
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The new file takes the place of the old one for everyone: who may read a secret stays as it was. */
async function keepOwnerAndMode(
  file: FileHandle,
  old: Stats | undefined,
  directory: string,
  path: string,
): Promise<void> {
  const [mine, owner] = await Promise.all([file.stat(), old ?? stat(directory)]);
  if (mine.uid !== owner.uid || (old !== undefined && mine.gid !== owner.gid)) {
    await file.chown(owner.uid, owner.gid).catch((cause: unknown) => {
      // A new file in another's directory may be ours; an old one may not change hands.
      if (old === undefined) return;
      throw new RepairError("file_unwritable", `cannot keep the owner of ${path} (uid ${owner.uid})`, {
        hint: "run as that user, or edit the file by hand",
        cause,
      });
    });
  }
  // After chown, which clears special bits.
  if (old !== undefined) await file.chmod(old.mode & 0o7777);
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  // A full disk takes a part without an error; only the next write fails.
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}

/** Unlike rename, a hard link never replaces a file that someone else just made. */
async function publishNew(temporary: string, absolute: string, path: string): Promise<void> {
  try {
    await link(temporary, absolute);
  } catch (error) {
    if (errnoCode(error) === "EEXIST") {
      throw new RepairError("plan_stale", `${path} has appeared meanwhile, so it was left alone`, {
        cause: error,
      });
    }
    // File systems without hard links: FAT, some network and container mounts.
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EMLINK", "EACCES"].includes(errnoCode(error) ?? "")) throw error;
    return rename(temporary, absolute);
  }
  await unlink(temporary);
}

/** Makes the rename itself survive a power cut. Windows has no such call, and some file systems refuse it. */
async function syncDirectory(directory: string, path: string): Promise<void> {
  try {
    await using handle = await open(directory, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (["EPERM", "EISDIR", "EINVAL", "ENOTSUP", "EACCES", "EBADF"].includes(errnoCode(error) ?? "")) return;
    throw new RepairError("file_unwritable", `${path} was written, but its disk did not confirm it`, {
      hint: "check the disk; after a power cut the old text may be back",
      cause: error,
    });
  }
}
