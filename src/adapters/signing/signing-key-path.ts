import path from "node:path";
import { RepairError } from "../../core/errors.ts";

/** What decides where keys are; only main.ts reads these from the process. */
export interface KeyEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly platform: NodeJS.Platform;
}

/**
 * Where the key comes from, in order: `--key FILE`, GH_DEVLAKE_SIGNING_KEY (an absolute path, or the PEM itself), the
 * user's own.
 */
export type KeySource =
  | { readonly kind: "file"; readonly path: string; readonly named: "--key" | "GH_DEVLAKE_SIGNING_KEY" }
  | { readonly kind: "pem"; readonly pem: string; readonly named: "GH_DEVLAKE_SIGNING_KEY" }
  | { readonly kind: "own"; readonly path: string; readonly named: "your signing key" };

/**
 * Throws RepairError `signing_key` when the variable holds neither: a variable is set once and holds in every directory, and
 * a relative path in it would take a stranger's key for the user's own.
 */
export function findKeySource(where: KeyEnvironment, keyOption: string | undefined): KeySource {
  if (keyOption !== undefined) return { kind: "file", path: keyOption, named: "--key" };
  const variable = where.env["GH_DEVLAKE_SIGNING_KEY"] ?? "";
  if (variable.trim() === "") return { kind: "own", path: ownKeyPath(where), named: "your signing key" };
  const named = "GH_DEVLAKE_SIGNING_KEY";
  if (!variable.includes("-----BEGIN ")) {
    const rules = where.platform === "win32" ? path.win32 : path.posix;
    // Not quoted: a key that was pasted without its first line would be shown.
    if (!rules.isAbsolute(variable))
      throw new RepairError("signing_key", `${named} is neither a private key in PEM nor an absolute path`, {
        hint: "give the path from the root on, or the file for this call alone with --key FILE",
      });
    return { kind: "file", path: variable, named };
  }
  // CI systems that keep secrets on one line write line breaks as \n.
  return { kind: "pem", pem: variable.replaceAll("\\n", "\n"), named };
}

/** The per-user key's path: %APPDATA%, Application Support, or XDG_CONFIG_HOME as each platform has it. */
export function ownKeyPath({ env, homeDirectory, platform }: KeyEnvironment): string {
  const rules = platform === "win32" ? path.win32 : path.posix;
  // A relative XDG path is to be ignored (XDG Base Directory Specification); an empty variable is an unset one.
  const absolute = (value: string | undefined): string | undefined =>
    value !== undefined && rules.isAbsolute(value) ? value : undefined;
  let configDirectory: string;
  if (platform === "win32") {
    configDirectory = absolute(env["APPDATA"]) ?? rules.join(homeDirectory, "AppData", "Roaming");
  } else if (platform === "darwin") {
    configDirectory = rules.join(homeDirectory, "Library", "Application Support");
  } else {
    configDirectory = absolute(env["XDG_CONFIG_HOME"]) ?? rules.join(homeDirectory, ".config");
  }
  return rules.join(configDirectory, "gh-devlake", "repair", "signing-key.pem");
}
