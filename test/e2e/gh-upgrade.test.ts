import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot, temporaryDirectory, userEnvironment } from "./checkout.ts";
import { type GithubReleases, serveReleases } from "./github-releases.ts";

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let github: GithubReleases;
let launcher: string;

const at = (...names: readonly string[]): string => join(temporary.path, ...names);
const extensions = "data/gh/extensions";
const readme = join(repositoryRoot, "README.md");

/** The real gh, which finds GitHub on the double's socket. */
function run(command: string, args: readonly string[]) {
  return execa(command, args, {
    cwd: at("work"),
    env: userEnvironment({
      HOME: at("home"),
      XDG_DATA_HOME: at("data"),
      XDG_STATE_HOME: at("state"),
      GH_CONFIG_DIR: at("config"),
      GH_TOKEN: "x",
      GH_NO_UPDATE_NOTIFIER: "1",
      PWD: at("work"),
    }),
    extendEnv: false,
    reject: false,
  });
}

beforeEach(async () => {
  temporary = await temporaryDirectory();
  for (const directory of ["home", "config", "work", extensions, "checkout/gh-devlake"]) {
    await mkdir(at(directory), { recursive: true });
  }
  launcher = at("checkout/gh-devlake/gh-devlake");
  await copyFile(join(repositoryRoot, "gh-devlake"), launcher);
  // What `gh extension install .` does.
  await symlink(at("checkout/gh-devlake"), at(extensions, "gh-devlake"));
  await writeFile(at("config/config.yml"), `version: "1"\nhttp_unix_socket: ${at("github.sock")}\n`);
  // Node is a program that shows what it was called with: it runs the script that our command's name names.
  await writeFile(at("work/status"), 'console.log("the Go extension");');
  github = await serveReleases(at("github.sock"), "v9.9.9", process.execPath);
});

afterEach(async () => {
  await github[Symbol.asyncDispose]();
  await temporary[Symbol.asyncDispose]();
});

/** As it was told to users once: gh knows the Go extension under another folder's name. */
async function keepBothInGh(): Promise<void> {
  await mkdir(at(extensions, "gh-devlake-go"));
  await copyFile(process.execPath, at(extensions, "gh-devlake-go/gh-devlake"));
  await writeFile(
    at(extensions, "gh-devlake-go/manifest.yml"),
    "owner: DevExpGBB\nname: gh-devlake\nhost: github.com\ntag: v0.4.0\nispinned: false\n",
  );
}

/** Whether two files, or large programs, are the same. */
async function sameBytes(one: string, other: string): Promise<boolean> {
  return (await readFile(one)).equals(await readFile(other));
}

describe("gh extension upgrade --all", () => {
  it.each([
    ["the hint", async () => (await run("gh", ["devlake", "status"])).stderr.match(/^ {2}.*$/gm)?.join("\n")],
    ["the README", async () => /^```sh\n(upstream=[^`]*)```$/m.exec(await readFile(readme, "utf8"))?.[1]],
  ])("leaves the launcher as it is where %s puts the Go extension", async (_name, readLines) => {
    const lines = (await readLines()) ?? "";
    const followed = await run("sh", ["-ec", lines.replace("linux-amd64", "*")]);
    const upgrade = await run("gh", ["extension", "upgrade", "--all"]);
    const status = await run("gh", ["devlake", "status"]);

    expect(lines).toContain("linux-amd64");
    expect(followed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(upgrade.stdout + upgrade.stderr).toContain("local extensions can not be upgraded");
    expect({ stdout: status.stdout, stderr: status.stderr }).toEqual({
      stdout: "the Go extension",
      stderr: "",
    });
    expect(await sameBytes(launcher, join(repositoryRoot, "gh-devlake"))).toBe(true);
    expect(github.asked).toEqual([
      "GET /repos/DevExpGBB/gh-devlake/releases/latest",
      "GET /repos/DevExpGBB/gh-devlake/releases/assets/1",
    ]);
  });

  it("overwrites it where gh keeps both, which the launcher has warned of", async () => {
    await keepBothInGh();
    const warned = await run("gh", ["devlake", "--help"]);
    await run("gh", ["extension", "upgrade", "--all"]);

    expect(warned.stderr).toContain('"gh extension upgrade --all" will overwrite this launcher');
    expect(await sameBytes(launcher, process.execPath)).toBe(true);
  });

  it("and does so no more after what the warning says was done", async () => {
    await keepBothInGh();
    const [, move = ""] = (await run("gh", ["devlake", "--help"])).stderr.split("\n");
    const moved = await run("sh", ["-ec", move.replace("gh devlake: ", "")]);
    await run("gh", ["extension", "upgrade", "--all"]);

    expect(moved.exitCode).toBe(0);
    expect((await run("gh", ["devlake", "status"])).stdout).toBe("the Go extension");
    expect(await sameBytes(launcher, join(repositoryRoot, "gh-devlake"))).toBe(true);
  });
});
