import path from "node:path";
import { makePrivateDirectory } from "../files/private-directory.ts";

interface CacheUser {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
}

/**
 * Where Node keeps what it has compiled, so that the next start is faster; undefined when no place is safe, then
 * nothing is kept. What lies there is run as our code, and Node's own choice has a name in the system's
 * temporary directory that another user can make first.
 */
export function compileCacheDirectory(user: CacheUser): string | undefined {
  const directory = path.join(cacheHome(user), "gh-devlake", "compile-cache");
  const problem = makePrivateDirectory(directory, user.platform === "win32" ? undefined : user.uid);
  return problem === undefined ? directory : undefined;
}

/** A relative path is to be ignored (XDG Base Directory Specification); an empty variable is an unset one. */
function cacheHome({ env, home, platform }: CacheUser): string {
  const absolute = (name: string): string | undefined => {
    const value = env[name];
    return value !== undefined && path.isAbsolute(value) ? value : undefined;
  };
  if (platform === "win32") return absolute("LOCALAPPDATA") ?? path.join(home, "AppData", "Local");
  if (platform === "darwin") return path.join(home, "Library", "Caches");
  return absolute("XDG_CACHE_HOME") ?? path.join(home, ".cache");
}
