import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  readdir,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshCheckout, repositoryRoot, temporaryDirectory, userEnvironment } from "./checkout.ts";

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let checkout: string;
let version: string;

interface LaunchOptions {
  readonly from?: string;
  readonly shell?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly asNobody?: boolean;
}

/** Starts the launcher of a checkout from a directory that is not the checkout. */
function launch(
  args: readonly string[],
  { from = checkout, shell = [], env = {}, asNobody }: LaunchOptions = {},
) {
  const [command = "", ...rest] = [...shell, join(from, "gh-devlake"), ...args];
  const nobody = { uid: 65_534, gid: 65_534 };
  return execa(command, rest, {
    cwd: "/",
    env: userEnvironment(env),
    extendEnv: false,
    reject: false,
    ...(asNobody === true && process.getuid?.() === 0 ? nobody : {}),
  });
}

async function bootstrapFiles(): Promise<string[]> {
  return (await readdir(join(checkout, ".bootstrap"))).sort();
}

const settled = ["bootstrap.log", "node", "package-lock.json", "stamp"];

beforeAll(async () => {
  temporary = await temporaryDirectory();
  checkout = await freshCheckout(temporary.path);
  version = JSON.parse(await readFile(join(repositoryRoot, "package.json"), "utf8")).version;
});

afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
});

describe("a fresh clone", () => {
  it("leaves no half-done set-up behind when it is interrupted", async () => {
    const launcher = launch(["repair", "--version"]);
    launcher.stderr.once("data", () => launcher.kill("SIGTERM"));
    const { exitCode, stderr } = await launcher;

    expect(stderr).toBe("gh devlake: installing dependencies (once, about a minute)");
    expect(exitCode).toBe(143);
    expect(await bootstrapFiles()).not.toContain("lock");
    expect(await bootstrapFiles()).not.toContain("stamp");
  });

  it("sets itself up once, whatever npm is told, when two start at the same time", async () => {
    const env = { NODE_ENV: "production", npm_config_ignore_scripts: "false", npm_config_loglevel: "silent" };
    const both = await Promise.all([
      launch(["repair", "--version"], { env }),
      launch(["repair", "--version"], { env }),
    ]);

    expect(both.map(({ exitCode, stdout }) => ({ exitCode, stdout }))).toEqual([
      { exitCode: 0, stdout: version },
      { exitCode: 0, stdout: version },
    ]);
    const [first, second] = both.map(({ stderr }) => stderr).sort();
    expect(first).toMatch(/^gh devlake: another gh devlake is setting up \(process \d+\); waiting for it$/);
    expect(second).toMatch(
      /^gh devlake: installing dependencies \(once, about a minute\)\ngh devlake: building\ngh devlake: ready after \d+ s$/,
    );
    expect(await bootstrapFiles()).toEqual(settled);
  }, 600_000);
});

describe("a clone that is set up", () => {
  it("starts in silence and writes nothing", async () => {
    const before = await stat(join(checkout, ".bootstrap/stamp"));
    const { exitCode, stdout, stderr } = await launch(["repair", "--version"]);

    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: version, stderr: "" });
    expect(await stat(join(checkout, ".bootstrap/stamp"))).toEqual(before);
  });

  it.each([[["sh"]], [["dash"]], [["bash"]], [["bash", "--posix"]]])("runs in %j", async (shell) => {
    const { stdout, stderr } = await launch(["repair", "--version"], { shell });

    expect({ stdout, stderr }).toEqual({ stdout: version, stderr: "" });
  });

  it("hands arguments on as they are, and the exit code back", async () => {
    const { exitCode, stderr } = await launch(["repair", "--a $HOME  *'b"]);

    expect(exitCode).toBe(9);
    expect(stderr).toContain(String.raw`"--a $HOME  *'b"`);
    expect((await launch(["help", "repair"])).stdout).toContain("USAGE gh devlake repair");
  });

  it("finds its directory through links, relative ones and a name with blanks", async () => {
    const links = join(temporary.path, "some links");
    await mkdir(links);
    await symlink("../gh-devlake", join(links, "checkout"));
    await symlink("checkout/gh-devlake", join(links, "gh-devlake"));

    expect((await launch(["repair", "--version"], { from: links })).stdout).toBe(version);
    expect((await launch(["repair", "--version"], { from: join(links, "checkout") })).stdout).toBe(version);
  });

  it("works for a user who may not write to it", async () => {
    const { stdout, stderr } = await launch(["repair", "--version"], { asNobody: true });

    expect({ stdout, stderr }).toEqual({ stdout: version, stderr: "" });
  });

  it("takes the Node it is told to, and says so when that is none", async () => {
    const told = await launch(["repair", "--version"], { env: { GH_DEVLAKE_NODE: process.execPath } });
    const wrong = await launch(["repair", "--version"], { env: { GH_DEVLAKE_NODE: "/bin/false" } });

    expect({ stdout: told.stdout, stderr: told.stderr }).toEqual({ stdout: version, stderr: "" });
    expect(wrong.exitCode).toBe(9);
    expect(wrong.stderr).toMatch(
      /^gh devlake: GH_DEVLAKE_NODE=\/bin\/false is not a Node [\d.]+ or newer: .*unset it$/,
    );
  });
});

