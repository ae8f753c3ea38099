import { execFile } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Deadlines } from "../../../src/adapters/docker/docker-calls.ts";
import { openDockerEngine, type DockerEngine } from "../../../src/adapters/docker/dockerode-engine.ts";
import {
  byteServer,
  engineAnswering,
  fakeEngine,
  listenOnPort,
  listenOnSocket,
  reachable,
  statusAnswers,
  temporaryDirectory,
} from "./docker-fake-engine.ts";

const quick: Deadlines = { status: 300, read: 300, write: 300 };
const tlsDirectory = join(import.meta.dirname, "docker-tls");
const pem = (name: string) => readFileSync(join(tlsDirectory, `${name}.pem`));

async function open(
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly deadlines?: Deadlines; readonly signal?: AbortSignal } = {},
): Promise<DockerEngine> {
  const engine = await openDockerEngine({ env, home: "/nonexistent", platform: "linux", ...options });
  onTestFinished(() => engine.close());
  return engine;
}

async function statusError(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const status = await (await open(env)).status();
  expect(status.kind).toBe("unreachable");
  const error = status.kind === "unreachable" ? status.error : "";
  expect(error).not.toContain("\n");
  return error;
}

describe("status", () => {
  test("an Engine that answers on a socket, on TCP, and below a path", async () => {
    const socket = await open({ DOCKER_HOST: await listenOnSocket(fakeEngine()) });
    const tcp = await open({ DOCKER_HOST: `tcp://127.0.0.1:${await listenOnPort(fakeEngine())}` });
    const answers = Object.fromEntries(
      Object.entries(statusAnswers).map(([path, value]) => [`/a/b${path}`, value]),
    );
    const below = await open({
      DOCKER_HOST: `tcp://127.0.0.1:${await listenOnPort(fakeEngine(answers))}/a/b`,
    });

    expect(await Promise.all([socket, tcp, below].map((engine) => engine.status()))).toEqual([
      reachable,
      reachable,
      reachable,
    ]);
  });

  test("Podman invents an ID for every answer: its host and store are taken instead", async () => {
    const answers = {
      "/info": { ID: "made up", Name: "box", DockerRootDir: "/home/me/.local/share/containers/storage" },
      "/version": {
        ...(statusAnswers["/version"] as object),
        Components: [{ Name: "Podman Engine", Version: "5.4.0" }],
      },
    };
    const engine = await open({ DOCKER_HOST: await listenOnSocket(fakeEngine(answers)) });

    expect(await engine.status()).toMatchObject({
      id: "podman:box:/home/me/.local/share/containers/storage",
    });
  });

  test("a socket that does not exist, and a file that is none", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");

    expect(await statusError({ DOCKER_HOST: "unix:///nonexistent/docker.sock" })).toBe(
      "no Docker Engine at unix:///nonexistent/docker.sock: the socket does not exist (ENOENT)",
    );
    expect(await statusError({ DOCKER_HOST: `unix://${file}` })).toBe(
      `no Docker Engine listens at unix://${file} (ECONNREFUSED)`,
    );
  });

  test("a port without a listener, by address and by name", async () => {
    const server = fakeEngine();
    const port = await listenOnPort(server);
    server.close();

    for (const host of ["127.0.0.1", "localhost"]) {
      expect(await statusError({ DOCKER_HOST: `tcp://me:canary@${host}:${port}` })).toBe(
        `no Docker Engine listens at tcp://${host}:${port} (ECONNREFUSED)`,
      );
    }
  });

  test("a socket that this user may not use is a permission problem", async () => {
    const host = await listenOnSocket(fakeEngine());
    chmodSync(host.replace("unix://", ""), 0);

    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(import.meta.dirname, "docker-print-status.ts")],
      { env: { DOCKER_HOST: host } },
    );

    expect(JSON.parse(stdout)).toEqual({
      kind: "permission_denied",
      error: `permission denied on the Docker socket at ${host} (EACCES)`,
    });
  });

  test("a wedged Engine, which accepts and never answers, is given up after 5 seconds", async () => {
    const host = await listenOnSocket(byteServer((socket) => socket.resume()));
    const before = performance.now();

    const error = await statusError({ DOCKER_HOST: host });

    const seconds = (performance.now() - before) / 1000;
    expect(error).toBe(`${host} did not answer within 5 s`);
    expect(seconds).toBeGreaterThan(4.9);
    expect(seconds).toBeLessThan(7);
  });

  test.each([
    ["one that stops within an answer", 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ID":'],
    ["one that stops within the headers", "HTTP/1.1 200 OK\r\nContent-"],
  ])("%s is given up as well", async (_name, bytes) => {
    const host = await listenOnSocket(byteServer((socket) => socket.resume().write(bytes)));
    const engine = await open({ DOCKER_HOST: host }, { deadlines: quick });

    expect(await engine.status()).toEqual({
      kind: "unreachable",
      error: `${host} did not answer within 0.3 s`,
    });
  });

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"],
    ["a web page", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "not as a Docker Engine does"],
    ["other JSON", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "not as a Docker Engine does"],
    ["an error", "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy", "answered HTTP 503: busy"],
    [
      "TLS only",
      "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
      "DOCKER_TLS_VERIFY=1",
    ],
    ["nothing", undefined, "closed the connection without an answer (ECONNRESET)"],
  ])("garbage: %s", async (_name, bytes, expected) => {
    const server = byteServer((socket) => {
      socket.once("data", () => (bytes === undefined ? socket.destroy() : socket.end(bytes)));
    });
    const host = await listenOnSocket(server);

    const error = await statusError({ DOCKER_HOST: host });

    expect(error).toContain(expected);
    expect(error).toContain(host);
  });

  test("a setting that is broken is said without connecting", async () => {
    const engine = await open({ DOCKER_CONTEXT: "gone" });

    expect(await engine.status()).toMatchObject({
      kind: "unreachable",
      error: expect.stringContaining('the Docker context "gone" does not exist'),
    });
    await expect(engine.containers()).rejects.toMatchObject({ failure: "unreachable" });
  });
});

