import { execFile } from "node:child_process";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type Server } from "node:net";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeHttp } from "../../../src/adapters/node/node-http.ts";

const { get } = nodeHttp;

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

const serve = (listener: RequestListener) => listening(createHttpServer(listener));

describe("an answer", () => {
  it("is given whatever its status", async () => {
    const url = await serve((request, response) => response.writeHead(428).end(request.url));

    expect(await get(`${url}/ready?x=1`, 1000)).toEqual({
      kind: "answer",
      status: 428,
      location: undefined,
      body: "/ready?x=1",
    });
  });

  it("is the redirect itself, not where it leads", async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: "/login" }).end());

    expect(await get(url, 1000)).toMatchObject({ status: 302, location: "/login" });
  });

  it("is cut at 64 KiB, and the rest is not waited for", async () => {
    const url = await serve((_, response) => response.writeHead(200).write("x".repeat(100_000)));

    const answer = await get(url, 5000);

    expect(answer).toMatchObject({ kind: "answer", status: 200 });
    expect(answer.kind === "answer" && answer.body.length).toBe(65_536);
  });

  it("comes over a connection of its own each time", async () => {
    const connections = new Set<number | undefined>();
    const url = await serve((request, response) => {
      connections.add(request.socket.remotePort);
      response.end();
    });

    await get(url, 1000);
    await get(url, 1000);

    expect(connections.size).toBe(2);
  });

  it("asks the host itself, whatever proxy is set", async () => {
    const url = await serve((_, response) => response.end("direct"));
    const adapter = new URL("../../../src/adapters/node/node-http.ts", import.meta.url).href;
    const script = `const { nodeHttp } = await import(${JSON.stringify(adapter)});
      console.log(JSON.stringify(await nodeHttp.get(${JSON.stringify(url)}, 5000)));`;

    // Node reads these when it starts.
    const env = { ...process.env, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "" };
    const child = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });

    expect(JSON.parse(child.stdout)).toMatchObject({ body: "direct" });
  });
});

describe("no answer", () => {
  it.each([
    ["http://127.0.0.1:1/", /ECONNREFUSED 127\.0\.0\.1:1/],
    ["http://localhost:1/", /ECONNREFUSED/],
    ["https://127.0.0.1:1/", /Protocol "https:" not supported/],
    ["not a url", /Invalid URL/],
  ])("from %s says why", async (url, error) => {
    expect(await get(url, 1000)).toEqual({ kind: "no_answer", error: expect.stringMatching(error) });
  });

  it.each([
    ["never answers", () => createTcpServer()],
    ["stops in the middle", () => createHttpServer((_, response) => response.writeHead(200).write("half"))],
  ])("within the deadline from a server that %s", async (_, make) => {
    const server = make();
    const url = await listening(server);

    const before = performance.now();
    expect(await get(url, 100)).toEqual({
      kind: "no_answer",
      error: "no complete answer within 100 ms",
      timedOut: true,
    });
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it.each([
    ["hangs up at once, as docker-proxy does for a dead container", ""],
    ["speaks another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["hangs up in the middle", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"],
  ])("from a server that %s", async (_, bytes) => {
    const url = await listening(createTcpServer((socket) => socket.on("error", () => undefined).end(bytes)));

    expect(await get(url, 1000)).toMatchObject({ kind: "no_answer", error: expect.stringMatching(/./) });
  });
});
