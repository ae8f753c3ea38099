import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { repositoryRoot, temporaryDirectory, userEnvironment } from "../e2e/checkout.ts";
import type { Deployment } from "../stack/deployment.ts";
import { type CommandOptions, type CommandResult, mustRun } from "../stack/run-command.ts";

/** The real gh with this checkout installed as its extension, and a home directory of its own. */
export interface GhDevlake extends AsyncDisposable {
  /** `gh devlake repair ARGS` in the deployment's directory, on the localhost of its engine. */
  repair(d: Deployment, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** What a terminal has to run, and in which environment. */
  readonly command: readonly string[];
  /** The same without gh in between. */
  readonly launcher: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  /** The file that a result, or a message, names with `~` for the home directory. */
  readonly inHome: (shown: string) => string;
  /** What runs keep: journals, backups, copies of results. */
  readonly stateDirectory: string;
  /** All that was printed so far, for the search for secrets. */
  readonly said: readonly string[];
}

/** Installed before the tests of a file, removed after them. */
export function useGhDevlake(): () => GhDevlake {
  let installed: GhDevlake | undefined;
  beforeAll(async () => {
    installed = await installGhDevlake();
  });
  afterAll(() => installed?.[Symbol.asyncDispose]());
  return () => {
    if (installed === undefined) throw new Error("asked before the tests began");
    return installed;
  };
}

async function installGhDevlake(): Promise<GhDevlake> {
  const temporary = await temporaryDirectory();
  const home = join(temporary.path, "home");
  await mkdir(home);
  // gh takes the extension's name from the directory it is installed from.
  const checkout = join(temporary.path, "gh-devlake");
  await symlink(repositoryRoot, checkout);
  const env = {
    // As a user has it: without the Node that npm puts there.
    PATH: userEnvironment()["PATH"] ?? "",
    HOME: home,
    // A bare CI machine names no locale, and then there are no marks outside ASCII.
    LC_ALL: "C.UTF-8",
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "data"),
    XDG_STATE_HOME: join(home, "state"),
    GH_CONFIG_DIR: join(home, "gh"),
    GH_TOKEN: "x",
    GH_NO_UPDATE_NOTIFIER: "1",
  };
  await mustRun("gh", ["extension", "install", "."], { cwd: checkout, env: { ...env, PWD: checkout } });
  // The first call builds when sources are newer than the build; no scenario should count that.
  await mustRun("gh", ["devlake", "repair", "--version"], { env });
  const said: string[] = [];
  return {
    command: ["gh", "devlake", "repair"],
    launcher: [join(checkout, "gh-devlake"), "repair"],
    env,
    home,
    inHome: (shown) => shown.replace(/^~(?=\/)/, home),
    stateDirectory: join(home, "state", "gh-devlake", "repair"),
    said,
    async repair(d, args, options = {}) {
      const result = await d.exec("gh", ["devlake", "repair", ...args], {
        ...options,
        env: { ...env, ...options.env },
      });
      said.push(result.stdout, result.stderr);
      return result;
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}
