import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCopilotModel } from "../../../src/adapters/copilot/copilot-model.ts";
import type { ModelAccount } from "../../../src/ports/model.ts";
import { assertNothingLeft, ourTools } from "./copilot-conversation.ts";
import { closedPort } from "./copilot-provider-server.ts";
import { startProxy } from "./copilot-proxy.ts";

const TOKEN = "gho_0123456789abcdefghijABCDEFGHIJ012345";

type Respond = (response: ServerResponse, base: string) => void;

function json(value: unknown, status = 200): Respond {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
}

function copilotModel(id: string, isDefault: boolean): object {
  return {
    id,
    name: id,
    object: "model",
    vendor: "OpenAI",
    version: id,
    preview: false,
    model_picker_enabled: true,
    is_chat_default: isDefault,
    policy: { state: "enabled", terms: "" },
    supported_endpoints: ["/chat/completions"],
    capabilities: {
      type: "chat",
      family: id,
      object: "model_capabilities",
      tokenizer: "o200k_base",
      limits: { max_context_window_tokens: 128_000, max_output_tokens: 16_384, max_prompt_tokens: 100_000 },
      supports: { tool_calls: true, parallel_tool_calls: true, streaming: true },
    },
  };
}

const submission = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "served",
  choices: [
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "submit_plan", arguments: "{}" } }],
      },
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

/** GitHub's answers as far as the runtime asks for them, for an account that may use Copilot. */
const routes: Readonly<Record<string, Respond>> = {
  "GET /copilot_internal/user": (response, base) =>
    json({ login: "ann", copilot_plan: "individual", chat_enabled: true, endpoints: { api: base } })(
      response,
      base,
    ),
  "GET /models": json({
    object: "list",
    data: [copilotModel("gpt-5-mini", true), copilotModel("claude-x", false)],
  }),
  "POST /chat/completions": json(submission),
};

interface Asked {
  /** Whom else the runtime wanted to talk to. */
  readonly others: readonly string[];
  readonly account: ModelAccount;
  readonly requests: readonly string[];
  readonly bodies: readonly string[];
}

/** One conversation with a GitHub of our own that answers as usual but for the given routes. */
async function askGitHub(
  model: string | undefined,
  changed: Readonly<Record<string, Respond>> = {},
  options: { readonly api?: string; readonly timeoutMs?: number } = {},
): Promise<Asked> {
  const requests: string[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const route = `${request.method} ${request.url?.split("?")[0]}`;
    requests.push(route);
    request.setEncoding("utf8").on("data", (chunk: string) => bodies.push(chunk));
    const respond = { ...routes, ...changed }[route] ?? json({}, 404);
    request.on("end", () => respond(response, base));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const parent = mkdtempSync(path.join(tmpdir(), "copilot-github-"));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
    rmSync(parent, { recursive: true, force: true });
  });
  const { asked: others, environment } = await startProxy();
  const account = await createCopilotModel({
    model,
    provider: "copilot",
    access: { kind: "github", token: TOKEN },
    environment,
    temporaryDirectory: parent,
    runtimeVariables: { COPILOT_DEBUG_GITHUB_API_URL: options.api ?? base },
  }).converse({
    system: "You plan repairs.",
    prompt: "Plan now.",
    tools: ourTools([], undefined),
    timeoutMs: options.timeoutMs ?? 15_000,
    maxTurns: 4,
    signal: new AbortController().signal,
  });
  assertNothingLeft(parent);
  expect(JSON.stringify(account)).not.toContain(TOKEN);
  return { account, requests, bodies, others };
}

const refused = {
  end: "provider_failed",
  problem: expect.stringMatching(/^GitHub did not let this token use Copilot/),
  turns: 0,
};

describe("a conversation with GitHub Copilot", () => {
  it("is held with the account's own default, and nothing but three addresses is asked", async () => {
    const { account, requests, bodies, others } = await askGitHub(undefined);

    expect(account).toMatchObject({ end: "ended", problem: undefined });
    expect(account.calls).toEqual([
      { model: "gpt-5-mini", inputTokens: 3, outputTokens: 2, ms: expect.any(Number) },
    ]);
    expect(requests).toEqual(["GET /copilot_internal/user", "GET /models", "POST /chat/completions"]);
    expect(others).toEqual([]);
    const { tools } = JSON.parse(bodies.join("")) as { tools: { function: { name: string } }[] };
    expect(tools.map(({ function: { name } }) => name)).toEqual(["read_fact", "read_log", "submit_plan"]);
  });

  it("is held with the model that was named", async () => {
    const { account } = await askGitHub("claude-x");

    expect(account).toMatchObject({ end: "ended", calls: [{ model: "claude-x" }] });
  });

  it("is not held with another model than the one that was named", async () => {
    const { account, requests } = await askGitHub("gpt-9");

    expect(account).toMatchObject({
      end: "provider_failed",
      problem: expect.stringMatching(/^this account has no model gpt-9 at GitHub Copilot; it has .*claude-x/),
    });
    expect(requests).not.toContain("POST /chat/completions");
  });

  it.each<[string, Respond]>([
    ["does not know the token", json({ message: "Bad credentials" }, 401)],
    ["knows of no seat", json({ message: "no seat" }, 403)],
    ["fails", json({}, 500)],
  ])("is not begun when GitHub %s", async (_what, answer) => {
    const { account, requests } = await askGitHub(undefined, { "GET /copilot_internal/user": answer });

    expect(account).toMatchObject(refused);
    expect(requests).not.toContain("POST /chat/completions");
  });

  it("is not begun when GitHub does not answer", async () => {
    const { account } = await askGitHub(undefined, { "GET /copilot_internal/user": () => undefined });

    expect(account).toMatchObject(refused);
    expect(account.durationMs).toBeLessThan(9000);
  });

  it("has one deadline, which waiting for GitHub counts for", async () => {
    const hanging = { "GET /copilot_internal/user": () => undefined };
    const { account } = await askGitHub(undefined, hanging, { timeoutMs: 1000 });

    expect(account).toMatchObject({ end: "timed_out", problem: "no end within 1 s" });
    expect(account.durationMs).toBeLessThan(4000);
  });

  it("is not begun when GitHub cannot be reached", async () => {
    const api = `http://127.0.0.1:${await closedPort()}`;
    const { account } = await askGitHub(undefined, {}, { api });

    expect(account).toMatchObject(refused);
  });
});
