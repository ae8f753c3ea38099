import { randomUUID } from "node:crypto";
import { link, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import { nodeJournalFs } from "../state/journal-fs.ts";
import { FileTooLarge, readRegularFile } from "./regular-file.ts";

/**
 * Reads a regular file that the user named, or with `links: "refuse"` one that a stranger may have put there: a link
 * of theirs is not followed to what they could not read. What `inside` means, only who knows the directory can say. Throws RepairError `file_unreadable`.
 */
export async function readUserFile(
  path: string,
  maxBytes: number,
  { links = "follow" }: { readonly links?: "follow" | "refuse" | "inside" } = {},
): Promise<Buffer> {
  try {
    if (links === "refuse" && (await lstat(path)).isSymbolicLink())
      throw new Error("it is a symbolic link, which is not followed here");
    return await readRegularFile(path, maxBytes, { links: links === "refuse" ? "refuse" : "follow" });
  } catch (cause) {
    const missing = errnoCode(cause) === "ENOENT";
    const isTooLarge = cause instanceof FileTooLarge;
    throw new RepairError(
      "file_unreadable",
      `"${path}" cannot be read: ${missing ? "there is no such file" : errorText(cause)}`,
      {
        hint: isTooLarge ? "no file of this kind is so large" : "check the name and that you may read it",
        cause,
      },
    );
  }
}

/**
 * Whether something stands there, also a link that leads nowhere: whoever put it there meant a file. Throws
 * RepairError `file_unreadable` when nobody can tell.
 */
export async function userFileExists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (errnoCode(thrown) === "ENOENT" || errnoCode(thrown) === "ENOTDIR") return false;
    throw new RepairError("file_unreadable", `"${path}" cannot be looked for: ${errorText(thrown)}`, {
      hint: "check the name and that you may look into its directory",
      cause: thrown,
    });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await userFileExists(path)) && (await lstat(path)).isDirectory();
}

/** Writes a file whole or not at all, and makes its directory. Throws `file_exists` or `file_unwritable`. */
export async function writeUserFile(
  path: string,
  text: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  if (await isDirectory(path)) {
    throw new RepairError("file_unwritable", `"${path}" is a directory`, {
      hint: "name a file in it: -o FILE",
    });
  }
  const temporary = `${path}.${randomUUID()}.tmp`;
  let created = false;
  let hasDirectory = false;
  try {
    await makeDirectory(dirname(path));
    hasDirectory = true;
    if (!force && (await userFileExists(path))) throw new Exists();
    created = true;
    await writeDurably(temporary, text);
    await (force ? rename(temporary, path) : publish(temporary, path));
    await nodeJournalFs.fsyncDir(dirname(path));
  } catch (cause) {
    if (created) await rm(temporary, { force: true });
    // Without a directory, something else stands in its place.
    if (errnoCode(cause) === "EEXIST" && hasDirectory && !force) {
      throw new RepairError("file_exists", `"${path}" exists already`, {
        hint: "name another file, or add --force to overwrite it",
        cause,
      });
    }
    throw new RepairError("file_unwritable", `"${path}" cannot be written: ${errorText(cause)}`, {
      hint: "name a place that you may write to, with room on its disk: -o FILE",
      cause,
    });
  }
}

class Exists extends Error {
  readonly code = "EEXIST";
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using handle = await open(path, "wx");
  await handle.writeFile(text, "utf8");
  await handle.sync();
}

/** Unlike rename, a hard link never replaces a file; whoever is killed here leaves a whole one or none. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    // File systems without hard links: FAT, some network and container mounts.
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EMLINK", "EACCES"].includes(errnoCode(error) ?? "")) throw error;
    if (await userFileExists(path)) throw new Exists();
    return rename(temporary, path);
  }
  await rm(temporary);
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    // With parents, Node says ENOENT of a read-only file system; without, it says what is so.
    if (errnoCode(error) === "ENOENT") await mkdir(directory);
    throw error;
  }
}
