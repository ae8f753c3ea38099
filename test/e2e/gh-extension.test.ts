import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot, temporaryDirectory, userEnvironment } from "./checkout.ts";

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let version: string;

const inTemporary = (...names: readonly string[]): string => join(temporary.path, ...names);

/** The real gh with directories of its own, offline, as the extension's user runs it. */
function gh(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = temporary.path) {
  return execa("gh", args, {
    cwd,
    env: userEnvironment({
      HOME: inTemporary("home"),
      XDG_DATA_HOME: inTemporary("data"),
      XDG_STATE_HOME: inTemporary("state"),
      GH_CONFIG_DIR: inTemporary("config"),
      GH_TOKEN: "x",
      GH_NO_UPDATE_NOTIFIER: "1",
      PWD: cwd,
      ...env,
    }),
    extendEnv: false,
    reject: false,
  });
}

/**
 * A stand-in for the Go extension's binary, which is a program and no script: Node, which takes the first
 * argument, our command, for the name of a script in the working directory.
 */
async function putUpstream(directory: string) {
  await mkdir(directory, { recursive: true });
  const file = join(directory, "gh-devlake");
  await rm(file, { force: true });
  await symlink(process.execPath, file);
  return file;
}

/** A wrapper that would start us again, and so itself. */
async function putCircle(directory: string) {
  await mkdir(directory);
  const file = join(directory, "gh-devlake");
  await writeFile(file, '#!/bin/sh\nexec gh devlake "$@"\n');
  await chmod(file, 0o755);
  return file;
}

/** Says what the Go extension was called with and ends with 7. */
const command = `
  const [, file, ...args] = process.argv;
  const words = [require("node:path").basename(file), ...args];
  process.stdout.write("upstream:" + words.map((word) => " [" + word + "]").join(""));
  process.exitCode = 7;
`;

/** A command that starts gh, and with it us, again, and says which of our variables it was given. */
const nestedCommand = `
  const { spawnSync } = require("node:child_process");
  const { stdout, stderr } = spawnSync("gh", ["devlake", "deploy", "local"], { encoding: "utf8" });
  const ours = Object.keys(process.env).filter((name) => name.startsWith("GH_DEVLAKE_"));
  process.stdout.write(JSON.stringify({ stdout, stderr, ours }));
`;

function pathWith(directory: string): string {
  return `${directory}:${userEnvironment()["PATH"] ?? ""}`;
}

beforeAll(async () => {
  temporary = await temporaryDirectory();
  version = JSON.parse(await readFile(join(repositoryRoot, "package.json"), "utf8")).version;
  await mkdir(inTemporary("home"));
  for (const name of ["status", "deploy"]) await writeFile(inTemporary(name), command);
  await writeFile(inTemporary("init"), nestedCommand);
  // gh takes the extension's name from the directory it is installed from.
  await symlink(repositoryRoot, inTemporary("gh-devlake"));
  const { exitCode, stderr } = await gh(["extension", "install", "."], {}, inTemporary("gh-devlake"));
  if (exitCode !== 0) throw new Error(stderr);
});

afterEach(async () => {
  for (const directory of ["data/gh-devlake", "data/gh/extensions/gh-devlake-go"]) {
    await rm(inTemporary(directory), { recursive: true, force: true });
  }
});

afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
});

describe("gh devlake", () => {
  it("runs our commands", async () => {
    expect((await gh(["extension", "list"])).stdout).toContain("gh devlake");
    expect(await gh(["devlake", "repair", "--version"])).toMatchObject({ exitCode: 0, stdout: version });
    expect((await gh(["devlake", "repair", "--help"])).stdout).toContain("USAGE gh devlake repair");
  });

  it("gives our exit code back", async () => {
    const { exitCode, stderr } = await gh(["devlake", "repair", "--plan-onyl"]);

    expect(exitCode).toBe(9);
    expect(stderr).toContain('unknown flag "--plan-onyl"');
    expect(stderr).toContain("did you mean --plan-only?");
  });
});

