import { readEnvFile } from "../../../../core/masking/env-source.ts";
import { interpolate } from "../../../../core/masking/interpolate.ts";
import type { TakenVariable } from "../../../../core/taken-variable.ts";
import type { FileReader } from "../../../../ports/files.ts";
import { isUsualName } from "../../../../core/masking/mask-env.ts";
import type { OutsideNames } from "../../compose-edit/outside-names.ts";

export interface ShellUse {
  readonly compose: readonly OutsideNames[];
  /** The text of `.env`, and its names with their values. */
  readonly envText: string;
  readonly env: ReadonlyMap<string, string>;
  /** Texts of the other files that services load with `env_file`. */
  readonly envFiles: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
}

/** Settings by which Compose chooses its files, their variables, the services and their names. */
const settings = [
  "COMPOSE_FILE",
  "COMPOSE_PATH_SEPARATOR",
  "COMPOSE_PROFILES",
  "COMPOSE_PROJECT_NAME",
  "COMPOSE_ENV_FILES",
  "COMPOSE_DISABLE_ENV_FILE",
  "COMPOSE_COMPATIBILITY",
  "DOCKER_DEFAULT_PLATFORM",
];

/** Names that the shell does not set come from the files, which may hold any number of any length. */
const MOST_UNSET = 50;
const LONGEST_UNSET = 100;

/**
 * The variables that Compose takes from the shell, in the order of their names: those that it sets, and those that
 * nobody sets and that have no default. Our own never are: no child gets them.
 */
export function variablesTaken(use: ShellUse): readonly TakenVariable[] {
  const shell = new Map([...use.environment].filter(([name]) => !/^GH_DEVLAKE_/i.test(name)));
  const asked = new Set<string>(settings.filter((name) => shell.has(name)));
  const blank = new Set<string>();
  const lookup = (name: string): string | undefined => {
    asked.add(name);
    return shell.get(name) ?? use.env.get(name);
  };
  const interpolated = (text: string): void => {
    if (!text.includes("$")) return;
    for (const name of interpolate(text, lookup).unset) blank.add(name);
  };
  const passedOn = (name: string): void => {
    if (lookup(name) === undefined) blank.add(name);
  };
  // Alone in a line of such a file, it may as well be the second half of a secret that was broken over two.
  const passedOnAlone = (name: string): void => {
    if (shell.has(name) || isUsualName(name)) passedOn(name);
  };
  for (const { texts, passedOn: names } of use.compose) {
    texts.forEach(interpolated);
    names.forEach(passedOn);
  }
  for (const text of [use.envText, ...use.envFiles]) valuesToInterpolate(text).forEach(interpolated);
  use.envFiles.flatMap(namesAlone).forEach(passedOnAlone);

  const set = [...asked].filter((name) => shell.has(name));
  const unset = [...blank].filter((name) => name.length <= LONGEST_UNSET).sort();
  return [...set, ...unset.slice(0, MOST_UNSET)].sort().map((name) => ({
    name,
    set: shell.has(name),
    ...(shell.has(name) && use.env.has(name) && { overEnvFile: true as const }),
  }));
}

/** A line of an `env_file` that is a name alone takes the shell's value. */
function namesAlone(text: string): readonly string[] {
  return [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*\r?$/gm)].flatMap(
    ([, name]) => name ?? [],
  );
}

function valuesToInterpolate(text: string): readonly string[] {
  const { assignments } = readEnvFile(".env", text, () => undefined);
  // What stands in single quotes is taken as it is.
  return assignments.filter(({ plain, start }) => !plain && text[start - 1] !== "'").map(({ raw }) => raw);
}

/** The files of `env_file` beside `.env`, as far as they lie in the deployment's directory and can be read. */
export async function readEnvFiles(
  files: FileReader,
  compose: readonly OutsideNames[],
  lookup: (name: string) => string | undefined,
): Promise<readonly string[]> {
  const written = compose.flatMap(({ envFiles }) => envFiles);
  const paths = new Set(written.map((path) => interpolate(path, lookup).text.replace(/^(?:\.\/)+/, "")));
  const texts = await Promise.all(
    [...paths].slice(0, MOST_FILES).map((path) =>
      files.readText(path, LONGEST_FILE).catch(() => {
        // Elsewhere, or not readable: Compose reads it or says why not, and here it names nothing.
        return "";
      }),
    ),
  );
  return texts.filter((text) => text !== "");
}

const MOST_FILES = 20;
const LONGEST_FILE = 64 * 1024;
