import { describe, expect, test } from "vitest";
import { readFact } from "../../../../src/core/fact.ts";
import type { PortHolder } from "../../../../src/targets/local/facts/fact-values.ts";
import { portHolder } from "../../../../src/targets/local/facts/local-facts.ts";
import { createRedactor } from "../../../../src/core/masking/redact.ts";
import { parseEnv } from "../../../../src/targets/local/inspect/files/compose-sources.ts";
import { hostOfEngine, isLocalEngine } from "../../../../src/targets/local/inspect/engine.ts";
import { phaseOf } from "../../../../src/targets/local/inspect/health.ts";
import { portFacts, type PortObservations } from "../../../../src/targets/local/inspect/host-ports.ts";
import { logFacts } from "../../../../src/targets/local/inspect/logs.ts";
import type { ContainerDetails, DockerReader } from "../../../../src/targets/local/ports/docker.ts";
import type { HttpAnswer } from "../../../../src/ports/http.ts";

const answer = (status: number, message = ""): HttpAnswer => ({
  kind: "answer",
  status,
  location: undefined,
  body: JSON.stringify({ success: false, message }),
});

// Bodies: DevLake v0.20 to v1.0.2, backend/server/api.
test.each([
  ["ready", answer(200, "ready"), "ready"],
  [
    "waiting, v1",
    answer(503, "service is not ready: waiting for migration confirmation (503)"),
    "waiting_for_migration",
  ],
  ["migrating, v1", answer(503, "service is not ready: migrating (503)"), "migrating"],
  [
    "gate",
    answer(428, "New migration scripts detected. Database migration is required to launch DevLake."),
    "waiting_for_migration",
  ],
  [
    "gate with a stack trace",
    answer(428, "attached stack trace\n -- stack trace:\n | Database migration is required"),
    "waiting_for_migration",
  ],
  ["gate while migrating", answer(428, "Database migration is in progress. Please wait"), "migrating"],
  ["gate without words", answer(428), "waiting_for_migration"],
  ["another 503", answer(503, "no"), "unhealthy"],
  ["an error", answer(500), "unhealthy"],
  ["no such path in this version", answer(404), undefined],
  ["nobody", { kind: "no_answer", error: "ECONNREFUSED" } as const, "no_answer"],
])("backend: %s", (_name, said, phase) => {
  expect(phaseOf(said)).toBe(phase);
});

test.each([
  ["unix:///var/run/docker.sock", "127.0.0.1", true],
  ["npipe:////./pipe/docker_engine", "127.0.0.1", true],
  ["tcp://localhost:2375", "127.0.0.1", true],
  ["tcp://[::1]:2375", "[::1]", true],
  ["tcp://192.0.2.10:2376", "192.0.2.10", false],
  ["ssh://ann@build.example.com", "build.example.com", false],
  ["https://docker.example.com:2376", "docker.example.com", false],
])("the host of %s", (address, host, isLocal) => {
  expect(hostOfEngine(address)).toBe(host);
  expect(isLocalEngine(address)).toBe(isLocal);
});

test(".env is read as Compose reads it, and beyond a quote that is never closed", () => {
  expect([...parseEnv("A=1\nexport B = 'x y' # c\nC=\"multi\nline\"\nD=8080 # web\n")]).toEqual(
    expect.arrayContaining([
      ["A", "1"],
      ["B", "x y"],
      ["C", "multi\nline"],
      ["D", "8080"],
    ]),
  );
  expect([...parseEnv('A="open\nTOKEN=abc')]).toEqual([["TOKEN", "abc"]]);
  expect([...parseEnv('A="x\nCOMPOSE_FILE=b.yml\n"')]).toEqual([["A", "x\nCOMPOSE_FILE=b.yml\n"]]);
});

const look = (observed: Partial<PortObservations>): PortHolder | undefined =>
  readFact(
    portFacts({
      project: "devlake",
      wanted: [{ published: 8080, target: 8080, service: "devlake", addresses: [] }],
      containers: [],
      own: [],
      listeners: [],
      ...observed,
    }),
    portHolder(8080),
  );

