import { lstat, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import type { FileKind, FileReader, FileWriter } from "../../ports/files.ts";
import { removeExpected, replaceExpected } from "./atomic-replace.ts";
import { containedPath, staysInside } from "./contained-path.ts";
import { readRegularFile } from "./regular-file.ts";
import { IS_DIRECTORY } from "./unwritable.ts";

const DEFAULT_MAX_BYTES = 1024 * 1024;

/** Files below `root`, an absolute path; nothing outside it can be named. */
export function createNodeFiles(root: string): FileReader & FileWriter {
  return {
    kindOf: async (path) => kindOf(await containedPath(root, path, "file_unreadable"), path),
    readText: async (path, maxBytes = DEFAULT_MAX_BYTES) => {
      const absolute = await containedPath(root, path, "file_unreadable");
      return readText(root, absolute, path, maxBytes);
    },
    realPath: (path, from = root) => realOrNamed(resolve(from, path)),
    mayExist: async (path) => {
      try {
        await lstat(path);
        return true;
      } catch (error) {
        return !["ENOENT", "ENOTDIR"].includes(errnoCode(error) ?? "");
      }
    },
    replace: async (path, before, after) =>
      replaceExpected(await writablePath(root, path), path, before, after),
    remove: async (path, before) => removeExpected(await writablePath(root, path), path, before),
  };
}

async function realOrNamed(absolute: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    if (errnoCode(error) === undefined) throw error;
    return absolute;
  }
}

/** Git runs what its own files name, so none of them is ever written. Their names are the same in any case, and by FAT's short one. */
async function writablePath(root: string, path: string): Promise<string> {
  const absolute = await containedPath(root, path, "file_unwritable");
  if (!path.split(/[/\\]/).some((part) => /^(?:\.git|git~\d+)[. ]*$/i.test(part))) return absolute;
  throw new RepairError("file_unwritable", `${JSON.stringify(path)} is in git's own directory`, {
    hint: "git runs commands that files there name, so they are never written; look who put that path there",
  });
}

async function kindOf(absolute: string, path: string): Promise<FileKind> {
  try {
    const entry = await lstat(absolute);
    if (entry.isSymbolicLink()) return "symlink";
    if (entry.isFile()) return "file";
    return entry.isDirectory() ? "directory" : "other";
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoCode(error) ?? "")) return "absent";
    throw unreadable(path, error);
  }
}

async function readText(root: string, absolute: string, path: string, maxBytes: number): Promise<string> {
  try {
    // People do link `.env` to a file of another name; only a link that leads out is refused.
    if (!(await staysInside(root, absolute))) {
      throw new RepairError("file_unreadable", `${path} is a symbolic link that leads out of the directory`, {
        hint: "put a copy of the file in place of the link, or name the directory that holds it with --dir",
      });
    }
    const bytes = await readRegularFile(absolute, maxBytes);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw error instanceof RepairError ? error : unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): RepairError {
  const [reason, hint] = reasonsByCode[errnoCode(cause) ?? ""] ?? [errorText(cause), undefined];
  return new RepairError("file_unreadable", `cannot read ${path}: ${reason}`, {
    cause,
    ...(hint !== undefined && { hint }),
  });
}

const reasonsByCode: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ["it does not exist", "check the name and the directory"],
  ENOTDIR: ["a part of its path is not a directory", "check the name and the directory"],
  EISDIR: IS_DIRECTORY,
  EACCES: ["permission denied", "run as the owner of the file"],
  EPERM: ["permission denied", "run as the owner of the file"],
  ELOOP: ["too many symbolic links", "replace the link by a real file"],
  ERR_ENCODING_INVALID_ENCODED_DATA: ["it is not UTF-8 text", "save it as UTF-8"],
};