describe("changed sources", () => {
  it("are built again, and once", async () => {
    await appendFile(join(checkout, "src/main.ts"), "\n");

    expect((await launch(["repair", "--version"])).stderr).toMatch(/building\n.*ready after \d+ s$/);
    expect((await launch(["repair", "--version"])).stderr).toBe("");
  });

  it("that do not compile are shown with the compiler's error, and the last build stays", async () => {
    const main = join(checkout, "src/main.ts");
    const { size } = await stat(main);
    const built = await readFile(join(checkout, "dist/main.js"));
    await appendFile(main, "const broken: = 3;\n");
    const { exitCode, stderr } = await launch(["repair", "--version"]);
    await truncate(main, size);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`the build failed (exit 1); from ${checkout}/.bootstrap/bootstrap.log:`);
    expect(stderr).toMatch(
      /PARSE_ERROR.* Unexpected token\n.*src\/main\.ts:\d+:15 .*\n.*\n.*const broken: = 3;/,
    );
    expect(await readFile(join(checkout, "dist/main.js"))).toEqual(built);
    expect(await bootstrapFiles()).not.toContain("lock");
    expect((await launch(["repair", "--version"])).stdout).toBe(version);
    expect(await bootstrapFiles()).toEqual(settled);
  });

  it("are built although a set-up was killed and its lock is still there", async () => {
    const dead = await execa("sh", ["-c", "echo $$"]);
    await mkdir(join(checkout, ".bootstrap/lock"));
    await writeFile(join(checkout, ".bootstrap/lock/pid"), `${dead.stdout}\n`);
    await appendFile(join(checkout, "src/main.ts"), "\n");
    const { stdout, stderr } = await launch(["repair", "--version"]);

    expect(stdout).toBe(version);
    expect(stderr).toMatch(/^gh devlake: building\n/);
    expect(await bootstrapFiles()).toEqual(settled);
  });
});

describe("a clone that cannot be set up", () => {
  it("says so when it may not be written to", async () => {
    const directory = join(temporary.path, "read-only");
    await mkdir(directory);
    const from = await freshCheckout(directory);
    await chmod(from, 0o555);
    const { exitCode, stderr } = await launch(["repair"], { from, asNobody: true });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^gh devlake: cannot set up in .*\/read-only\/gh-devlake: it is not writable; run .*$/,
    );
  });

  it("says so when there is no npm", async () => {
    const directory = join(temporary.path, "no-npm");
    const tools = join(directory, "bin");
    await mkdir(tools, { recursive: true });
    for (const tool of ["sh", "env", "find", "mkdir", "rm", "date", "cmp", "readlink"]) {
      const { stdout } = await execa("sh", ["-c", `command -v ${tool}`]);
      await symlink(stdout, join(tools, tool));
    }
    const from = await freshCheckout(directory);
    const { exitCode, stderr } = await launch(["repair"], { from, env: { PATH: tools } });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^gh devlake: npm is not on PATH: install Node [\d.]+ or newer with npm, .*$/);
    expect(await readdir(join(from, ".bootstrap"))).not.toContain("lock");
  });
});
