import path from "node:path";
import { RepairError } from "../../core/errors.ts";
import type { KeyEnvironment } from "../signing/signing-key-path.ts";

/** The user's private state directory: where it is, and which of its parts are ours to make and to check. */
export interface StatePath {
  /** May be shared with other programs, and may be a link. */
  readonly base: string;
  /** Directories below it, each in the one before. */
  readonly own: readonly string[];
  readonly path: string;
  /** The same for people and for signed files: it names the home directory as `~`, a variable's value by the variable. */
  readonly shown: string;
}

/**
 * GH_DEVLAKE_STATE_DIR, else where each platform has the state of programs: XDG_STATE_HOME, Application Support,
 * %LOCALAPPDATA%. Throws RepairError `usage` when the variable holds no absolute path.
 */
export function statePath({ env, homeDirectory, platform }: KeyEnvironment): StatePath {
  const rules = platform === "win32" ? path.win32 : path.posix;
  const given = env["GH_DEVLAKE_STATE_DIR"] ?? "";
  if (given !== "") {
    if (!rules.isAbsolute(given)) {
      throw new RepairError("usage", `GH_DEVLAKE_STATE_DIR is "${given}", which is no absolute path`, {
        hint: "name a directory of yours from the root on, or unset it",
      });
    }
    const named = rules.resolve(given);
    const shown = "$GH_DEVLAKE_STATE_DIR";
    return { base: rules.dirname(named), own: [rules.basename(named)], path: named, shown };
  }
  const place = platformPlace({ env, homeDirectory, platform }, rules);
  const directory = rules.join(place.base, ...place.own);
  return { ...place, path: directory, shown: shownPath(directory, homeDirectory, rules) };
}

function platformPlace(
  { env, homeDirectory, platform }: KeyEnvironment,
  rules: path.PlatformPath,
): Pick<StatePath, "base" | "own"> {
  // A relative XDG path is to be ignored (XDG Base Directory Specification); an empty variable is an unset one.
  const absolute = (value: string | undefined): string | undefined =>
    value !== undefined && rules.isAbsolute(value) ? value : undefined;
  if (platform === "win32") {
    const base = absolute(env["LOCALAPPDATA"]) ?? rules.join(homeDirectory, "AppData", "Local");
    return { base, own: ["gh-devlake", "repair", "state"] };
  }
  // Beside the signing key there.
  if (platform === "darwin") {
    const base = rules.join(homeDirectory, "Library", "Application Support");
    return { base, own: ["gh-devlake", "repair", "state"] };
  }
  const base = absolute(env["XDG_STATE_HOME"]) ?? rules.join(homeDirectory, ".local", "state");
  return { base, own: ["gh-devlake", "repair"] };
}

function shownPath(directory: string, home: string, rules: path.PlatformPath): string {
  const below = rules.relative(home, directory);
  const isBelow = below !== "" && !below.startsWith("..") && !rules.isAbsolute(below);
  return isBelow ? `~/${below.replaceAll("\\", "/")}` : directory;
}
