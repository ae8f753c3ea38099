import { expect, it, onTestFinished } from "vitest";
import { composeCommand, composeSources } from "../../src/core/local-facts.ts";
import { readFact } from "../../src/core/fact.ts";
import { inspectLocal } from "../../src/inspect/collect.ts";
import { composeText, stoppedWorld } from "../fakes/broken-worlds.ts";

it("a Compose that cannot be asked which it is leaves a fact that says why, and nothing unhandled", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  const request = stoppedWorld().inspectRequest();
  const compose = {
    ...request.ports.compose,
    command: () => Promise.reject(new Error("no more processes, password=hunter2")),
  };
  // Whoever waits for it does so only later.
  const files = {
    ...request.ports.files,
    readText: (path: string) =>
      new Promise<string>((resolve) => setImmediate(() => resolve(request.ports.files.readText(path)))),
  };

  const { facts } = await inspectLocal({ ...request, ports: { ...request.ports, compose, files } });

  expect(facts.get(composeCommand().id)).toEqual({ unavailable: "no more processes, password=<redacted>" });
  expect(unhandled).toEqual([]);
});

it.each([
  ["a.yml;b.yml", ";", {}],
  ["a.yml:b.yml", ":", {}],
  ["a.yml:b.yml", undefined, {}],
  ["a.yml,b.yml", ";", { COMPOSE_PATH_SEPARATOR: "," }],
  ["a.yml;b.yml", ";", { COMPOSE_PATH_SEPARATOR: "" }],
] as const)(
  "COMPOSE_FILE %s names two files where paths are parted by %s",
  async (named, separator, more) => {
    const world = stoppedWorld();
    world.put("a.yml", composeText);
    world.put("b.yml", "services: {}\n");
    for (const [name, value] of Object.entries({ COMPOSE_FILE: named, ...more }))
      world.shell.set(name, value);

    const { facts } = await inspectLocal({
      ...world.inspectRequest(),
      ...(separator !== undefined && { pathListSeparator: separator }),
    });

    const paths = readFact(facts, composeSources())?.filter(({ role }) => role === "compose");
    expect(paths?.map(({ path }) => path)).toEqual(["a.yml", "b.yml"]);
  },
);
