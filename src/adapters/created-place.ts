import { lstat, realpath } from "node:fs/promises";
import path from "node:path";
import { errnoCode, RepairError } from "../core/errors.ts";

/**
 * Refuses a place for a new file that nobody named, such as `plans/`, when a link on the way leads out of the
 * directory it belongs to: that is `cwd`, or for a path that lies elsewhere the one above the file's folder. A
 * checkout can hold such a link, and what we write would land where its author wants. Throws RepairError
 * `file_unwritable`.
 */
export async function refuseLinkOut(file: string, cwd: string): Promise<void> {
  const absolute = path.resolve(cwd, file);
  const folder = path.dirname(absolute);
  const base = isWithin(cwd, absolute) ? cwd : path.dirname(folder);
  const realBase = await realpathOf(base);
  if (realBase === undefined) return;
  let here = base;
  for (const part of path.relative(base, folder).split(path.sep)) {
    if (part === "") continue;
    here = path.join(here, part);
    const kind = await linkKind(here);
    if (kind === "absent") return;
    if (kind === "other") continue;
    const target = await realpathOf(here);
    if (target !== undefined && isWithin(realBase, target)) continue;
    throw leadsOut(file, path.relative(cwd, here) || here, target);
  }
}

function leadsOut(file: string, link: string, target: string | undefined): RepairError {
  const where = target === undefined ? "leads nowhere" : `leads to "${target}"`;
  const named = target === undefined ? "" : `, or name the plan by its real path`;
  return new RepairError(
    "file_unwritable",
    `"${file}" cannot be written: "${link}" is a link that ${where}`,
    {
      hint: `put a directory in its place${named}; a new plan or facts file goes where -o FILE says`,
    },
  );
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
