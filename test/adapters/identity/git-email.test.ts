import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { gitEmail, gitEnvironment } from "../../../src/adapters/identity/git-email.ts";
import { quietDirectory, runIn } from "../../../src/adapters/files/quiet-directory.ts";
import { createRunCommand } from "../../../src/adapters/process/run-command.ts";

let root: string;
let home: string;
let checkout: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "git-email-"));
  home = path.join(root, "home");
  checkout = path.join(root, "checkout");
  await mkdir(home);
  await mkdir(path.join(checkout, ".git/objects"), { recursive: true });
  await mkdir(path.join(checkout, ".git/refs"));
  await writeFile(path.join(checkout, ".git/HEAD"), "ref: refs/heads/main\n");
  await writeFile(path.join(checkout, ".git/config"), "[user]\n  email = stranger@example.com\n");
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** As it is asked in a checkout whose hooks or wrappers have set variables of git. */
function asked(): Promise<string | undefined> {
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    GIT_DIR: path.join(checkout, ".git"),
    GIT_WORK_TREE: checkout,
    GIT_CONFIG_GLOBAL: path.join(checkout, ".git/config"),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "user.email",
    GIT_CONFIG_VALUE_0: "stranger@example.com",
  };
  return gitEmail(runIn(quietDirectory(home), createRunCommand(gitEnvironment(env))));
}

test("is that of the user's own settings, whatever a checkout says", async () => {
  await writeFile(path.join(home, ".gitconfig"), "[user]\n  email = ann@example.com\n");

  expect(await asked()).toBe("ann@example.com");
});

test("is not known where the user has set none", async () => {
  expect(await asked()).toBeUndefined();
});

test("a home that is not there, or that is not said in full, is no place to start programs in", () => {
  expect(quietDirectory(home)).toBe(home);
  for (const other of [path.join(root, "gone"), ".", "", path.join(checkout, ".git/HEAD")])
    expect(quietDirectory(other)).toBe(path.parse(root).root);
});
