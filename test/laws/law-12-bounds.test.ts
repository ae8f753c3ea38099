import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { memoryUsage } from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDockerEngine, type DockerEngine } from "../../src/adapters/docker/dockerode-engine.ts";
import { nodeHttp } from "../../src/adapters/node/node-http.ts";
import { listenOnPort, listenOnSocket } from "../adapters/docker/docker-fake-engine.ts";

const MIB = 1024 * 1024;
const main = path.resolve(import.meta.dirname, "../../src/main.ts");
const facts = path.resolve(import.meta.dirname, "../../examples/port-conflict.facts.json");

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

  test.each([
    ["a policy", ".devlake-repair.yaml", ["--plan-only", "--facts", facts]],
    ["a plan", "x.plan.yaml", ["show", "x.plan.yaml"]],
    ["a file without end that is named itself, beside one", "y.plan.yaml", ["show", "/proc/self/pagemap"]],
    ["facts", "x.json", ["--plan-only", "--facts", "x.json"]],
    ["a result", "x.result.json", ["verify", "x.result.json"]],
  ])("%s that is a link to a file without end", (_what, name, args) => {
    const checkout = mkdtempSync(path.join(tmpdir(), "law-12-bounds-"));
    onTestFinished(() => rmSync(checkout, { recursive: true }));
    // It says that it has 0 bytes, and has some 2^38.
    symlinkSync("/proc/self/pagemap", path.join(checkout, name));

    const ran = spawnSync(process.execPath, [main, "repair", ...args], {
      cwd: checkout,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: path.join(checkout, "home") },
      timeout: 20_000,
    });

    expect(ran).toMatchObject({ status: expect.any(Number), signal: null });
    expect(ran.stderr.replaceAll(/\s+/g, " ")).toMatch(
      /it has more than the \d+ bytes that are read|it is a symbolic link, which is not followed|is a link that leads to/,
    );
  });

  test("a health check whose answer has no end is cut", async () => {
    const server = createServer((_request, response) => sendWithoutEnd(response, "x".repeat(65_536)));
    const port = await listenOnPort(server);

    const answer = await nodeHttp.get(`http://127.0.0.1:${port}/ready`, 5_000);

    expect(answer).toMatchObject({ kind: "answer", status: 200 });
    expect(answer.kind === "answer" && answer.body.length).toBe(64 * 1024);
  });
});
