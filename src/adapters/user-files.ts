import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoCode, errorText, RepairError } from "../core/errors.ts";

/** Reads a regular file that the user named. Throws RepairError `file_unreadable`. */
export async function readUserFile(path: string, maxBytes: number): Promise<Buffer> {
  try {
    await using handle = await open(path, "r");
    const { size } = await handle.stat().then((entry) => {
      if (!entry.isFile())
        throw new Error(entry.isDirectory() ? "it is a directory" : "it is not a regular file");
      return entry;
    });
    if (size > maxBytes) throw new Error(`it has ${size} bytes, more than the ${maxBytes} that are read`);
    return await handle.readFile();
  } catch (cause) {
    const missing = errnoCode(cause) === "ENOENT";
    throw new RepairError(
      "file_unreadable",
      `"${path}" cannot be read: ${missing ? "there is no such file" : errorText(cause)}`,
      {
        hint: "check the name and that you may read it",
        cause,
      },
    );
  }
}

export async function userFileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (errnoCode(thrown) === "ENOENT" || errnoCode(thrown) === "ENOTDIR") return false;
    throw thrown;
  }
}

/** Writes a file whole or not at all, and makes its directory. Throws `file_exists` or `file_unwritable`. */
export async function writeUserFile(
  path: string,
  text: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const temporary = force ? `${path}.${randomUUID()}.tmp` : path;
  let created = false;
  let hasDirectory = false;
  try {
    await makeDirectory(dirname(path));
    hasDirectory = true;
    await using handle = await open(temporary, "wx");
    created = true;
    await handle.writeFile(text, "utf8");
    await handle.sync();
    if (force) await rename(temporary, path);
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

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    // With parents, Node says ENOENT of a read-only file system; without, it says what is so.
    if (errnoCode(error) === "ENOENT") await mkdir(directory);
    throw error;
  }
}
