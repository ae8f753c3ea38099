import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot, temporaryDirectory, userEnvironment } from "../e2e/checkout.ts";
import { putScript, tinyExtension } from "./tiny-extension.ts";

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
/** A stranger's checkout, in which the launcher is started. */
let checkout: string;
/** What planted programs write. */
let ran: string;
let launcher: string;

const at = (...names: readonly string[]): string => join(temporary.path, ...names);
const usual = userEnvironment()["PATH"] ?? "";
const extensions = "home/.local/share/gh/extensions";
const notFound = /^gh devlake: unknown command "status": .* the Go extension, which was not found\n/;

/** The shell has to be named with its path, because PATH may lead to none. */
function launch(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { cwd = checkout, shell = "/bin/sh" } = {},
) {
  const home = { HOME: at("home"), XDG_DATA_HOME: "", LOCALAPPDATA: "" };
  return execa(shell, [launcher, ...args], {
    cwd,
    env: userEnvironment({ ...home, ...env }),
    extendEnv: false,
    reject: false,
  });
}

/**
 * A program as the Go extension is one, and no script: Node, under another name. Its first argument, our
 * command, is then the script that it runs; `status` in the checkout tells what was called.
 */
async function putProgram(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await symlink(process.execPath, join(directory, "gh-devlake"));
}

beforeEach(async () => {
  temporary = await temporaryDirectory();
  checkout = at("checkout");
  ran = at("ran");
  launcher = at("gh-devlake/gh-devlake");
  for (const directory of ["checkout", "home", "gh-devlake"]) await mkdir(at(directory), { recursive: true });
  await copyFile(join(repositoryRoot, "gh-devlake"), launcher);
  await writeFile(
    join(checkout, "status"),
    `require("node:fs").writeFileSync(${JSON.stringify(ran)}, process.argv0); console.log("the Go extension");`,
  );
});

afterEach(() => temporary[Symbol.asyncDispose]());

describe("law 12: the Go extension is not taken from the checkout", () => {
  const paths: readonly (readonly [name: string, path: () => string])[] = [
    ["with . on PATH", () => `.:${usual}`],
    ["with an empty entry first", () => `:${usual}`],
    ["with an empty entry last", () => `${usual}:`],
    ["with an empty entry in between", () => `/nowhere::${usual}`],
    ["with a relative folder on PATH", () => `bin:./bin:../checkout/bin:${usual}`],
    ["with the checkout on PATH", () => `${checkout}:${usual}`],
    ["with a folder of the checkout on PATH", () => `${checkout}/bin:${usual}`],
    ["with a link to the checkout on PATH", () => `${at("alias")}:${usual}`],
    ["with the checkout on PATH by a detour", () => `${checkout}/bin/../:${usual}`],
  ];

  it.each(paths)("%s", async (_name, path) => {
    await putProgram(checkout);
    await putProgram(join(checkout, "bin"));
    await symlink(checkout, at("alias"));
    const { exitCode, stderr } = await launch(["status"], { PATH: path() });

    expect(stderr).toMatch(notFound);
    expect(exitCode).toBe(9);
    expect(existsSync(ran)).toBe(false);
  });

  it.each(["./gh-devlake", "gh-devlake", "../checkout/gh-devlake"])(
    "when GH_DEVLAKE_UPSTREAM=%s, which would be another one in each directory",
    async (upstream) => {
      await putProgram(checkout);
      const { exitCode, stderr } = await launch(["status"], { GH_DEVLAKE_UPSTREAM: upstream });

      expect(stderr).toMatch(
        /^gh devlake: GH_DEVLAKE_UPSTREAM=\S+ is not an absolute path: give the whole path .*$/,
      );
      expect(exitCode).toBe(9);
      expect(existsSync(ran)).toBe(false);
    },
  );

  it("when the user's data or home directory is relative", async () => {
    await putProgram(join(checkout, "data/gh-devlake/upstream"));
    await putProgram(join(checkout, ".local/bin"));
    await putProgram(join(checkout, "data/gh/extensions/gh-devlake-go"));
    const { stderr } = await launch(["status"], { XDG_DATA_HOME: "data", HOME: "." });

    expect(stderr).toMatch(notFound);
    expect(existsSync(ran)).toBe(false);
  });

  it("nor from gh's extensions, where gh would write it over the launcher", async () => {
    for (const directory of [`${extensions}/gh-devlake-go`, "home/.local/bin"]) {
      await mkdir(at(directory), { recursive: true });
    }
    await copyFile(process.execPath, at(extensions, "gh-devlake-go/gh-devlake"));
    await symlink(at(extensions, "gh-devlake-go/gh-devlake"), at("home/.local/bin/gh-devlake"));
    // The name by which gh's folder is reached does not matter.
    await symlink(at(extensions), at("alias"));
    const path = `${at(extensions, "gh-devlake-go")}:${at("alias/gh-devlake-go")}:${usual}`;
    const { stderr } = await launch(["status"], { PATH: path });

    expect(stderr).toMatch(notFound);
    expect(existsSync(ran)).toBe(false);
  });
});

