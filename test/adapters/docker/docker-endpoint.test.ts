import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveDockerEndpoint, type EndpointLookup } from "../../../src/adapters/docker/docker-endpoint.ts";
import { temporaryDirectory } from "./docker-fake-engine.ts";

const tlsFiles = join(import.meta.dirname, "docker-tls");

/** A home with the files that `docker context create` writes. */
function homeWith(
  contexts: Readonly<Record<string, unknown>>,
  config?: string,
): { readonly home: string; readonly contextFile: (name: string, file: string) => string } {
  const home = temporaryDirectory();
  const contextFile = (name: string, file: string) =>
    join(home, ".docker/contexts", file.replace("*", createHash("sha256").update(name).digest("hex")));
  mkdirSync(join(home, ".docker"));
  if (config !== undefined) writeFileSync(join(home, ".docker/config.json"), config);
  for (const [name, meta] of Object.entries(contexts)) {
    mkdirSync(contextFile(name, "meta/*"), { recursive: true });
    writeFileSync(
      contextFile(name, "meta/*/meta.json"),
      typeof meta === "string" ? meta : JSON.stringify(meta),
    );
  }
  return { home, contextFile };
}

function stored(name: string, host: string, skipTlsVerify = false): unknown {
  return { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: skipTlsVerify } } };
}

function resolve(home: string, env: EndpointLookup["env"] = {}, changes: Partial<EndpointLookup> = {}) {
  return resolveDockerEndpoint({
    env,
    home,
    platform: "linux",
    readFile: (path) => readFile(path),
    ...changes,
  });
}

const desktop = stored("desktop-linux", "unix:///home/me/.docker/desktop/docker.sock");
const colima = stored("colima", "unix:///home/me/.colima/default/docker.sock");
const current = JSON.stringify({ auths: {}, credsStore: "desktop", currentContext: "desktop-linux" });

describe("order", () => {
  const contexts = { "desktop-linux": desktop, colima };
  test.each([
    [
      { DOCKER_HOST: "tcp://box:1", DOCKER_CONTEXT: "colima" },
      { address: "tcp://box:1", source: "DOCKER_HOST" },
    ],
    [
      { DOCKER_CONTEXT: "colima" },
      {
        address: "unix:///home/me/.colima/default/docker.sock",
        source: "DOCKER_CONTEXT=colima",
        context: "colima",
      },
    ],
    [
      { DOCKER_HOST: "", DOCKER_CONTEXT: "" },
      {
        address: "unix:///home/me/.docker/desktop/docker.sock",
        source: 'current context "desktop-linux" in ~/.docker/config.json',
        context: "desktop-linux",
      },
    ],
    [
      { DOCKER_CONTEXT: "default" },
      { address: "unix:///var/run/docker.sock", source: "default socket (DOCKER_CONTEXT=default)" },
    ],
    [{ DOCKER_HOST: "box" }, { address: "tcp://box:2375", source: "DOCKER_HOST" }],
    [{ DOCKER_HOST: " unix:///x " }, { address: "unix:///x", source: "DOCKER_HOST" }],
  ])("%j", async (env, endpoint) => {
    const { home } = homeWith(contexts, current);

    expect(await resolve(home, env)).toMatchObject({ kind: "resolved", endpoint });
  });

  test("DOCKER_CONFIG moves config.json and the context store", async () => {
    const { home } = homeWith(contexts, current);
    const env = { DOCKER_CONFIG: join(home, ".docker") };

    expect((await resolve("/nonexistent", env)).endpoint).toMatchObject({
      source: `current context "desktop-linux" in ${home}/.docker/config.json`,
    });
  });

  test.each([
    ["linux", "unix:///var/run/docker.sock"],
    ["darwin", "unix:///var/run/docker.sock"],
    ["win32", "npipe:////./pipe/docker_engine"],
  ] as const)("without any setting on %s", async (platform, address) => {
    const resolution = await resolve("/nonexistent", {}, { platform });

    expect(resolution).toMatchObject({ kind: "resolved", endpoint: { address, source: "default socket" } });
    expect(resolution.endpoint).not.toHaveProperty("context");
  });

  test("currentContext default is the default socket", async () => {
    const { home } = homeWith({}, '{"currentContext": "default"}');

    expect((await resolve(home)).endpoint).toEqual({
      address: "unix:///var/run/docker.sock",
      source: "default socket",
    });
  });
});

