import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { memoryUsage } from "node:process";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCopilotModel } from "../../../src/adapters/copilot/copilot-model.ts";
import { converseWith, runtimesIn } from "./copilot-conversation.ts";
import { closedPort, startProvider, status, type Answer, type Script } from "./copilot-provider-server.ts";

const KEY = "sk-test-0123456789abcdef";
const html: Answer = { reply: (response) => void response.end("<html>It works!</html>") };
const hang: Answer = { reply: () => undefined };
const cut: Answer = {
  reply: (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"id":');
    response.destroy();
  },
};
const reset: Answer = { reply: (response) => void response.destroy() };

/** A provider that never gives a good answer: what is said of it, and after how many calls. */
const failing: readonly [string, Answer, { readonly problem: RegExp; readonly calls: number }][] = [
  ["refuses the key", status(401), { problem: /status 401, check the key or token/, calls: 1 }],
  ["forbids it", status(403), { problem: /status 403, check the key or token/, calls: 1 }],
  ["does not know the model", status(404), { problem: /status 404, check the model's name/, calls: 1 }],
  ["calls the request wrong", status(400), { problem: /status 400: refused with 400$/, calls: 1 }],
  ["fails", status(500), { problem: /status 500 3 times/, calls: 3 }],
  ["is overloaded", status(503), { problem: /status 503 3 times/, calls: 3 }],
  ["has limits", status(429, { "retry-after": "1" }), { problem: /status 429 .*limit is reached/, calls: 2 }],
  ["answers with a web page", html, { problem: /no usable answer 3 times/, calls: 3 }],
  ["ends its answer early", cut, { problem: /no usable answer 3 times/, calls: 3 }],
  ["closes the connection", reset, { problem: /no usable answer 3 times/, calls: 3 }],
];

describe.concurrent("a provider that", () => {
  it.each(failing)("%s is given up soon", async (_what, answer, { problem, calls }) => {
    const { account, requests } = await converseWith(() => answer, { apiKey: KEY });

    expect(account).toMatchObject({ end: "provider_failed", calls: [] });
    expect(account.problem).toMatch(problem);
    expect(account.problem).not.toContain(KEY);
    expect(requests).toHaveLength(calls);
  });

  it("is not there is given up soon", async () => {
    const { account } = await converseWith(() => hang, {
      baseUrl: `http://127.0.0.1:${await closedPort()}/v1`,
    });

    expect(account).toMatchObject({ end: "provider_failed", calls: [] });
    expect(account.problem).toBe(
      "the provider could not be reached 3 times (ECONNREFUSED), check its address and that it runs",
    );
  });

  it.each<[string, Answer]>([
    ["hangs", hang],
    ["asks for two minutes of patience", status(503, { "retry-after": "120" })],
  ])("%s is left at the deadline", async (_what, answer) => {
    const { account, ms } = await converseWith(() => answer, { timeoutMs: 2500 });

    expect(account.end).toBe("timed_out");
    expect(account.problem).toMatch(/^no end within 2.5 s/);
    expect(ms).toBeGreaterThan(2400);
    expect(ms).toBeLessThan(8000);
  });

  it("fails in between does not end the conversation", async () => {
    const { account, requests } = await converseWith((_request, index) =>
      index === 1 ? status(500) : { call: [{ name: index < 2 ? "read_fact" : "submit_plan", args: {} }] },
    );

    expect(account).toMatchObject({ end: "ended", problem: undefined });
    expect(account.calls).toHaveLength(2);
    expect(requests).toHaveLength(3);
  });
});

/** Sends as fast as it is taken, until the connection ends; as `text` or what `begin` wrote before it. */
function endless(text: string, begin: (response: ServerResponse) => void): Answer {
  return {
    reply: (response) => {
      begin(response);
      const pump = (): void => {
        while (!response.destroyed) if (!response.write(text)) return void response.once("drain", pump);
      };
      pump();
    },
  };
}

const chunk = {
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta: { role: "assistant", content: "y".repeat(1000) } }],
};
/** Blanks without end, a thousandth of them on the wire. */
async function* blanks(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(1024 * 1024, " ");
}
const tooMuch: readonly [string, Answer][] = [
  [
    "an answer without end",
    endless("x".repeat(65_536), (response) => {
      response.writeHead(200, { "content-type": "application/json" }).write('{"id":"');
    }),
  ],
  [
    "a stream without end",
    endless(`data: ${JSON.stringify(chunk)}\n\n`.repeat(50), (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
    }),
  ],
  [
    "what unpacks to a thousand times its size",
    {
      reply: (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
        // It ends with the connection.
        pipeline(blanks(), createGzip(), response).catch(() => undefined);
      },
    },
  ],
];

