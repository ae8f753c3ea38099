import path from "node:path";
import { RepairError } from "../../core/errors.ts";
import { absoluteEntries, cleanPath, type ProgramSearch } from "./program-path.ts";

/** Settings and secrets of this program; none of its children has any use for them. */
const ownVariable = /^GH_DEVLAKE_/i;

/** Lists of directories, beside PATH, from which a program takes code. An empty entry means the working directory. */
const codeDirectories = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/**
 * An environment that any child may have: without our own variables, and without places to take code from that
 * depend on the working directory, which is a deployment's and so may hold strangers' files.
 */
export function childEnvironment(search: ProgramSearch): Record<string, string> {
  const { env, platform } = search;
  const kept = Object.entries(env).flatMap(([name, value]): readonly (readonly [string, string])[] => {
    // Windows spells it `Path`.
    const isPath = platform === "win32" && name.toUpperCase() === "PATH";
    if (value === undefined || isPath || ownVariable.test(name)) return [];
    if (!codeDirectories.includes(name)) return [[name, value]];
    const entries = absoluteEntries(value, platform);
    return entries.length === 0 ? [] : [[name, entries.join(":")]];
  });
  const child: Record<string, string> = { ...Object.fromEntries(kept), PATH: cleanPath(search) };
  // `~/.docker` would be the deployment's `.docker`; without a HOME, programs ask passwd.
  if (child["HOME"] !== undefined && !isAbsolute(child["HOME"], platform)) delete child["HOME"];
  // Then Windows does not look into the working directory first for what the child itself starts.
  if (platform === "win32") child["NoDefaultCurrentDirectoryInExePath"] = "1";
  return child;
}

/** What every program needs to run and to say what it has to say. */
const basics = [
  "USER",
  "LOGNAME",
  "LANG",
  "LANGUAGE",
  "TERM",
  "TZ",
  "PATH",
  "PATHEXT",
  "SYSTEMROOT",
  "SYSTEMDRIVE",
  "WINDIR",
  "COMSPEC",
  "NODEFAULTCURRENTDIRECTORYINEXEPATH",
  "USERNAME",
  "HOMEDRIVE",
  "HOMEPATH",
];

/** Taken where they are absolute: else they would name something below the working directory. */
const places = [
  "HOME",
  "TMPDIR",
  "TMP",
  "TEMP",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "PROGRAMDATA",
];

/** What else a program needs of the user's; `places` are taken only where they are absolute. */
interface Needs {
  readonly variables: readonly string[];
  readonly places: readonly string[];
}

const needs = {
  /** `ss`, `lsof`, `netstat`, `tasklist`. */
  system: { variables: [], places: [] },
  git: { variables: [], places: ["GIT_CONFIG_GLOBAL"] },
  /** Its login may be in the keyring, which is asked over D-Bus. */
  gh: { variables: ["DBUS_SESSION_BUS_ADDRESS"], places: ["GH_CONFIG_DIR"] },
  /** The user's agent, Kerberos ticket and dialog for a passphrase. */
  ssh: {
    variables: [
      "DISPLAY",
      "WAYLAND_DISPLAY",
      "SSH_ASKPASS_REQUIRE",
      "DBUS_SESSION_BUS_ADDRESS",
      "KRB5CCNAME",
    ],
    places: ["SSH_AUTH_SOCK", "SSH_ASKPASS", "XAUTHORITY", "KRB5_CONFIG"],
  },
} as const satisfies Record<string, Needs>;

/** The whole environment of a program that is neither Docker nor Compose: no token or key of any name is in it. */
export function toolEnvironment(tool: keyof typeof needs, search: ProgramSearch): Record<string, string> {
  const plain = new Set<string>([...basics, ...needs[tool].variables]);
  const absolute = new Set<string>([...places, ...needs[tool].places]);
  const kept = Object.entries(childEnvironment(search)).filter(([name, value]) => {
    const known = search.platform === "win32" ? name.toUpperCase() : name;
    if (plain.has(known) || /^LC_[A-Z]+$/.test(known)) return true;
    return absolute.has(known) && isAbsolute(value, search.platform);
  });
  return Object.fromEntries(kept);
}

/** Names that old versions of Compose (2.26 is one) put from `.env` into the environment of what they start. */
const notFromEnvFile = [
  "LD_PRELOAD",
  "LD_AUDIT",
  "LD_LIBRARY_PATH",
  "DYLD_INSERT_LIBRARIES",
  "DYLD_LIBRARY_PATH",
  "BASH_ENV",
  "SSH_ASKPASS",
  "SSH_ASKPASS_REQUIRE",
  "SSH_SK_HELPER",
  "SSH_PKCS11_HELPER",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
];

/**
 * What Compose takes from the environment of its process and else from `.env`, a stranger's file (2.26 to 5.5, read
 * and tried): to fetch includes over the network, to remove containers that no step names, and how it shows
 * progress. What chooses files, profiles or a project stays the user's.
 */
const settings = {
  COMPOSE_EXPERIMENTAL_GIT_REMOTE: "0",
  COMPOSE_EXPERIMENTAL_OCI_REMOTE: "0",
  COMPOSE_REMOVE_ORPHANS: "0",
  COMPOSE_MENU: "0",
  COMPOSE_STATUS_STDOUT: "0",
  COMPOSE_ANSI: "never",
  COMPOSE_PROGRESS: "plain",
} as const;

/**
 * The environment of Docker and Compose: the user's, since the Compose files may interpolate any variable of it,
 * except our own, and with the settings above. Empty counts as unset for all of {@link notFromEnvFile}.
 */
export function composeEnvironment(search: ProgramSearch): Record<string, string> {
  const child = childEnvironment(search);
  const blank = notFromEnvFile.filter((name) => child[name] === undefined);
  return { ...child, ...Object.fromEntries(blank.map((name) => [name, ""])), ...settings };
}

/**
 * docker-compose 1.x takes these from `.env`, too, and with them another engine than the one that was looked at.
 * Empty counts as unset.
 */
const engineVariables = ["DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "COMPOSE_API_VERSION"];

/** {@link composeEnvironment} for docker-compose 1.x. */
export function compose1Environment(search: ProgramSearch): Record<string, string> {
  const child = composeEnvironment(search);
  return { ...Object.fromEntries(engineVariables.map((name) => [name, ""])), ...child };
}

/** Docker reads programs (its plugins) and keys there. */
const dockerPlaces = ["DOCKER_CONFIG", "DOCKER_CERT_PATH", "HOME"] as const;

/** The setting of Docker's that is a relative path, so that it would be looked for in the deployment's directory. */
export function relativeDockerPlace({ env, platform }: ProgramSearch): string | undefined {
  return dockerPlaces.find((name) => {
    const value = env[name] ?? "";
    return value !== "" && !isAbsolute(value, platform);
  });
}

/**
 * Throws RepairError `usage` for a relative one: made absolute by the directory that the user is in, it may just
 * as well lead into a checkout, whose `cli-plugins` Docker would run.
 */
export function checkDockerPlaces(search: ProgramSearch): void {
  const name = relativeDockerPlace(search);
  if (name === undefined) return;
  throw new RepairError(
    "usage",
    `${name}=${search.env[name]} is a relative path, which Docker would look for in the deployment's directory`,
    { hint: "set it to an absolute path, or unset it" },
  );
}

function isAbsolute(value: string, platform: NodeJS.Platform): boolean {
  return platform === "win32" ? path.win32.isAbsolute(value) : path.posix.isAbsolute(value);
}