describe("the Go extension is found", () => {
  it.each([
    ["on PATH", "tools", ""],
    ["in ~/.local/bin", "home/.local/bin", ""],
    ["in ~/go/bin", "home/go/bin", ""],
    ["in the folder of its own", "home/.local/share/gh-devlake/upstream", ""],
    ["in that of XDG_DATA_HOME", "data/gh-devlake/upstream", "data"],
  ])("%s, also when the home directory is where we are", async (_name, directory, data) => {
    await putProgram(at(directory));
    await copyFile(join(checkout, "status"), at("home/status"));
    const env = {
      PATH: `.:${directory === "tools" ? `${at(directory)}:` : ""}${usual}`,
      XDG_DATA_HOME: data === "" ? "" : at(data),
    };

    for (const cwd of [checkout, at("home")]) {
      const { stdout, stderr } = await launch(["status"], env, { cwd });

      expect({ stdout, stderr }).toEqual({ stdout: "the Go extension", stderr: "" });
      expect(await readFile(ran, "utf8")).toBe(at(directory, "gh-devlake"));
    }
  });

  it.each(["dash", "bash"])("by %s too", async (name) => {
    const { stdout: shell } = await execa("sh", ["-c", `command -v ${name}`]);
    await putProgram(checkout);
    await putProgram(at("home/go/bin"));
    const { stdout, stderr } = await launch(["status"], { PATH: `.:${usual}:` }, { shell });

    expect({ stdout, stderr }).toEqual({ stdout: "the Go extension", stderr: "" });
  });
});

describe("law 12: the launcher takes no tool of its own from the checkout", () => {
  const tools = [
    "sh",
    "env",
    "node",
    "npm",
    "find",
    "readlink",
    "od",
    "ps",
    "cmp",
    "date",
    "mkdir",
    "mv",
    "rm",
    "rmdir",
    "sleep",
    "cp",
    "sed",
    "grep",
    "tail",
  ];

  it("not when it sets itself up, nor later", async () => {
    const root = await tinyExtension(at("tiny"), ran);
    launcher = at("tiny/link/gh-devlake");
    await mkdir(at("tiny/link"));
    await symlink("../gh-devlake/gh-devlake", launcher);
    for (const tool of tools) await putScript(join(checkout, tool), `echo ${tool} "$@" >>'${ran}'; exit 1`);
    await symlink(".", join(checkout, "gh-devlake"));
    await writeFile(join(checkout, ".npmrc"), "ignore-scripts=false\npackage-lock-only=true\n");
    await writeFile(join(checkout, "package.json"), `{"scripts":{"prepare":"echo >>'${ran}'"}}`);
    const env = { PATH: `.:${usual}:`, CDPATH: checkout, GH_DEVLAKE_NODE: process.execPath };

    const first = await launch(["repair"], env);
    const second = await launch(["repair"], env);
    await writeFile(join(root, "src/main.ts"), "");
    const third = await launch(["repair"], env);

    expect(first.stdout).toBe("ours ran");
    expect({ stdout: second.stdout, stderr: second.stderr }).toEqual({ stdout: "ours ran", stderr: "" });
    expect(third.stderr).toMatch(/^gh devlake: building\ngh devlake: ready after \d+ s$/);
    expect(existsSync(ran)).toBe(false);
  });

  it("nor a Node that GH_DEVLAKE_NODE names by a path from here", async () => {
    await tinyExtension(at("tiny"), ran);
    launcher = at("tiny/gh-devlake/gh-devlake");
    await putScript(join(checkout, "node"), `echo >>'${ran}'; exec '${process.execPath}' "$@"`);
    const { exitCode, stderr } = await launch(["repair"], { GH_DEVLAKE_NODE: "./node" });

    expect(stderr).toBe(
      "gh devlake: GH_DEVLAKE_NODE=./node is not an absolute path: give the whole path, or unset it",
    );
    expect(exitCode).toBe(9);
    expect(existsSync(ran)).toBe(false);
  });
});

describe("a Go extension whose upgrade gh would write over the launcher", () => {
  const manifest = "owner: DevExpGBB\nname: gh-devlake\nhost: github.com\ntag: v0.4.0\nispinned: false\n";

  beforeEach(async () => {
    await mkdir(at(extensions, "gh-devlake-go"), { recursive: true });
    await symlink(at("gh-devlake"), at(extensions, "gh-devlake"));
    launcher = at(extensions, "gh-devlake/gh-devlake");
  });

  it("is told at each start, with the lines that move it to its own folder", async () => {
    await putProgram(at(extensions, "gh-devlake-go"));
    await writeFile(at(extensions, "gh-devlake-go/manifest.yml"), manifest);
    const { stderr, exitCode } = await launch(["--help"], {});
    const [warning, move = ""] = stderr.split("\n");
    await execa("sh", ["-c", move.replace("gh devlake: ", "")]);
    const after = await launch(["status"], {});

    expect(exitCode).toBe(0);
    expect(warning).toBe(
      `gh devlake: "gh extension upgrade --all" will overwrite this launcher, because of ${at(extensions, "gh-devlake-go/manifest.yml")}; to prevent it:`,
    );
    expect({ stdout: after.stdout, stderr: after.stderr }).toEqual({
      stdout: "the Go extension",
      stderr: "",
    });
    expect(await readdir(at(extensions))).toEqual(["gh-devlake"]);
  });

  it("is told when gh has already left its manifest in our folder", async () => {
    await writeFile(at("gh-devlake/manifest.yml"), manifest);
    const { stderr } = await launch(["--help"], {});

    expect(stderr.split("\n")[1]).toBe(`gh devlake:   rm '${at("gh-devlake/manifest.yml")}'`);
  });

  it("is not feared where gh knows another extension there, or not us", async () => {
    await writeFile(
      at(extensions, "gh-devlake-go/manifest.yml"),
      manifest.replace("gh-devlake", "gh-devlake-go"),
    );
    const other = await launch(["--help"], {});
    await writeFile(at(extensions, "gh-devlake-go/manifest.yml"), manifest);
    const elsewhere = await launch(["--help"], { XDG_DATA_HOME: at("data") });

    expect([other.stderr, elsewhere.stderr]).toEqual(["", ""]);
  });
});