describe("broken settings", () => {
  // The docker CLI prints a warning and goes on, and Compose with it.
  test.each([
    ["{bad", "is not valid JSON"],
    ["", "is not valid JSON"],
    ['{"currentContext": 3}', "has an unexpected value at currentContext"],
    ["[]", "has an unexpected value"],
  ])("config.json %j is ignored as the docker CLI does", async (config, why) => {
    const { home } = homeWith({}, config);

    const resolution = await resolve(home);

    expect(resolution).toMatchObject({
      kind: "resolved",
      endpoint: { address: "unix:///var/run/docker.sock" },
    });
    expect(resolution.endpoint.source).toBe(
      `default socket (${home}/.docker/config.json ${why}, so it is ignored)`,
    );
  });

  test("an unreadable config.json is ignored too, and nothing of its content is told", async () => {
    const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });

    const { endpoint } = await resolve("/home/me", {}, { readFile: () => Promise.reject(denied) });

    expect(endpoint.source).toBe(
      "default socket (/home/me/.docker/config.json cannot be read (EACCES), so it is ignored)",
    );
  });

  test.each([
    ["gone", undefined, 'the Docker context "gone" does not exist'],
    ["../../etc", undefined, 'the Docker context "../../etc" does not exist'],
    ["cut", "{", "meta.json is not valid JSON"],
    ["list", [], "has an unexpected value"],
    ["number", { Endpoints: { docker: { Host: 5 } } }, "has an unexpected value at Endpoints.docker.Host"],
    ["kubernetes", { Endpoints: {} }, "has no Docker endpoint"],
    ["address", stored("address", "http://me:canary@box"), '"http://box" cannot be used'],
  ])("context %j", async (name, meta, why) => {
    const { home } = homeWith(meta === undefined ? {} : { [name]: meta });

    const resolution = await resolve(home, { DOCKER_CONTEXT: name });

    expect(resolution).toMatchObject({
      kind: "broken",
      endpoint: { source: `DOCKER_CONTEXT=${name}`, context: name },
      error: expect.stringContaining(why),
    });
    expect(JSON.stringify(resolution)).not.toContain("canary");
  });

  test("a missing current context names the way out", async () => {
    const { home } = homeWith({}, '{"currentContext": "gone"}');

    expect(await resolve(home)).toMatchObject({
      kind: "broken",
      endpoint: { address: "unknown" },
      error: expect.stringContaining("`docker context use`"),
    });
  });

  test("an address of DOCKER_HOST that cannot be used", async () => {
    expect(await resolve("/nonexistent", { DOCKER_HOST: "https://me:canary@box:2376" })).toEqual({
      kind: "broken",
      endpoint: { address: "https://box:2376", source: "DOCKER_HOST" },
      error:
        'the Docker address "https://box:2376" cannot be used: it must begin with unix://, npipe://, tcp:// or ssh:// (from DOCKER_HOST)',
    });
  });
});

describe("TLS", () => {
  test("a context's files are used, and SkipTLSVerify is believed", async () => {
    const { home, contextFile } = homeWith({
      strict: stored("strict", "tcp://box"),
      lax: stored("lax", "tcp://box:2376", true),
      plain: stored("plain", "tcp://box"),
    });
    cpSync(tlsFiles, contextFile("strict", "tls/*/docker"), { recursive: true });

    const [strict, lax, plain] = await Promise.all(
      ["strict", "lax", "plain"].map((name) => resolve(home, { DOCKER_CONTEXT: name })),
    );

    expect(strict).toMatchObject({
      endpoint: { address: "tcp://box:443" },
      connection: {
        tls: { verify: true, ca: expect.any(Buffer), cert: expect.any(Buffer), key: expect.any(Buffer) },
      },
    });
    expect(lax).toMatchObject({ connection: { port: 2376, tls: { verify: false } } });
    expect(plain).toMatchObject({ endpoint: { address: "tcp://box:80" }, connection: { kind: "tcp" } });
    expect(plain).not.toHaveProperty("connection.tls");
  });

  test.each([
    [{ DOCKER_TLS_VERIFY: "1", DOCKER_HOST: "tcp://box" }, "tcp://box:2375", "DOCKER_HOST", true],
    [{ DOCKER_TLS_VERIFY: "0", DOCKER_HOST: "tcp://box:2376" }, "tcp://box:2376", "DOCKER_HOST", true],
    [{ DOCKER_TLS: "1", DOCKER_HOST: "tcp://box:2376" }, "tcp://box:2376", "DOCKER_HOST", false],
    [{ DOCKER_TLS_VERIFY: "1" }, "tcp://localhost:2376", "DOCKER_TLS_VERIFY without DOCKER_HOST", true],
  ])("%j", async (env, address, source, verify) => {
    const resolution = await resolve("/nonexistent", { ...env, DOCKER_CERT_PATH: tlsFiles });

    expect(resolution).toMatchObject({
      kind: "resolved",
      endpoint: { address, source },
      connection: { tls: { verify } },
    });
  });

  test("DOCKER_CERT_PATH alone asks for nothing", async () => {
    const resolution = await resolve("/nonexistent", {
      DOCKER_HOST: "tcp://box",
      DOCKER_CERT_PATH: tlsFiles,
    });

    expect(resolution).not.toHaveProperty("connection.tls");
  });

  test("files that are missing are named", async () => {
    const resolution = await resolve("/nonexistent", {
      DOCKER_HOST: "tcp://box:2376",
      DOCKER_TLS_VERIFY: "1",
    });

    expect(resolution).toMatchObject({
      kind: "broken",
      endpoint: { address: "tcp://box:2376", source: "DOCKER_HOST" },
      error: expect.stringMatching(/DOCKER_TLS_VERIFY.*\/nonexistent\/\.docker\/ca\.pem.*DOCKER_CERT_PATH/),
    });
  });
});