describe("who holds a port", () => {
  const onLan = [{ published: 8080, target: 8080, service: "devlake", addresses: ["10.0.0.5"] }];
  const listener = { port: 8080, name: "node" };

  test.each([
    ["on another address", "127.0.0.1", "free"],
    ["on the same address", "10.0.0.5", "process"],
    ["on every address", "*", "process"],
    ["on one that is not known", undefined, "process"],
  ])("of one address of the host: a program %s", (_what, address, kind) => {
    const listeners = [{ ...listener, ...(address !== undefined && { address }) }];

    expect(look({ wanted: onLan, listeners })?.kind).toBe(kind);
    expect(look({ listeners })?.kind).toBe("process");
  });

  const own: ContainerDetails = {
    id: "1",
    name: "devlake-devlake-1",
    image: "x",
    labels: { "com.docker.compose.project": "devlake", "com.docker.compose.service": "devlake" },
    state: "running",
    publishedPorts: [{ published: 8080, protocol: "tcp" }],
    configuredPorts: [{ published: 8080, protocol: "tcp" }],
    exitCode: 0,
    oomKilled: false,
    restarts: 0,
    error: "",
    health: undefined,
    env: [],
    networks: [],
  };
  const foreign = { ...own, name: "web-1", labels: { "com.docker.compose.project": "ci" } };
  const restarting = { ...own, state: "restarting", publishedPorts: [] } as const;
  const proxy = [{ port: 8080, name: "docker-proxy", pid: 1 }];

  test.each([
    ["nobody", {}, { kind: "free" }],
    [
      "our container",
      { containers: [own], own: [own], listeners: proxy },
      { kind: "own", service: "devlake" },
    ],
    [
      "our paused container",
      { containers: [{ ...own, state: "paused" }], listeners: proxy },
      { kind: "own", service: "devlake" },
    ],
    [
      "ours between two starts",
      { containers: [restarting], own: [restarting] },
      { kind: "own", service: "devlake" },
    ],
    [
      "ours that came back since",
      { containers: [restarting], own: [own], listeners: proxy },
      { kind: "own", service: "devlake" },
    ],
    [
      "another's container",
      { containers: [foreign], listeners: proxy },
      { kind: "container", name: "web-1", project: "ci", image: "x" },
    ],
    ["a container that is stopped", { containers: [{ ...foreign, state: "exited" }] }, { kind: "free" }],
    [
      "a process",
      { listeners: [{ port: 8080, name: "java" }], own: [restarting] },
      { kind: "process", name: "java" },
    ],
    ["a process that may not be seen", { listeners: [{ port: 8080 }] }, { kind: "process" }],
    [
      "UDP is another thing",
      { containers: [{ ...foreign, publishedPorts: [{ published: 8080, protocol: "udp" }] }] },
      { kind: "free" },
    ],
  ] as const)("%s", (_name, observed, holder) => {
    expect(look(observed)).toEqual(holder);
  });

  test("nobody can say on another host", () => {
    expect(look({ listeners: undefined })).toMatchObject({ kind: "unknown" });
  });
});

const container = (id: string, service: string) =>
  ({ id, labels: { "com.docker.compose.service": service } }) as unknown as ContainerDetails;

test("log lines are redacted before they are cut, and a log that cannot be read says why", async () => {
  const secret = "CANARY-CANARY-CANARY";
  const reader = {
    logs: async (id: string) => {
      if (id === "bad") throw new Error(`no log: ${secret}`);
      return [`${"x".repeat(1_990)}${secret}${secret}`];
    },
  } as unknown as DockerReader;
  const facts = await logFacts(
    reader,
    [container("good", "a"), container("bad", "b")],
    createRedactor([secret]),
  );

  expect(JSON.stringify([...facts])).not.toContain("CANARY");
  expect(facts.get("local.log.b.1")).toMatchObject({ unavailable: expect.stringContaining("no log") });
});
