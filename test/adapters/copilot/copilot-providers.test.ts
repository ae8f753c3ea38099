import { describe, expect, it, onTestFinished } from "vitest";
import { checkProvider, type OwnProvider } from "../../../src/adapters/copilot/copilot-providers.ts";
import { createCopilotModel } from "../../../src/adapters/copilot/copilot-model.ts";
import { ourTools } from "./copilot-conversation.ts";
import { startProvider, status, type ProviderRequest } from "./copilot-provider-server.ts";

const KEY = "key-0123456789abcdef";

/** The first request that the runtime makes of a provider with these settings. */
async function firstRequest(
  provider: OwnProvider,
  urlPath: string,
  apiKey?: string,
): Promise<ProviderRequest> {
  const server = await startProvider(() => status(400));
  onTestFinished(() => server.close());
  const baseUrl = new URL(urlPath, server.baseUrl).href;
  const settings = { provider, name: "test-model", baseUrl, apiKey, confirmedUrl: baseUrl, isWanted: true };
  const checked = checkProvider(settings);
  if (checked.kind === "bad") throw new Error(checked.reason);
  await createCopilotModel({
    model: checked.name,
    provider: checked.label,
    access: { kind: "own", provider: checked.config },
    environment: {},
  }).converse({
    system: "You plan repairs.",
    prompt: "Plan now.",
    tools: ourTools([], undefined),
    timeoutMs: 15_000,
    maxTurns: 4,
    signal: new AbortController().signal,
  });
  const [request] = server.requests;
  if (request === undefined) throw new Error("nothing was asked");
  return request;
}

/** What a provider has to be asked at, with the header that its key goes into. */
const shapes: readonly [
  OwnProvider,
  string,
  string | undefined,
  { url: string; header: string; value: string },
][] = [
  ["openai", "/v1", KEY, { url: "/v1/chat/completions", header: "authorization", value: `Bearer ${KEY}` }],
  [
    "openai",
    "/api/v3/",
    undefined,
    { url: "/api/v3/chat/completions", header: "authorization", value: "Bearer" },
  ],
  ["ollama", "/", undefined, { url: "/v1/chat/completions", header: "authorization", value: "Bearer" }],
  ["ollama", "/v1", undefined, { url: "/v1/chat/completions", header: "authorization", value: "Bearer" }],
  ["azure-openai", "/", KEY, { url: "/openai/v1/chat/completions", header: "api-key", value: KEY }],
  ["azure-openai", "/openai/v1/", KEY, { url: "/openai/v1/chat/completions", header: "api-key", value: KEY }],
  ["anthropic", "/", KEY, { url: "/v1/messages", header: "x-api-key", value: KEY }],
  ["anthropic", "/v1", KEY, { url: "/v1/messages", header: "x-api-key", value: KEY }],
];

describe("the runtime asks", () => {
  it.each(shapes)("%s at %s with key %s as it wants to be asked", async (provider, at, key, wanted) => {
    const { url, headers, body, text } = await firstRequest(provider, at, key);

    expect(url).toBe(wanted.url);
    expect(headers[wanted.header]?.toString().trim()).toBe(wanted.value);
    expect(body.model).toBe("test-model");
    const names = [...text.matchAll(/"name":"([a-z_]+)"/g)].map(([, name = ""]) => name);
    expect(names.toSorted()).toEqual(["read_fact", "read_log", "submit_plan"]);
  });
});
