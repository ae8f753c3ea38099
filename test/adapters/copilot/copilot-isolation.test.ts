import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { CopilotClient, RuntimeConnection } from "@github/copilot-sdk";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { wrongTools } from "../../../src/adapters/copilot/copilot-session.ts";
import { assertNothingLeft, converseWith, ourTools } from "./copilot-conversation.ts";
import { CANARY, marksIn, plant, stateOf } from "./copilot-planted.ts";
import { startProxy } from "./copilot-proxy.ts";
import { startProvider, type ProviderRequest, type Script } from "./copilot-provider-server.ts";

const twoTurns: Script = (_request, index) => ({
  call: [{ name: index === 0 ? "read_fact" : "submit_plan", args: {} }],
});

function freshDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "copilot-isolation-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** Everything of a request in one string. */
function wire({ url, headers, text: body }: ProviderRequest): string {
  return `${url} ${JSON.stringify(headers)} ${body}`;
}

describe("what the runtime sends to the provider", () => {
  it("is our tools, our words and nothing else, in every request", async () => {
    const { requests } = await converseWith(twoTurns);

    expect(requests).toHaveLength(2);
    const wanted = ourTools([], undefined).map(({ name, description, parameters }) => ({
      type: "function",
      function: { name, description, parameters },
    }));
    for (const { body, url } of requests) {
      expect(url).toBe("/v1/chat/completions");
      expect(body.model).toBe("test-model");
      expect(body.tools).toEqual(wanted);
      expect(body.messages?.slice(0, 2)).toEqual([
        { role: "system", content: "You plan repairs." },
        { role: "user", content: "Plan now." },
      ]);
    }
    expect(requests[0]?.body.messages).toHaveLength(2);
    expect(requests[1]?.body.messages?.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
    ]);
  });

  it("names neither this machine nor its user", async () => {
    const { requests } = await converseWith(twoTurns);

    for (const request of requests) {
      expect(wire(request)).not.toContain(tmpdir());
      expect(wire(request)).not.toContain(hostname());
      expect(wire(request)).not.toContain(import.meta.dirname);
      expect(request.headers["authorization"]).toBe("Bearer sk-test-0123456789abcdef");
    }
  });
});

describe("the network", () => {
  it("sees nobody asked but the provider", async () => {
    const { asked, environment } = await startProxy();

    const { account } = await converseWith(twoTurns, { environment });

    expect(account.end).toBe("ended");
    expect(asked).toEqual([]);
  });

  it("is reached through the user's proxy", async () => {
    const { asked, environment } = await startProxy();

    const plain = await converseWith(twoTurns, { environment, baseUrl: "http://model.example/v1" });
    const secure = await converseWith(twoTurns, { environment, baseUrl: "https://model.example/v1" });

    expect([plain.account.end, secure.account.end]).toEqual(["provider_failed", "provider_failed"]);
    expect([...new Set(asked)]).toEqual([
      "POST http://model.example/v1/chat/completions",
      "CONNECT model.example:443",
    ]);
  });
});

describe("files and variables of the user for Copilot", () => {
  it("are neither read nor run, and none is changed", async () => {
    const directory = freshDirectory();
    const planted = plant(directory);
    const before = stateOf(planted);
    const own = path.join(directory, "own");
    mkdirSync(own);
    const provider = await startProvider(twoTurns);
    onTestFinished(() => provider.close());

    const script = path.join(import.meta.dirname, "copilot-talk.ts");
    const child = spawn(process.execPath, [script, provider.baseUrl, own, "none"], {
      cwd: planted.cwd,
      env: planted.environment,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);

    expect(errors).toBe("");
    expect(JSON.parse(output)).toMatchObject({ end: "ended", turns: 2 });
    expect(provider.requests.map(wire).join("\n")).not.toContain(CANARY);
    expect(marksIn(planted)).toEqual([]);
    expect(stateOf(planted)).toEqual(before);
    assertNothingLeft(own);
  });

  // The test above would say nothing if these files had no effect on anybody.
  it("are read and run by a runtime that is not kept apart", async () => {
    const directory = freshDirectory();
    const planted = plant(directory);
    const provider = await startProvider(() => ({ say: "done" }));
    onTestFinished(() => provider.close());
    const { HOME, PATH, COPILOT_HOME } = planted.environment;
    const client = new CopilotClient({
      connection: RuntimeConnection.forStdio(),
      workingDirectory: planted.cwd,
      env: { HOME, COPILOT_HOME, PATH: `${PATH}:/usr/bin:/bin`, TMPDIR: directory },
      useLoggedInUser: false,
    });
    onTestFinished(() => client.forceStop());

    const session = await client.createSession({
      model: "test-model",
      provider: { type: "openai", baseUrl: provider.baseUrl, apiKey: "sk-x" },
      enableConfigDiscovery: true,
      onPermissionRequest: () => ({ kind: "approve-once" }),
    });
    await session.sendAndWait({ prompt: "Plan now." }, 10_000);

    expect(provider.requests.map(wire).join("\n")).toContain(CANARY);
    expect(provider.requests[0]?.body.tools?.map(({ function: { name } }) => name)).toContain("bash");
    await vi.waitFor(
      () =>
        expect(marksIn(planted)).toEqual(expect.arrayContaining(["git", "mcp-home", "hook-of-repository"])),
      { timeout: 5000 },
    );
  });
});

describe("tools that are not ours alone", () => {
  const wanted = [{ name: "read_fact" }, { name: "submit_plan" }];

  it.each([
    ["one too many", ["read_fact", "submit_plan", "bash"], ["bash"]],
    ["one too few", ["read_fact"], ["submit_plan"]],
    ["others", ["task"], ["task", "read_fact", "submit_plan"]],
    ["none at all", [], ["read_fact", "submit_plan"]],
    ["exactly ours, in any order", ["submit_plan", "read_fact"], []],
  ])("are told: %s", (_what, offered, wrong) => {
    expect(
      wrongTools(
        offered.map((name) => ({ name })),
        wanted,
      ),
    ).toEqual(wrong);
  });
});
