import { lstat, realpath } from "node:fs/promises";
import path from "node:path";
import { errnoCode, RepairError } from "../../core/errors.ts";

/**
 * Refuses a place for a new file that nobody named, such as `plans/`, when a link on the way leads out of the
 * directory it belongs to: that is `cwd`, or for a path that lies elsewhere the one above the file's folder. A
 * checkout can hold such a link, and what we write would land where its author wants. Throws RepairError
 * `file_unwritable`.
 */
export async function refuseLinkOut(file: string, cwd: string): Promise<void> {
  const absolute = path.resolve(cwd, file);
  const folder = path.dirname(absolute);
  const out = await linkOut(folder, isWithin(cwd, absolute) ? cwd : path.dirname(folder), cwd);
  if (out === undefined) return;
  const named = out.target === undefined ? "" : `, or name the plan by its real path`;
  throw new RepairError("file_unwritable", `"${file}" cannot be written: ${out.says}`, {
    hint: `put a directory in its place${named}; a new plan or facts file goes where -o FILE says`,
  });
}

/**
 * Refuses to read a file whose lines are quoted in errors, such as a plan, when a link leads from the directory that it
 * belongs to, as above, to another: in a checkout of a stranger's it would show any file of this user, for instance
 * in the log of a check of their pull request. Throws RepairError `file_unreadable`.
 */
export async function refuseReadingOut(file: string, cwd: string): Promise<void> {
  const absolute = path.resolve(cwd, file);
  const base = isWithin(cwd, absolute) ? cwd : path.dirname(path.dirname(absolute));
  const out = await linkOut(absolute, base, cwd);
  // What leads nowhere is said by whoever reads it.
  if (out?.target === undefined) return;
  throw new RepairError("file_unreadable", `"${file}" is not read: ${out.says}, out of its directory`, {
    hint: "name the file that is meant by its real path",
  });
}

interface LinkOut {
  /** undefined: it leads nowhere. */
  readonly target: string | undefined;
  /** The link and its target in a sentence. */
  readonly says: string;
}

/** The first link on the way from `base` to `location`, itself included, that does not stay in `base`. */
async function linkOut(location: string, base: string, cwd: string): Promise<LinkOut | undefined> {
  const realBase = await realpathOf(base);
  if (realBase === undefined) return undefined;
  let here = base;
  for (const part of path.relative(base, location).split(path.sep)) {
    if (part === "") continue;
    here = path.join(here, part);
    const kind = await linkKind(here);
    if (kind === "absent") return undefined;
    if (kind === "other") continue;
    const target = await realpathOf(here);
    if (target !== undefined && isWithin(realBase, target)) continue;
    const where = target === undefined ? "leads nowhere" : `leads to "${target}"`;
    return { target, says: `"${path.relative(cwd, here) || here}" is a link that ${where}` };
  }
  return undefined;
}

function isWithin(directory: string, location: string): boolean {
  const way = path.relative(directory, location);
  return way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

async function linkKind(location: string): Promise<"link" | "absent" | "other"> {
  try {
    return (await lstat(location)).isSymbolicLink() ? "link" : "other";
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errnoCode(thrown) ?? "")) return "absent";
    throw thrown;
  }
}

/** undefined for what leads nowhere, or round in circles. */
async function realpathOf(location: string): Promise<string | undefined> {
  try {
    return await realpath(location);
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoCode(thrown) ?? "")) return undefined;
    throw thrown;
  }
}
