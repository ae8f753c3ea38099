import { execFile, execFileSync } from "node:child_process";
import {
  access,
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const repositoryRoot = path.resolve(import.meta.dirname, "../..");
const facts = path.join(repositoryRoot, "examples/port-conflict.facts.json");
const PLAN = "plans/x.plan.yaml";

let root: string;
let checkout: string;
/** Made by whatever a checkout brings to run. */
let proof: string;
let command: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "law-12-git-"));
  checkout = path.join(root, "checkout");
  proof = path.join(root, "it-ran");
  command = path.join(root, "planted.sh");
  await mkdir(path.join(checkout, "plans"), { recursive: true });
  await mkdir(path.join(root, "home"));
  await writeFile(command, `#!/bin/sh\necho "$0 $*" >>"${proof}"\ncat\n`);
  await chmod(command, 0o755);
  await writeFile(path.join(checkout, "docker-compose.yml"), "services: {}\n");
  await repair("--plan-only", "--facts", facts, "-o", PLAN);
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** The program from its sources, as a user runs it in a checkout; no Engine answers. */
const repair = (...args: readonly string[]) => repairWith({}, ...args);

function repairWith(
  extra: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; stderr: string }>();
  const main = path.join(repositoryRoot, "src/main.ts");
  const env = {
    PATH: process.env["PATH"],
    HOME: path.join(root, "home"),
    DOCKER_HOST: `unix://${path.join(root, "no-engine.sock")}`,
    ...extra,
  };
  execFile(process.execPath, [main, "repair", ...args], { cwd: checkout, env }, (error, _stdout, stderr) => {
    resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stderr });
  });
  return promise;
}

function git(cwd: string, ...args: readonly string[]): void {
  execFileSync("git", args, {
    cwd,
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      HOME: path.join(root, "home"),
      GIT_AUTHOR_NAME: "Eve",
      GIT_AUTHOR_EMAIL: "eve@example.com",
      GIT_COMMITTER_NAME: "Eve",
      GIT_COMMITTER_EMAIL: "eve@example.com",
    },
  });
}

/** Every program that a repository's own configuration names, and an address that is nobody's here. */
function hostileConfig(): string {
  return `[core]
  fsmonitor = ${command} fsmonitor
  hooksPath = ${path.join(root, "hooks")}
  pager = ${command} pager
  sshCommand = ${command} ssh
  alternateRefsCommand = ${command} alternates
[filter "planted"]
  clean = ${command} clean
  smudge = ${command} smudge
  process = ${command} process
[gpg]
  program = ${command} gpg
[log]
  showSignature = true
[user]
  email = stranger@example.com
[include]
  path = ${path.join(root, "included")}
[extensions]
  partialClone = origin
[remote "origin"]
  url = ext::${command} remote
  promisor = true
[credential]
  helper = !${command} credential
`;
}

async function plantHooks(): Promise<void> {
  await mkdir(path.join(root, "hooks"));
  for (const hook of ["post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"])
    await cp(command, path.join(root, "hooks", hook));
  await writeFile(path.join(root, "included"), `[diff]\n  external = ${command} diff\n`);
}

async function commitPlan(directory: string): Promise<void> {
  git(directory, "init", "-q");
  git(directory, "add", ".");
  git(directory, "commit", "-qm", "a plan");
  await plantHooks();
}

/** So that git has to look into the file instead of at its times. */
const touch = (): Promise<void> => utimes(path.join(checkout, PLAN), 1, 1);

async function hasRun(): Promise<boolean> {
  return access(proof).then(
    () => true,
    () => false,
  );
}

/** A program in place of another, which leaves its name and where it was started. */
async function plantProgram(directory: string, name: string, first = ":"): Promise<void> {
  const file = path.join(directory, name);
  await writeFile(file, `#!/bin/sh\n${first}\necho "${name} in $(pwd -P)" >>"${proof}"\nexit 1\n`);
  await chmod(file, 0o755);
}

describe("law 12: git runs in no folder of a stranger", () => {
  test("a bare repository in the plan's folder runs nothing", async () => {
    const plans = path.join(checkout, "plans");
    await commitPlan(plans);
    await cp(path.join(plans, ".git"), plans, { recursive: true });
    await rm(path.join(plans, ".git"), { recursive: true });
    await appendFile(
      path.join(plans, "config"),
      `[core]\n  bare = false\n  worktree = .\n${hostileConfig()}`,
    );
    await mkdir(path.join(plans, "info"), { recursive: true });
    await writeFile(path.join(plans, "info/attributes"), "* filter=planted diff=planted\n");
    await touch();

    const { exitCode, stderr } = await repair("--apply", PLAN, "--no-input");

    expect(stderr).not.toBe("");
    expect(exitCode).not.toBe(0);
    expect(await hasRun()).toBe(false);
  });

  test("a repository around the plan runs nothing", async () => {
    await commitPlan(checkout);
    await appendFile(path.join(checkout, ".git/config"), hostileConfig());
    await writeFile(path.join(checkout, ".gitattributes"), "* filter=planted diff=planted\n");
    await touch();

    const { exitCode, stderr } = await repair("--apply", PLAN, "--no-input");

    expect(stderr).not.toBe("");
    expect(exitCode).not.toBe(0);
    expect(await hasRun()).toBe(false);
  });

  test("programs that need no directory are started in the user's home", async () => {
    const programs = path.join(root, "programs");
    await mkdir(programs);
    for (const name of ["git", "gh", "ssh"]) await plantProgram(programs, name);
    // Compose reads the deployment's files in its directory; for its version it needs none.
    await plantProgram(programs, "docker", '[ "$2" = version ] || exit 1');
    await symlink("/bin/false", path.join(programs, "docker-compose"));
    const env = {
      PATH: `${programs}${path.delimiter}${process.env["PATH"]}`,
      DOCKER_HOST: "ssh://nobody@host.invalid",
    };

    await repairWith(env, "--apply", PLAN, "--no-input");
    await repairWith(env, "--plan-only", "--facts", facts, "--planner", "copilot", "-o", "y.plan.yaml");

    const started = (await readFile(proof, "utf8")).trim().split("\n");
    const home = await realpath(path.join(root, "home"));
    expect([...new Set(started)].toSorted()).toEqual(
      ["docker", "gh", "git", "ssh"].map((name) => `${name} in ${home}`),
    );
  });
});