describe("TLS", () => {
  test("with the files of DOCKER_CERT_PATH, on a name and on an address", async () => {
    const port = await tlsEngine();
    const env = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: tlsDirectory };

    for (const host of ["localhost", "127.0.0.1"]) {
      const engine = await open({ ...env, DOCKER_HOST: `tcp://${host}:${port}` });
      expect(await engine.status()).toEqual(reachable);
    }
  });

  test("a server that is not signed by the authority is refused, unless verifying was turned off", async () => {
    const port = await tlsEngine();
    const certificates = temporaryDirectory();
    for (const name of ["cert", "key"]) writeFileSync(join(certificates, `${name}.pem`), pem(name));
    const [otherAuthority = ""] = rootCertificates;
    writeFileSync(join(certificates, "ca.pem"), otherAuthority);
    const env = { DOCKER_CERT_PATH: certificates, DOCKER_HOST: `tcp://localhost:${port}` };

    const error = await statusError({ ...env, DOCKER_TLS_VERIFY: "1" });
    const lax = await open({ ...env, DOCKER_TLS: "1" });

    expect(error).toMatch(new RegExp(`^TLS with tcp://localhost:${port} failed: .*SELF_SIGNED`));
    expect(await lax.status()).toEqual(reachable);
  });

  test("without TLS on either side alone", async () => {
    const plain = `tcp://127.0.0.1:${await listenOnPort(fakeEngine())}`;
    const secured = `tcp://127.0.0.1:${await tlsEngine()}`;

    expect(
      await statusError({ DOCKER_HOST: plain, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: tlsDirectory }),
    ).toContain(`${plain} does not speak TLS`);
    expect(await statusError({ DOCKER_HOST: secured })).toContain(secured);
  });
});