describe("a provider that sends", () => {
  it.each(tooMuch)("%s is ended before it takes the machine's memory", async (_what, answer) => {
    const parent = mkdtempSync(path.join(tmpdir(), "copilot-endless-"));
    onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
    let most = 0;
    const watch = setInterval(() => {
      for (const pid of runtimesIn(parent)) most = Math.max(most, memoryIn(pid));
    }, 20);
    onTestFinished(() => clearInterval(watch));
    const own = memoryUsage().rss;

    const { account } = await converseWith(() => answer, { temporaryDirectory: parent });

    expect(account.end).toBe("provider_failed");
    expect(account.problem).toMatch(/^the provider's answer was too large: /);
    expect(most).toBeLessThan(1024 * MIB);
    expect(memoryUsage().rss - own).toBeLessThan(256 * MIB);
  });
});

const MIB = 1024 * 1024;

/** The most that a process ever took; 0 when it is gone. */
function memoryIn(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch (thrown) {
    return thrown instanceof Error ? 0 : Number.NaN;
  }
}

describe("a machine that", () => {
  it("has no place for temporary files is told, and nothing is asked", async () => {
    const parent = mkdtempSync(path.join(tmpdir(), "copilot-failures-"));
    onTestFinished(() => rmSync(parent, { recursive: true }));
    const requests: unknown[] = [];
    const provider = await startProvider((request) => {
      requests.push(request);
      return hang;
    });
    onTestFinished(() => provider.close());
    const model = createCopilotModel({
      model: "test-model",
      provider: "openai at test",
      access: { kind: "own", provider: { type: "openai", baseUrl: provider.baseUrl } },
      environment: {},
      temporaryDirectory: path.join(parent, "missing"),
    });

    const account = await model.converse({
      system: "You plan repairs.",
      prompt: "Plan now.",
      tools: [],
      timeoutMs: 5000,
      maxTurns: 4,
      signal: new AbortController().signal,
    });

    expect(account.end).toBe("runtime_failed");
    expect(account.problem).toMatch(/^the Copilot runtime failed: ENOENT/);
    expect(requests).toEqual([]);
  });

  it("has a proxy for the network asks its own models without it", async () => {
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const environment = { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy };

    const { account } = await converseWith(() => ({ call: [{ name: "submit_plan", args: {} }] }), {
      environment,
    });

    expect(account).toMatchObject({ end: "ended", problem: undefined });
  });
});

describe.concurrent("an interrupt", () => {
  it("ends a conversation in the middle", async () => {
    const interrupt = new AbortController();
    const script: Script = () => {
      interrupt.abort();
      return hang;
    };

    const { account, ms } = await converseWith(script, { signal: interrupt.signal });

    expect(account.end).toBe("interrupted");
    expect(ms).toBeLessThan(5000);
  });

  it("before the start starts nothing", async () => {
    const { account, requests } = await converseWith(() => hang, { signal: AbortSignal.abort() });

    expect(account).toMatchObject({ end: "interrupted", turns: 0 });
    expect(requests).toEqual([]);
  });

  it.each([1, 20, 60, 120, 200, 300])("after %d ms, as a deadline, leaves nothing", async (timeoutMs) => {
    const { account } = await converseWith(() => hang, { timeoutMs });

    expect(account.end).toBe("timed_out");
  });
});
