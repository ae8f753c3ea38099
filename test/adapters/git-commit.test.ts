import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitOf } from "../../src/adapters/git-commit.ts";
import { createRunCommand, type RunCommand } from "../../src/adapters/run-command.ts";

const run = createRunCommand({ PATH: process.env["PATH"], HOME: "/nonexistent" });
let directory: string;

function git(...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd: directory,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      GIT_AUTHOR_NAME: "Ann",
      GIT_AUTHOR_EMAIL: "ann@example.com",
      GIT_COMMITTER_NAME: "Ann",
      GIT_COMMITTER_EMAIL: "ann@example.com",
    },
  }).trim();
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "git-commit-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function committed(name: string): Promise<string> {
  git("init", "-q");
  await mkdir(path.join(directory, "plans"));
  await writeFile(path.join(directory, name), "a plan\n");
  git("add", ".");
  git("commit", "-qm", "a plan");
  return path.join(directory, name);
}

test("names the commit that last changed the file, whatever was committed since", async () => {
  const file = await committed("plans/[x]*.plan.yaml");
  const commit = git("rev-parse", "HEAD");
  await writeFile(path.join(directory, "other.txt"), "another file\n");
  git("add", ".");
  git("commit", "-qm", "another file");

  expect(await commitOf(file, run)).toBe(commit);
});

test("names none when the file was changed, also when that is staged", async () => {
  const file = await committed("plans/x.plan.yaml");
  await writeFile(file, "an edited plan\n");

  expect(await commitOf(file, run)).toBeUndefined();
  git("add", ".");
  expect(await commitOf(file, run)).toBeUndefined();
});

test("names none for a file that is new, ignored, or in no repository", async () => {
  const file = path.join(directory, "x.plan.yaml");
  await writeFile(file, "a plan\n");
  expect(await commitOf(file, run)).toBeUndefined();

  await rm(file);
  await committed("plans/x.plan.yaml");
  await writeFile(file, "a plan\n");
  expect(await commitOf(file, run)).toBeUndefined();

  await writeFile(path.join(directory, ".gitignore"), "x.plan.yaml\n");
  expect(await commitOf(file, run)).toBeUndefined();
});

test("runs none of the programs that a repository names", async () => {
  const file = await committed("plans/x.plan.yaml");
  const ran = path.join(directory, "ran");
  git("config", "core.fsmonitor", `touch ${ran}; false`);

  expect(await commitOf(file, run)).toMatch(/^[0-9a-f]{40}$/);
  await expect(rm(ran)).rejects.toThrow("ENOENT");
});

test("does not wait for a git that hangs, and does without one", async () => {
  const asked: number[] = [];
  const hangs: RunCommand = async (_file, _args, { timeoutMs }) => {
    asked.push(timeoutMs);
    return { kind: "timed_out" };
  };

  expect(await commitOf(path.join(directory, "x.plan.yaml"), hangs)).toBeUndefined();
  expect(asked).toEqual([2_000]);
  expect(
    await commitOf(path.join(directory, "x.plan.yaml"), async () => ({ kind: "not_found" })),
  ).toBeUndefined();
});
