import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createComposeCli } from "../../../src/adapters/compose/compose-cli.ts";
import type { CommandResult, RunCommand } from "../../../src/adapters/process/command.ts";

let root: string;
let directory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "compose-cli-"));
  directory = join(root, "My Lake");
  mkdirSync(directory);
  writeFileSync(join(directory, "docker-compose.yml"), "services: {}\n");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const printed = (stdout: string): CommandResult => ({ kind: "exited", exitCode: 0, stdout, stderr: "" });
const failed = (exitCode: number, stderr: string): CommandResult => ({
  kind: "exited",
  exitCode,
  stdout: "",
  stderr,
});
const noPlugin = failed(125, "unknown flag: --format\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n");

/** Answers by the command line; what is not listed is not installed. Keeps the order of the questions. */
function answering(answers: Readonly<Record<string, CommandResult>>) {
  const asked: string[] = [];
  const run: RunCommand = async (file, args) => {
    const line = [file, ...args].join(" ");
    asked.push(line);
    return answers[line] ?? { kind: "not_found" };
  };
  return { asked, run };
}

describe("the plugin", () => {
  it("is asked for the model at once, without a question before", async () => {
    const { asked, run } = answering({
      "docker compose config --format json": printed('{"name": "lake", "services": {"a": {"image": "x"}}}'),
    });

    expect(await createComposeCli({}, run).config(directory)).toMatchObject({
      kind: "valid",
      model: { project: "lake", services: [{ name: "a", image: "x" }] },
    });
    expect(asked).toEqual(["docker compose config --format json"]);
  });

  it.each([
    ["2.26.1-4\n", "2.26.1-4"],
    ["v2.5.0\n", "2.5.0"],
    ["Docker Compose version 2.39.1-desktop.1\n", "2.39.1-desktop.1"],
  ])("says its version: %j", async (stdout, version) => {
    const { asked, run } = answering({ "docker compose version --short": printed(stdout) });
    const { command } = createComposeCli({}, run);

    expect(await Promise.all([command(), command()])).toEqual(
      Array.from({ length: 2 }, () => ({ flavour: "plugin", version })),
    );
    expect(asked).toHaveLength(1);
  });
});

describe("without the plugin", () => {
  it("a standalone v2 is asked the same", async () => {
    const { run } = answering({
      "docker compose config --format json": noPlugin,
      "docker compose version --short": noPlugin,
      "docker-compose version --short": printed("2.29.0\n"),
      "docker-compose config --format json": printed('{"name": "lake", "services": {}}'),
    });
    const compose = createComposeCli({}, run);

    expect(await compose.config(directory)).toMatchObject({ kind: "valid", model: { project: "lake" } });
    expect(await compose.command()).toEqual({ flavour: "standalone", version: "2.29.0" });
  });

  it("docker-compose v1 is read as YAML, the project named as Compose would", async () => {
    const { run } = answering({
      "docker-compose version --short": printed("1.29.2\n"),
      "docker-compose config": printed("services:\n  a: {image: x}\nversion: '3'\nvolumes:\n  data: {}\n"),
    });
    const model = async (environment: Readonly<Record<string, string>>) =>
      createComposeCli(environment, run).config(directory);

    expect(await model({})).toMatchObject({ model: { project: "mylake", volumes: ["mylake_data"] } });
    expect(await model({ COMPOSE_PROJECT_NAME: "env" })).toMatchObject({ model: { project: "env" } });
    writeFileSync(join(directory, ".env"), 'A=1\r\nCOMPOSE_PROJECT_NAME="dotenv"\r\n');
    expect(await model({})).toMatchObject({ model: { project: "dotenv" } });
    writeFileSync(join(directory, ".env"), "COMPOSE_PROJECT_NAME=\nhunter2\n");
    expect(await model({})).toMatchObject({ model: { project: "mylake" } });
  });

  it("and without docker-compose, nothing is there", async () => {
    const { run } = answering({});
    const compose = createComposeCli({}, run);

    expect(await compose.command()).toBeUndefined();
    expect(await compose.config(directory)).toEqual({
      kind: "unavailable",
      message: "neither `docker compose` nor `docker-compose` runs",
    });
    const options = {
      directory,
      project: "p",
      timeoutMs: 1000,
      signal: AbortSignal.abort(),
      onLine: () => {},
    };
    expect(await compose.createMissing(options, ["a"])).toMatchObject({ kind: "failed", exitCode: 127 });
  });
});

