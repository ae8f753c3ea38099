import { lstat, realpath } from "node:fs/promises";
import { join, posix, sep, win32 } from "node:path";
import { errnoCode, RepairError, type ErrorCode } from "../../core/errors.ts";

/**
 * The absolute path of `path` below `root`. Throws RepairError `code` when it would leave the directory: absolute,
 * with `..`, or through a directory that is a symbolic link (the last part may be a link; the caller decides).
 * A part that does not exist ends the check.
 */
export async function containedPath(root: string, path: string, code: ErrorCode): Promise<string> {
  // Both separators everywhere: a plan written on Windows may be applied on Linux, and the other way round.
  const parts = path.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
  const isOutside =
    posix.isAbsolute(path) || win32.isAbsolute(path) || /^[A-Za-z]:/.test(path) || parts.includes("..");
  if (isOutside || parts.length === 0 || path.includes("\0")) {
    throw new RepairError(code, `${JSON.stringify(path)} is not a path inside the deployment's directory`, {
      hint: "only files of the deployment's own directory are touched",
    });
  }
  for (let depth = 1; depth < parts.length; depth += 1) {
    const parent = parts.slice(0, depth).join("/");
    const kind = await linkKind(join(root, parent));
    if (kind === "absent") break;
    if (kind === "link") {
      throw new RepairError(code, `${path} goes through ${parent}, which is a symbolic link`, {
        hint: `replace ${parent} by a real directory, or edit the file by hand`,
      });
    }
  }
  return join(root, ...parts);
}

/** Whether `path`, with every link followed, still lies below `root`. */
export async function staysInside(root: string, path: string): Promise<boolean> {
  const [realRoot, realPath] = await Promise.all([realpath(root), realpath(path)]);
  return realPath.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
}

async function linkKind(path: string): Promise<"link" | "absent" | "other"> {
  try {
    return (await lstat(path)).isSymbolicLink() ? "link" : "other";
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoCode(error) ?? "")) return "absent";
    throw error;
  }
}