describe("ssh", () => {
  test.each([
    [
      "echo 'Warning: added box' >&2; echo 'ssh: Could not resolve hostname box' >&2; exit 255",
      "ssh: Could not resolve hostname box",
    ],
    ["echo 'sh: 1: docker: not found' >&2; exit 127", "docker: not found"],
    ["exit 255", "exit code 255"],
    ["kill -9 $$", "it was killed by SIGKILL"],
  ])("%s", async (script, expected) => {
    const error = await statusError({ DOCKER_HOST: "ssh://me@box", PATH: pathWithSsh(script) });

    expect(error).toContain("ssh to ssh://me@box failed: ");
    expect(error).toContain(expected);
  });

  test("no permission on the other machine's socket", async () => {
    const script = "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1";
    const engine = await open({ DOCKER_HOST: "ssh://box", PATH: pathWithSsh(script) });

    expect(await engine.status()).toMatchObject({ kind: "permission_denied" });
  });

  test("no ssh on this machine", async () => {
    expect(await statusError({ DOCKER_HOST: "ssh://box", PATH: temporaryDirectory() })).toContain(
      "the program ssh is not installed",
    );
  });

  test("one that hangs is ended at the deadline, with the process", async () => {
    const pidFile = join(temporaryDirectory(), "pid");
    const PATH = pathWithSsh(`echo $$ >> ${pidFile}; exec sleep 600`);
    const engine = await open({ DOCKER_HOST: "ssh://box", PATH }, { deadlines: { ...quick, status: 1_000 } });

    const status = await engine.status();

    expect(status).toEqual({ kind: "unreachable", error: "ssh://box did not answer within 1 s" });
    const pids = readFileSync(pidFile, "utf8").trim().split("\n").map(Number);
    expect(pids.length).toBeGreaterThan(0);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});

describe("calls", () => {
  test("end with the caller's signal and its reason", async () => {
    const host = await listenOnSocket(byteServer((socket) => socket.resume()));
    const controller = new AbortController();
    const engine = await open({ DOCKER_HOST: host }, { signal: controller.signal });
    const calls = [engine.containers(), engine.status(), engine.removeContainer("a")];

    controller.abort(new Error("stopped by the user"));

    const settled = await Promise.allSettled(calls);
    expect(settled.map((call) => call.status === "rejected" && String(call.reason))).toEqual(
      Array.from({ length: 3 }, () => "Error: stopped by the user"),
    );
  });

  test("a write without an answer is `timed_out`, since it may have happened", async () => {
    const host = await listenOnSocket(byteServer((socket) => socket.resume()));
    const engine = await open({ DOCKER_HOST: host }, { deadlines: quick });

    await expect(engine.removeContainer("a")).rejects.toMatchObject({ failure: "timed_out" });
  });

  test("an id never becomes another path of the API", async () => {
    const requests: string[] = [];
    const server = fakeEngine({});
    server.on("request", (request: { url?: string }) => requests.push(request.url ?? ""));
    const engine = await open({ DOCKER_HOST: await listenOnSocket(server) });

    for (const id of ["../images/x", "a/b", "a?force=true", "", "a b", ".."]) {
      await expect(engine.removeContainer(id)).rejects.toMatchObject({ name: "RepairError" });
      await expect(engine.inspect(id)).rejects.toMatchObject({ name: "RepairError" });
    }
    expect(requests).toEqual([]);
  });

  test("a container is removed without force and with its volumes kept", async () => {
    const requests: string[] = [];
    const server = fakeEngine({});
    server.on("request", (request: { method?: string; url?: string }) =>
      requests.push(`${request.method} ${request.url}`),
    );
    const engine = await open({ DOCKER_HOST: await listenOnSocket(server) });

    await engine.removeContainer("abc");

    expect(requests).toEqual(["DELETE /containers/abc?v=false&force=false"]);
  });

  test("Podman's states and Go's null maps are understood", async () => {
    const listed = { Id: "a", Names: ["/x_1"], Image: "i", Labels: null, Ports: null };
    const answers = {
      "/containers/json": [
        { ...listed, State: "stopped" },
        { ...listed, State: "configured" },
      ],
      "/volumes": { Volumes: null },
    };
    const engine = await open({ DOCKER_HOST: await listenOnSocket(fakeEngine(answers)) });

    expect((await engine.containers()).map(({ state, name }) => [name, state])).toEqual([
      ["x_1", "exited"],
      ["x_1", "created"],
    ]);
    expect(await engine.volumes()).toEqual([]);
  });
});

async function tlsEngine(): Promise<number> {
  const options = { ca: pem("ca"), cert: pem("cert"), key: pem("key"), requestCert: true };
  return listenOnPort(createTlsServer(options, engineAnswering(statusAnswers)));
}

function pathWithSsh(script: string): string {
  const bin = temporaryDirectory();
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "ssh"), 0o755);
  return `${bin}:/usr/bin:/bin`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
