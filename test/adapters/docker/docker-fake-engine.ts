import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "docker-test-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Listens on a new Unix socket until the test ends; its `DOCKER_HOST`. */
export async function listenOnSocket(server: Server): Promise<string> {
  const path = join(temporaryDirectory(), "engine.sock");
  await listen(server, () => server.listen(path));
  return `unix://${path}`;
}

/** Listens on a free TCP port until the test ends. */
export async function listenOnPort(server: Server): Promise<number> {
  await listen(server, () => server.listen(0, "127.0.0.1"));
  return (server.address() as AddressInfo).port;
}

async function listen(server: Server, start: () => void): Promise<void> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => sockets.delete(socket));
  });
  start();
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

/** An Engine that answers `GET path` with the JSON given, as dockerd 26.1 does, and 404 for the rest. */
export function engineAnswering(answers: Readonly<Record<string, unknown>>): RequestListener {
  return (request, response) => {
    const answer = answers[(request.url ?? "").split("?")[0] ?? ""];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { message: "page not found" }));
  };
}

export function fakeEngine(answers: Readonly<Record<string, unknown>> = statusAnswers): Server {
  return createServer(engineAnswering(answers));
}

/** A server that treats each connection as `onSocket` says, in bytes. */
export function byteServer(onSocket: (socket: Socket) => void): Server {
  return createTcpServer(onSocket);
}

/** From dockerd 26.1.5, cut to what matters. */
export const statusAnswers: Readonly<Record<string, unknown>> = {
  "/info": { ID: "29f5b0f4-4a2f-4a52-b4ba-7aa1e1ab5b49", Name: "box", DockerRootDir: "/var/lib/docker" },
  "/version": {
    Platform: { Name: "" },
    Components: [{ Name: "Engine", Version: "26.1.5+dfsg1", Details: { ApiVersion: "1.45" } }],
    Version: "26.1.5+dfsg1",
    ApiVersion: "1.45",
    MinAPIVersion: "1.24",
    Os: "linux",
    Arch: "amd64",
  },
};

export const reachable = {
  kind: "reachable",
  id: "29f5b0f4-4a2f-4a52-b4ba-7aa1e1ab5b49",
  version: "26.1.5+dfsg1",
  apiVersion: "1.45",
  os: "linux",
  arch: "amd64",
};
