import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ghIdentity, type GhIdentity } from "../../../src/adapters/identity/gh-identity.ts";

let homeDirectory: string;

beforeEach(async () => {
  homeDirectory = await mkdtemp(path.join(tmpdir(), "gh-identity-"));
});

afterEach(() => rm(homeDirectory, { recursive: true, force: true }));

async function hosts(text: string, directory = ".config/gh"): Promise<void> {
  await mkdir(path.join(homeDirectory, directory), { recursive: true });
  await writeFile(path.join(homeDirectory, directory, "hosts.yml"), text, { mode: 0o600 });
}

function identity(env: Readonly<Record<string, string>> = {}): Promise<GhIdentity | undefined> {
  return ghIdentity({ env, homeDirectory, platform: "linux" });
}

// As gh 2.46 writes it after `gh auth login --insecure-storage`.
const dotCom = `github.com:
    users:
        octocat:
            oauth_token: gho_0123456789abcdefghij0123456789abcdef
    git_protocol: https
    user: octocat
    oauth_token: gho_0123456789abcdefghij0123456789abcdef
`;
const enterprise = "git.example.com:\n    user: ann\n    git_protocol: ssh\n";

describe("ghIdentity", () => {
  test("is who is logged in, and nothing else of gh's file", async () => {
    await hosts(dotCom);

    expect(await identity()).toEqual({ host: "github.com", login: "octocat" });
  });

  test("follows GH_CONFIG_DIR, XDG_CONFIG_HOME and GH_HOST, and takes the only host there is", async () => {
    await hosts(dotCom + enterprise, "xdg/gh");
    await hosts(enterprise, "own");
    const xdg = { XDG_CONFIG_HOME: path.join(homeDirectory, "xdg") };

    expect(await identity(xdg)).toEqual({ host: "github.com", login: "octocat" });
    expect(await identity({ ...xdg, GH_HOST: "git.example.com" })).toEqual({
      host: "git.example.com",
      login: "ann",
    });
    expect(await identity({ ...xdg, GH_CONFIG_DIR: path.join(homeDirectory, "own") })).toEqual({
      host: "git.example.com",
      login: "ann",
    });
  });

  test("in GitHub Actions is who started the run", async () => {
    await hosts(dotCom);
    const env = { GITHUB_ACTIONS: "true", GITHUB_ACTOR: "ann", GITHUB_SERVER_URL: "https://git.example.com" };

    expect(await identity(env)).toEqual({ host: "git.example.com", login: "ann" });
  });

  test("is not known under a token from the environment, which does not say whose it is", async () => {
    await hosts(dotCom);

    expect(await identity({ GH_TOKEN: "gho_x" })).toBeUndefined();
    expect(await identity({ GITHUB_TOKEN: "gho_x" })).toBeUndefined();
  });

  test.each([
    ["no file", undefined],
    ["an empty file", ""],
    ["a file that is not YAML", "github.com: [unclosed: oauth_token"],
    ["a list", "- github.com\n"],
    ["a host without a user", "github.com:\n    git_protocol: https\n"],
    ["two hosts, neither of them github.com", `${enterprise}other.example.com:\n    user: bob\n`],
    ["aliases", "a: &a { user: x }\ngithub.com: *a\n"],
    ["a name that is a member of every object", "constructor: { user: x }\nb: { user: y }\n"],
  ])("is not known with %s", async (_case, text) => {
    if (text !== undefined) await hosts(text);

    expect(await identity()).toBeUndefined();
  });

  test("does not take a directory for the file, nor read a huge one", async () => {
    await mkdir(path.join(homeDirectory, ".config/gh/hosts.yml"), { recursive: true });
    expect(await identity()).toBeUndefined();

    await rm(path.join(homeDirectory, ".config/gh/hosts.yml"), { recursive: true });
    await hosts(`${dotCom}# ${"x".repeat(300 * 1024)}\n`);
    expect(await identity()).toBeUndefined();
  });
});
