import { createServer, type ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { memoryUsage } from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDockerEngine, type DockerEngine } from "../../src/adapters/dockerode-engine.ts";
import { nodeHttp } from "../../src/adapters/node-http.ts";
import { listenOnPort, listenOnSocket } from "../adapters/docker-fake-engine.ts";

const MIB = 1024 * 1024;

/** Sends as fast as it is taken, until the connection ends. */
function sendWithoutEnd(response: ServerResponse, text: string): void {
  while (!response.destroyed) {
    if (!response.write(text)) return void response.once("drain", () => sendWithoutEnd(response, text));
  }
}

const begins: readonly [string, number, string][] = [
  ["a list", 200, "["],
  ["a log", 200, "line after line\n"],
  ["an error", 500, '{"message": "'],
];

async function endlessEngine(status: number, begin: string): Promise<DockerEngine> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.write(begin);
    sendWithoutEnd(response, " ".repeat(65_536));
  });
  const env = { DOCKER_HOST: await listenOnSocket(server) };
  const engine = await openDockerEngine({ env, home: "/nonexistent", platform: "linux" });
  onTestFinished(() => engine.close());
  return engine;
}

describe("law 12: nothing that a stranger sends is kept without end", () => {
  test.each(begins)("an Engine whose answer has no end, as %s", async (_what, status, begin) => {
    const engine = await endlessEngine(status, begin);
    const before = memoryUsage().rss;
    const start = performance.now();

    const calls = await Promise.allSettled([engine.containers(), engine.volumes(), engine.logs("abc", 10)]);

    expect(await engine.status()).toMatchObject({
      kind: "unreachable",
      error: expect.stringMatching(/ answers with more than 16 MiB$/),
    });
    for (const call of calls)
      expect(call).toMatchObject({ status: "rejected", reason: { failure: "refused" } });
    // Deadlines are later.
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(memoryUsage().rss - before).toBeLessThan(512 * MIB);
  });

  test("an answer that is as large as they get is read", async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, at) => [`label-${at}`, "x".repeat(50)]),
    );
    const listed = { Id: "a", Names: ["/x"], Image: "i", Labels: labels, State: "running", Ports: [] };
    const server = createServer((_request, response) => response.end(JSON.stringify([listed])));
    const env = { DOCKER_HOST: await listenOnSocket(server) };
    const engine = await openDockerEngine({ env, home: "/nonexistent", platform: "linux" });
    onTestFinished(() => engine.close());

    const answers = await Promise.all([engine.containers(), engine.containers()]);

    expect(answers.map((containers) => containers.map(({ name }) => name))).toEqual([["x"], ["x"]]);
  });

  test("a health check whose answer has no end is cut", async () => {
    const server = createServer((_request, response) => sendWithoutEnd(response, "x".repeat(65_536)));
    const port = await listenOnPort(server);

    const answer = await nodeHttp.get(`http://127.0.0.1:${port}/ready`, 5_000);

    expect(answer).toMatchObject({ kind: "answer", status: 200 });
    expect(answer.kind === "answer" && answer.body.length).toBe(64 * 1024);
  });
});
