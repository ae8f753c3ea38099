import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findModel, type ModelSearch } from "../../../src/adapters/copilot/find-model.ts";
import type { CommandResult } from "../../../src/adapters/process/command.ts";
import { createRedactor } from "../../../src/core/masking/redact.ts";
import type { ModelLookup } from "../../../src/ports/model.ts";

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
    homeDirectory: "/nowhere",
    planner: "copilot",
    run: async (file, args) => {
      expect([file, ...args]).toEqual(["gh", "auth", "token", "--hostname", "github.com"]);
      asked += 1;
      return gh;
    },
    ...search,
  });
  // Reasons are printed through a redactor, which should find nothing in them.
  if (raw.kind === "absent") expect(createRedactor([])(raw.reason)).toBe(raw.reason);
  const said = raw.kind === "ready" ? `${raw.model.name} by ${raw.model.provider}` : raw.reason;
  return { said, asked, raw };
}

describe("a model at GitHub", () => {
  it("is absent at once when gh cannot be asked", async () => {
    const raw = await findModel({
      env: {},
      policyModel: undefined,
      homeDirectory: "/nowhere",
      planner: "auto",
      run: () => Promise.reject(new Error("no more processes")),
    });

    expect(raw).toMatchObject({
      kind: "absent",
      reason: "no GitHub token is set, and gh could not be asked",
    });
  });

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
      said: "the value of GH_TOKEN is no token of a GitHub user: those begin with gho_, ghu_ or github_pat_",
    });
  });

  it("is found by the login of a Copilot CLI without a keychain, before that of gh", async () => {
    const home = mkdtempSync(path.join(tmpdir(), "find-model-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    mkdirSync(path.join(home, ".copilot"));
    const file = path.join(home, ".copilot/config.json");
    const gh: CommandResult = { kind: "exited", exitCode: 0, stdout: TOKEN, stderr: "" };

    writeFileSync(file, `// comments are allowed\n{"some_tokens": {"https://github.com:ann": "${TOKEN}"}}`);
    expect(await find({ homeDirectory: home, gh })).toMatchObject({ said: "default by copilot", asked: 0 });

    writeFileSync(file, '{"last_logged_in_user": {"login": "ann"}}');
    expect(await find({ homeDirectory: home, gh })).toMatchObject({ said: "default by copilot", asked: 1 });
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

const AZURE = "https://team.openai.azure.com";

describe("a provider of one's own", () => {
  it.each<[string, Case]>([
    ["gpt-5 by openai at api.openai.com", { env: own({ PROVIDER: "openai", "": "gpt-5", API_KEY: "sk-x" }) }],
    [
      "qwen by openai at llama.local:8080",
      { env: own({ PROVIDER: "openai", "": "qwen", BASE_URL: "http://llama.local:8080/v1" }) },
    ],
    [
      "claude-x by anthropic at api.anthropic.com",
      { env: own({ PROVIDER: "anthropic", "": "claude-x", API_KEY: "sk-x" }) },
    ],
    [
      "planner by azure-openai at team.openai.azure.com",
      { env: own({ PROVIDER: "azure-openai", "": "planner", API_KEY: "k", BASE_URL: AZURE }) },
    ],
    ["qwen3:8b by ollama at 127.0.0.1:11434", { env: own({ PROVIDER: "ollama", "": "qwen3:8b" }) }],
    ["qwen3:8b by ollama at 127.0.0.1:11434", { policyModel: { provider: "ollama", name: "qwen3:8b" } }],
    [
      "llama by ollama at localhost:9999",
      {
        policyModel: { provider: "ollama", name: "llama", baseUrl: "http://localhost:9999/v1" },
        planner: "auto",
      },
    ],
    [
      "gpt-5 by openai at api.openai.com",
      { policyModel: { provider: "openai" }, env: own({ "": "gpt-5", API_KEY: "sk-x" }) },
    ],
    [
      "of-policy by ollama at 127.0.0.1:11434",
      {
        policyModel: { provider: "ollama", name: "of-policy" },
        env: own({ PROVIDER: "openai", "": "of-environment" }),
      },
    ],
  ])("is ready: %s", async (said, search) => {
    expect(await find(search)).toMatchObject({ said, asked: 0, raw: { kind: "ready" } });
  });

  it.each<[string, Case]>([
    ["no model is named for openai", { env: own({ PROVIDER: "openai", API_KEY: "sk-x" }) }],
    ['"two words" is no name of a model', { env: own({ PROVIDER: "ollama", "": "two words" }) }],
    ['"llama" is no provider of models', { env: own({ PROVIDER: "llama", "": "x" }) }],
    ["no key is set for openai", { env: own({ PROVIDER: "openai", "": "gpt-5" }) }],
    ["no key is set for anthropic", { env: own({ PROVIDER: "anthropic", "": "x" }) }],
    ["no address is set for azure-openai", { env: own({ PROVIDER: "azure-openai", "": "x", API_KEY: "k" }) }],
    [
      "GH_DEVLAKE_MODEL_BASE_URL is set, but not whose address it is",
      { env: own({ "": "x", BASE_URL: "http://127.0.0.1:1/v1" }) },
    ],
    [
      '"127.0.0.1:1234" is no address of a provider',
      { env: own({ PROVIDER: "openai", "": "x", BASE_URL: "127.0.0.1:1234" }) },
    ],
    [
      '"https://host/v1" is no address of a provider',
      { env: own({ PROVIDER: "openai", "": "x", BASE_URL: "https://ann:hidden@host/v1?key=hidden" }) },
    ],
    [
      "GH_DEVLAKE_MODEL_API_KEY is no key: it has spaces or other characters that no key has",
      { env: own({ PROVIDER: "openai", "": "x", API_KEY: "hidden hidden" }) },
    ],
    [
      "the key would go to http://llama.example:8080 unencrypted",
      { env: own({ PROVIDER: "openai", "": "x", API_KEY: "hidden", BASE_URL: "http://llama.example:8080" }) },
    ],
  ])("is absent: %s", async (reason, search) => {
    const { raw } = await find(search);

    expect(raw).toMatchObject({ kind: "absent", reason });
    expect(JSON.stringify(raw)).not.toContain("hidden");
  });
});

describe("a policy that comes with a checkout", () => {
  const policyModel = { provider: "azure-openai", name: "planner", baseUrl: `${AZURE}/` } as const;

  it("gets no key led to an address of its own", async () => {
    expect(await find({ policyModel, env: own({ API_KEY: "k" }) })).toMatchObject({
      raw: {
        kind: "absent",
        reason: `the policy would send the key to ${AZURE}, and the environment does not name that address`,
        hint: `if that is right, set GH_DEVLAKE_MODEL_BASE_URL=${AZURE}/`,
      },
    });
    expect(
      await find({
        policyModel: {
          ...policyModel,
          provider: "openai",
          baseUrl: "https://api.openai.com.evil.example/v1",
        },
        env: own({ API_KEY: "k" }),
      }),
    ).toMatchObject({ raw: { kind: "absent" } });
  });

  it("may when the environment names the same address", async () => {
    expect(await find({ policyModel, env: own({ API_KEY: "k", BASE_URL: AZURE }) })).toMatchObject({
      said: "planner by azure-openai at team.openai.azure.com",
    });
  });

  it("makes no model elsewhere be asked that nobody wanted", async () => {
    const elsewhere = { provider: "ollama", name: "llama", baseUrl: "https://llama.example/v1" } as const;

    expect(await find({ policyModel: elsewhere, planner: "auto" })).toMatchObject({
      said: "the policy names a model at https://llama.example, and the environment does not",
    });
    expect(await find({ policyModel: elsewhere, planner: "copilot" })).toMatchObject({
      said: "llama by ollama at llama.example",
    });
  });
});

/** GH_DEVLAKE_MODEL and its longer names. */
function own(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name === "" ? "GH_DEVLAKE_MODEL" : `GH_DEVLAKE_MODEL_${name}`,
      value,
    ]),
  );
}
