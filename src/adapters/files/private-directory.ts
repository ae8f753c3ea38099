import { lstatSync, mkdirSync, readlinkSync } from "node:fs";
import path from "node:path";
import { errorText } from "../../core/errors.ts";

/** Where a system has neither user ids nor mode bits (Windows), its ACLs keep a profile private. */
type Uid = number | undefined;

const MAX_LINKS = 40;
const GROUP_OR_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Makes a directory that is for this user alone, or takes the one that is there; returns why it cannot be
 * trusted, undefined when it can: it is a directory of its own, of this user, that nobody else may write to, and
 * nobody else may put another in its place. Synchronous and a few microseconds a part of the path: it is asked
 * while the program starts.
 */
export function makePrivateDirectory(directory: string, uid: Uid): string | undefined {
  if (!path.isAbsolute(directory)) return `"${directory}" is no absolute path`;
  try {
    const old = lstatSync(directory, { throwIfNoEntry: false });
    if (old === undefined) {
      // Looked at first: nothing shall be left in a directory of somebody else's, such as by root in a user's.
      const problem = whoCanReplace(nearestThere(path.dirname(directory)), uid, "or make in it");
      if (problem !== undefined) return problem;
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
    const entry = old ?? lstatSync(directory);
    if (!entry.isDirectory()) return `"${directory}" is not a directory of its own`;
    if (uid !== undefined && entry.uid !== uid)
      return `"${directory}" belongs to another user (uid ${entry.uid})`;
    if (uid !== undefined && (entry.mode & GROUP_OR_OTHERS_WRITE) !== 0)
      return `"${directory}" can be changed by others`;
    return whoCanReplace(directory, uid);
  } catch (thrown) {
    return errorText(thrown);
  }
}

/**
 * Why somebody else than this user and root could make `location` lead to something of theirs: a directory above it,
 * or above a link on the way, that is theirs, or that they may write to without the sticky bit. undefined when
 * nobody can. Throws what the file system says of a path that is not there.
 */
export function whoCanReplace(location: string, uid: Uid, also?: "or make in it"): string | undefined {
  if (uid === undefined) return undefined;
  let todo = partsOf(path.resolve(location));
  let here = path.parse(path.resolve(location)).root;
  for (let links = 0; ;) {
    const entry = lstatSync(here);
    if (entry.uid !== uid && entry.uid !== 0) return `"${here}" belongs to another user (uid ${entry.uid})`;
    if (entry.isSymbolicLink()) {
      links += 1;
      if (links > MAX_LINKS) return `"${location}" leads through too many links`;
      const target = path.resolve(path.dirname(here), readlinkSync(here));
      todo = [...partsOf(target), ...todo];
      here = path.parse(target).root;
      continue;
    }
    const next = todo[0];
    if (next === undefined && also === undefined) return undefined;
    if ((entry.mode & GROUP_OR_OTHERS_WRITE) !== 0 && (entry.mode & STICKY) === 0)
      return `"${here}" can be changed by others`;
    if (next === undefined) return undefined;
    todo = todo.slice(1);
    here = path.join(here, next);
  }
}

function nearestThere(directory: string): string {
  const isRoot = path.dirname(directory) === directory;
  const isThere = isRoot || lstatSync(directory, { throwIfNoEntry: false }) !== undefined;
  return isThere ? directory : nearestThere(path.dirname(directory));
}

function partsOf(absolute: string): readonly string[] {
  return absolute
    .slice(path.parse(absolute).root.length)
    .split(path.sep)
    .filter((part) => part !== "");
}
