import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** What decides where a program is found. */
export interface ProgramSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** Where POSIX programs are looked for without a PATH (`_PATH_DEFPATH` of BSD and Linux). */
const POSIX_DEFAULT = "/usr/bin:/bin";

/**
 * The absolute entries of a list of directories such as PATH, in their order. An empty or relative entry means
 * the working directory or one below it: that of a deployment, whose files are strangers'.
 */
export function absoluteEntries(list: string, platform: NodeJS.Platform): readonly string[] {
  if (platform !== "win32") return list.split(":").filter((entry) => path.posix.isAbsolute(entry));
  // cmd allows quotes around an entry. `\tools` is absolute only on a drive, and which one the directory decides.
  const entries = list.split(";").map((entry) => entry.replaceAll('"', "").trim());
  return entries.filter((entry) => /^(?:[a-z]:[\\/]|[\\/]{2})/i.test(entry));
}

/** PATH as our children get it, and as programs are looked for. */
export function cleanPath({ env, platform }: ProgramSearch): string {
  // Windows spells it `Path`, and a copy of its environment no longer minds the case.
  const name = platform === "win32" ? Object.keys(env).find((key) => /^path$/i.test(key)) : undefined;
  const list = env[name ?? "PATH"] ?? (platform === "win32" ? "" : POSIX_DEFAULT);
  return absoluteEntries(list, platform).join(platform === "win32" ? ";" : ":");
}

/**
 * The absolute path of the program that a name means; undefined when there is none. A path is taken only when it
 * is absolute. Nothing is ever looked for in the working directory, which Windows would do first of all.
 */
export function findProgram(
  name: string,
  search: ProgramSearch,
  isProgram: (file: string) => boolean = isExecutable,
): string | undefined {
  const rules = search.platform === "win32" ? path.win32 : path.posix;
  if (rules.basename(name) !== name) {
    return rules.isAbsolute(name) && isProgram(name) ? name : undefined;
  }
  const endings = search.platform === "win32" ? endingsOn(name, search.env["PATHEXT"]) : [""];
  for (const directory of absoluteEntries(cleanPath(search), search.platform)) {
    for (const ending of endings) {
      const file = rules.join(directory, name + ending);
      if (isProgram(file)) return file;
    }
  }
  return undefined;
}

/** Of what PATHEXT lists, only these are programs by themselves; all others are run by a shell. */
const startable = new Set([".com", ".exe"]);

function endingsOn(name: string, pathExt: string | undefined): readonly string[] {
  if (startable.has(path.win32.extname(name).toLowerCase())) return [""];
  const listed = (pathExt ?? "").split(";").map((ending) => ending.trim().toLowerCase());
  const endings = listed.filter((ending) => startable.has(ending));
  return endings.length > 0 ? endings : [...startable];
}

function isExecutable(file: string): boolean {
  try {
    // Windows knows no such right: there it asks whether the file is there.
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not for us: the next directory may have it, as for execvp(3).
    return false;
  }
}
