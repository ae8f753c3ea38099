import { expect, test } from "vitest";
import { readFact } from "../../../../src/core/fact.ts";
import { containerFoundDead } from "../../../../src/targets/local/facts/local-facts.ts";
import { containerFacts } from "../../../../src/targets/local/inspect/containers.ts";
import type { ContainerDetails, Network } from "../../../../src/targets/local/ports/docker.ts";

// As seen on 28.5.2, 23 s after a crash of its host.
const finishedAt = new Date("2026-11-30T20:56:28.424Z");
const engineStarted = new Date("2026-11-30T20:56:29.306Z");
const bridge: Network = { id: "b", name: "bridge", labels: {}, containers: 0, createdAt: engineStarted };
const mysql: ContainerDetails = {
  id: "1",
  name: "devlake-mysql-1",
  image: "mysql:8",
  labels: { "com.docker.compose.project": "devlake", "com.docker.compose.service": "mysql" },
  state: "exited",
  publishedPorts: [],
  configuredPorts: [],
  exitCode: 255,
  oomKilled: false,
  restarts: 0,
  error: "",
  health: undefined,
  env: [],
  networks: [],
  finishedAt,
};
const foundDead = (changes: Partial<ContainerDetails>, networks: readonly Network[] = [bridge]): unknown =>
  readFact(
    containerFacts(
      { project: "devlake", services: ["mysql"], own: [{ ...mysql, ...changes }], networks },
      (text) => text,
    ),
    containerFoundDead("mysql"),
  );
const moved = (ms: number): Date => new Date(engineStarted.getTime() + ms);

test("what the engine found dead when it was started", () => {
  expect(foundDead({})).toBe(true);
  // Many containers, a slow disk.
  expect(foundDead({ finishedAt: moved(-10_000) })).toBe(true);
});

test.each([
  ["ended with 255 before the engine was started", { finishedAt: moved(-20_000) }],
  ["ended with 255 since", { finishedAt: moved(2_000) }],
  ["ended with another code", { exitCode: 1 }],
  ["runs again", { state: "running" }],
] as const)("not what %s", (_name, changes) => {
  expect(foundDead(changes)).toBeUndefined();
});

test("nothing shows it where the engine does not tell", () => {
  const { finishedAt: _finishedAt, ...unfinished } = mysql;
  const { createdAt: _createdAt, ...ageless } = bridge;
  const observed = { project: "devlake", services: ["mysql"], own: [unfinished], networks: [bridge] };

  expect(foundDead({}, [])).toBeUndefined();
  expect(foundDead({}, [ageless])).toBeUndefined();
  expect(
    readFact(
      containerFacts(observed, (text) => text),
      containerFoundDead("mysql"),
    ),
  ).toBeUndefined();
});
