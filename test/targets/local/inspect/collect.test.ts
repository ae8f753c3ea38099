import { expect, it, onTestFinished } from "vitest";
import {
  composeCommand,
  composeSources,
  shellVariables,
} from "../../../../src/targets/local/facts/local-facts.ts";
import { readFact } from "../../../../src/core/fact.ts";
import { inspectLocal } from "../../../../src/targets/local/inspect/collect.ts";
import { composeText, stoppedWorld } from "../../../fakes/broken-worlds.ts";

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

it("variables of the shell are shown with their value only where that cannot be a secret", async () => {
  const world = stoppedWorld();
  const names = ["LAKE_PORT", "BIND", "EMPTY", "TEXT", "MY_TOKEN"];
  const used = names.map((name) => `      X_${name}: \${${name}:-1}\n`).join("");
  world.put(
    "docker-compose.yml",
    composeText.replace("      LOGGING_DIR: /app/logs\n", `      LOGGING_DIR: /app/logs\n${used}`),
  );
  const values = { LAKE_PORT: "9000", BIND: "127.0.0.1", EMPTY: "", TEXT: "may be one", MY_TOKEN: "12345" };
  for (const [name, value] of Object.entries({ ...values, UNUSED: "1" })) world.shell.set(name, value);

  const { facts } = await inspectLocal(world.inspectRequest());

  expect(readFact(facts, shellVariables())).toEqual({
    ...values,
    TEXT: "<redacted>",
    MY_TOKEN: "<redacted>",
  });
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