describe("commands of the Go extension", () => {
  it("go to the binary that GH_DEVLAKE_UPSTREAM names, exit code and arguments as they are", async () => {
    const upstream = await putUpstream(inTemporary("named"));
    const { exitCode, stdout, stderr } = await gh(["devlake", "status", "--json", "a b", "*"], {
      GH_DEVLAKE_UPSTREAM: upstream,
    });

    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 7,
      stdout: "upstream: [status] [--json] [a b] [*]",
      stderr: "",
    });
  });

  it("go to the binary on PATH", async () => {
    await putUpstream(inTemporary("on-path"));

    expect(
      (await gh(["devlake", "deploy", "local"], { PATH: pathWith(inTemporary("on-path")) })).stdout,
    ).toBe("upstream: [deploy] [local]");
  });

  it("go to the binary in the folder that we keep for it", async () => {
    await putUpstream(inTemporary("data/gh-devlake/upstream"));

    expect((await gh(["devlake", "status"])).stdout).toBe("upstream: [status]");
    expect((await gh(["devlake", "--version"])).stdout).toBe(process.version);
  });

  it("do not go to a binary among gh's extensions", async () => {
    await mkdir(inTemporary("data/gh/extensions/gh-devlake-go"));
    await copyFile(process.execPath, inTemporary("data/gh/extensions/gh-devlake-go/gh-devlake"));

    expect((await gh(["devlake", "status"])).stderr).toContain('unknown command "status"');
  });

  it("may call gh devlake themselves, and are given no variable of ours", async () => {
    await putUpstream(inTemporary("data/gh-devlake/upstream"));
    const { stdout } = await gh(["devlake", "init"]);

    expect(JSON.parse(stdout)).toEqual({ stdout: "upstream: [deploy] [local]", stderr: "", ours: [] });
  });

  it("leave our commands to us, and help mentions them", async () => {
    const env = { GH_DEVLAKE_UPSTREAM: await putUpstream(inTemporary("named")) };
    const help = await gh(["devlake", "--help"], env);

    expect((await gh(["devlake", "repair", "--version"], env)).stdout).toBe(version);
    expect(help.stdout).toContain("Usage: node");
    expect(help.stderr).toBe('gh devlake: repairs: see "gh devlake repair --help"');
  });

  it("without that binary are a usage error that says how to get it", async () => {
    const { exitCode, stdout, stderr } = await gh(["devlake", "status"]);

    expect(exitCode).toBe(9);
    expect(stdout).toBe("");
    expect(stderr).toContain('unknown command "status"');
    expect(stderr).toContain("gh release download --repo DevExpGBB/gh-devlake");
    expect(stderr).toContain("GH_DEVLAKE_UPSTREAM");
  });

  it("without that binary: help and version are ours", async () => {
    for (const args of [[], ["--help"], ["help"], ["-h"]]) {
      const { exitCode, stdout } = await gh(["devlake", ...args]);

      expect(exitCode).toBe(0);
      expect(stdout).toContain("gh devlake repair");
    }
    expect((await gh(["devlake", "--version"])).stdout).toBe(version);
  });

  it("do not run in circles when another copy of ours, a link to us or a script that calls us is found", async () => {
    const copies = inTemporary("copy");
    await mkdir(copies);
    await copyFile(join(repositoryRoot, "gh-devlake"), join(copies, "gh-devlake"));
    const links = inTemporary("link");
    await mkdir(links);
    await symlink(join(repositoryRoot, "gh-devlake"), join(links, "gh-devlake"));

    const scripts = inTemporary("script");
    await putCircle(scripts);

    for (const directory of [copies, links, scripts]) {
      const { exitCode, stderr } = await gh(["devlake", "status"], { PATH: pathWith(directory) });

      expect(exitCode).toBe(9);
      expect(stderr).toContain('unknown command "status"');
    }
  });

  it("do not run in circles when GH_DEVLAKE_UPSTREAM names a script, which may call us back", async () => {
    const upstream = await putCircle(inTemporary("circle"));
    const { exitCode, stderr } = await gh(["devlake", "status"], { GH_DEVLAKE_UPSTREAM: upstream });

    expect(exitCode).toBe(9);
    expect(stderr).toContain(
      `GH_DEVLAKE_UPSTREAM=${upstream} is not the Go extension's binary (a script is none`,
    );
  });

  it.each(["/nowhere/gh-devlake", "/etc/passwd", "/usr"])(
    "are refused when GH_DEVLAKE_UPSTREAM=%s",
    async (upstream) => {
      const { exitCode, stderr } = await gh(["devlake", "status"], { GH_DEVLAKE_UPSTREAM: upstream });

      expect(exitCode).toBe(9);
      expect(stderr).toBe(
        `gh devlake: GH_DEVLAKE_UPSTREAM=${upstream} is not the Go extension's binary (a script is none either): correct or unset it`,
      );
    },
  );
});
