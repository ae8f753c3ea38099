import { describe, expect, it } from "vitest";
import { findModel, type ModelSearch } from "../../src/adapters/find-model.ts";
import type { CommandResult } from "../../src/adapters/run-command.ts";
import type { ModelLookup } from "../../src/ports/model.ts";

const TOKEN = "gho_0123456789abcdefghijABCDEFGHIJ012345";
const loggedOut: CommandResult = { kind: "exited", exitCode: 1, stdout: "", stderr: "no oauth token" };

interface Case extends Partial<Omit<ModelSearch, "run">> {
  readonly gh?: CommandResult;
}

/** The lookup in one line, and what gh was asked. */
async function find({
  gh = loggedOut,
  ...search
}: Case): Promise<{ said: string; asked: number; raw: ModelLookup }> {
  let asked = 0;
  const raw = await findModel({
    env: {},
    policyModel: undefined,
    homeDirectory: "/home/ann",
    planner: "copilot",
    run: async (file, args) => {
      expect([file, ...args]).toEqual(["gh", "auth", "token", "--hostname", "github.com"]);
      asked += 1;
      return gh;
    },
    ...search,
  });
  const said = raw.kind === "ready" ? `${raw.model.name} by ${raw.model.provider}` : raw.reason;
  return { said, asked, raw };
}

describe("a model at GitHub", () => {
  it.each(["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"])("is found by %s", async (variable) => {
    expect(await find({ env: { [variable]: TOKEN } })).toMatchObject({
      said: "default by copilot",
      asked: 0,
    });
  });

  it("is found by the login of gh", async () => {
    const gh: CommandResult = { kind: "exited", exitCode: 0, stdout: `${TOKEN}\n`, stderr: "" };

    expect(await find({ gh, env: { GH_DEVLAKE_MODEL: "gpt-5" } })).toMatchObject({
      said: "gpt-5 by copilot",
      asked: 1,
    });
  });

  it("is asked with the first token there is, as the Copilot CLI does", async () => {
    expect(await find({ env: { COPILOT_GITHUB_TOKEN: TOKEN, GH_TOKEN: "x" } })).toMatchObject({
      said: "default by copilot",
    });
    expect(await find({ env: { GH_TOKEN: "x", GITHUB_TOKEN: TOKEN } })).toMatchObject({
      said: "the value of GH_TOKEN is no GitHub token: those of users begin with gho_, ghu_ or github_pat_",
    });
  });

  it.each<[string, Case]>([
    ["no GitHub token is set, and gh is not logged in", {}],
    ["no GitHub token is set, and gh is not installed", { gh: { kind: "not_found" } }],
    ["gh did not give its token within 2 s", { gh: { kind: "timed_out" } }],
    [
      "the token of GH_TOKEN is a classic one (ghp_), which Copilot does not accept",
      { env: { GH_TOKEN: `ghp_${"a".repeat(36)}` } },
    ],
    [
      "the token of GITHUB_TOKEN is a GitHub App's (ghs_), which no Copilot licence belongs to",
      { env: { GITHUB_TOKEN: `ghs_${"a".repeat(36)}` } },
    ],
  ])("is absent: %s", async (reason, search) => {
    const { raw } = await find(search);

    expect(raw).toMatchObject({ kind: "absent", reason });
    expect(raw).toHaveProperty("hint", expect.stringContaining("gh auth login"));
  });
});