describe("the directory", () => {
  const model = printed('{"name": "above", "services": {}}');
  const { run } = answering({ "docker compose config --format json": model });

  it("without a compose file is not taken for the one above it, though Compose does so", async () => {
    const below = join(directory, "sub", "sub");
    mkdirSync(below, { recursive: true });

    const outcome = await createComposeCli({}, run).config(below);

    expect(outcome).toMatchObject({ kind: "no_compose_file" });
    expect(outcome.kind === "no_compose_file" && outcome.message).toContain(
      join(directory, "docker-compose.yml"),
    );
  });

  it.each(["COMPOSE_FILE=\nX=../docker-compose.yml\n", 'COMPOSE_FILE=""\n'])(
    "is not led away by an empty setting: %j",
    async (dotEnv) => {
      const below = join(directory, "sub");
      mkdirSync(below);
      writeFileSync(join(below, ".env"), dotEnv);

      expect(await createComposeCli({}, run).config(below)).toMatchObject({ kind: "no_compose_file" });
    },
  );

  it("with a pipe for its .env holds nobody up", async () => {
    execFileSync("mkfifo", [join(directory, ".env")]);

    expect(await createComposeCli({}, run).config(directory)).toMatchObject({ kind: "valid" });
  });

  it("may take its files from elsewhere by COMPOSE_FILE", async () => {
    const below = join(directory, "sub");
    mkdirSync(below);

    expect(
      await createComposeCli({ COMPOSE_FILE: "../docker-compose.yml" }, run).config(below),
    ).toMatchObject({
      kind: "valid",
    });
    writeFileSync(join(below, ".env"), "export COMPOSE_FILE='../docker-compose.yml'\n");
    expect(await createComposeCli({}, run).config(below)).toMatchObject({ kind: "valid" });
  });
});

/** A `docker` that prints `model` for `config` and writes down what else it is asked for. */
function composeThatPrints(model: unknown) {
  const bin = join(root, "bin");
  mkdirSync(bin);
  writeFileSync(join(root, "model.json"), JSON.stringify(model));
  writeFileSync(join(root, "asked"), "");
  const script = `#!/bin/sh
case $2 in
  version) echo 2.40.3 ;;
  config) cat "${root}/model.json" ;;
  *) echo "$@" >> "${root}/asked" ;;
esac
`;
  writeFileSync(join(bin, "docker"), script, { mode: 0o755 });
  const lines: string[] = [];
  return {
    compose: createComposeCli({ PATH: `${bin}:/usr/bin:/bin` }),
    asked: () => readFileSync(join(root, "asked"), "utf8"),
    options: {
      directory,
      project: "p",
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      onLine: (line: string) => void lines.push(line),
    },
  };
}

describe("a program that a Compose file names", () => {
  it.each([
    ["createMissing", { type: "./evil", options: { x: ["1"] } }],
    ["recreate", { type: "./evil" }],
    ["recreate", "./evil"],
  ] as const)("is not started by %s: %j", async (action, provider) => {
    const services = { db: { image: "x" }, ai: { provider } };
    const { compose, options, asked } = composeThatPrints({ name: "p", services });

    const outcome = await compose[action](options, ["db"]);

    expect(outcome).toMatchObject({
      kind: "failed",
      stderr: expect.stringMatching(/^service "ai" has provider type "(?:\.\/evil|unknown)", a program/),
    });
    expect(asked()).toBe("");
  });

  it.each(["timed_out", "broken_off"] as const)(
    "is not tried with files that Compose %s with",
    async (kind) => {
      const { asked, run } = answering({
        "docker compose version --short": printed("2.26.1\n"),
        "docker compose config --format json": { kind, reason: "`docker` took more than 1024 MiB of memory" },
      });

      const signal = new AbortController().signal;

      const outcome = await createComposeCli({}, run).createMissing(
        { directory, project: "p", timeoutMs: 1000, signal, onLine: () => undefined },
        ["db"],
      );

      expect(outcome).toMatchObject({
        kind: "failed",
        exitCode: 126,
        stderr: expect.stringMatching(/of Compose|MiB/),
      });
      expect(asked).toHaveLength(2);
    },
  );

  it.each([
    ["createMissing", "--no-recreate"],
    ["recreate", "--force-recreate"],
  ] as const)(
    "is none where there is no provider, and %s touches the named services alone",
    async (call, flag) => {
      const { compose, options, asked } = composeThatPrints({ name: "p", services: { db: { image: "x" } } });

      expect(await compose[call](options, ["db"])).toEqual({ kind: "ok" });
      expect(asked()).toBe(
        `compose --project-name p up -d ${flag} --no-deps --no-build --pull never --remove-orphans=false db\n`,
      );
    },
  );

  it("is none of an image that is pulled, of the named services alone", async () => {
    const { compose, options, asked } = composeThatPrints({ name: "p", services: { db: { image: "x" } } });

    expect(await compose.pull(options, ["db", "ui"])).toEqual({ kind: "ok" });
    expect(asked()).toBe("compose --project-name p pull db ui\n");
  });
});

describe("what Compose answers instead", () => {
  it.each<[string, CommandResult, string]>([
    ["a failure", failed(15, "yaml: line 1: did not find expected key\n"), "invalid"],
    ["silence", { kind: "timed_out" }, "unavailable"],
    [
      "nothing, for it was killed",
      { kind: "broken_off", reason: "`docker` was ended by SIGKILL" },
      "unavailable",
    ],
    ["half a model", printed('{"name": "lake", "services": {"a": {"environment": {"S": "canary'), "invalid"],
    ["another shape", printed('{"services": {"a": {"ports": "canary"}}}'), "invalid"],
  ])("%s becomes an outcome that quotes no value", async (_, answer, kind) => {
    const { run } = answering({ "docker compose config --format json": answer });

    const outcome = await createComposeCli({}, run).config(directory);

    expect(outcome.kind).toBe(kind);
    expect(JSON.stringify(outcome)).not.toContain("canary");
  });
});
