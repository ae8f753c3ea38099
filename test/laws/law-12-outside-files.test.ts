import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createNodeFiles } from "../../src/adapters/files/node-files.ts";
import { inspectLocal } from "../../src/targets/local/inspect/collect.ts";
import { FakeWorld } from "../fakes/fake-world.ts";
import { answers } from "../fakes/faults.ts";

let base: string;
let directory: string;
let outside: string;

/** What Compose would quote of it; none of the words is a secret by its form. */
const content = "[default]\naws_secret_access_key = Kanarienvogel\nregion = nowhere\n";

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "outside-"));
  directory = join(base, "deploy");
  outside = join(base, "credentials");
  await mkdir(directory);
  await writeFile(outside, content);
});
afterEach(() => rm(base, { recursive: true }));

async function seen(said: string): Promise<string> {
  const world = new FakeWorld();
  const failed = { kind: "invalid", message: said };
  world.faults.add(answers("compose.config", failed, "none", { nth: 1, every: true }));
  const request = world.inspectRequest();
  const { facts } = await inspectLocal({
    ...request,
    directory,
    ports: { ...request.ports, files: createNodeFiles(directory) },
  });
  return JSON.stringify([...facts]);
}

const service = "services:\n  a:\n    image: mysql:8\n";

it.each<[string, string, (path: string) => string]>([
  [
    "env_file, absolute",
    `${service}    env_file: [PATH]\n`,
    (path) => `failed to read ${path}: line 1: unexpected character "[" in variable name "[default]"`,
  ],
  [
    "env_file, any other words",
    `${service}    env_file: PATH\n`,
    (path) => `read ${path}: region nowhere is default`,
  ],
  [
    "extends",
    `${service}    extends: { file: PATH, service: default }\n`,
    () => "yaml: line 2: mapping key region already defined",
  ],
  ["include", `include: [PATH]\n${service}`, () => "yaml: unmarshal errors:\n line 1: region default"],
  [
    "include, by version 5",
    `include: [PATH]\n${service}`,
    () => "go-yaml load error in parser at L2.C1: region default",
  ],
  ["configs", `${service}configs:\n  c:\n    file: PATH\n`, (path) => `open ${path}: region default`],
])("law 12: of a file outside only the path is said: %s", async (_how, text, said) => {
  await writeFile(join(directory, "docker-compose.yml"), text.replaceAll("PATH", outside));

  const facts = await seen(said(outside));

  expect(facts).toContain(outside);
  expect(facts).toContain("outside of this directory");
  for (const word of ["Kanarienvogel", "region", "nowhere", "[default]", "aws_secret"])
    expect(facts).not.toContain(word);
});

it("law 12: a link inside that leads out is a file outside", async () => {
  await symlink(outside, join(directory, "creds.env"));
  await writeFile(join(directory, "docker-compose.yml"), `${service}    env_file: creds.env\n`);

  const facts = await seen(`failed to read ${directory}/creds.env: line 1: region default nowhere`);

  expect(facts).toContain(`${directory}/creds.env`);
  expect(facts).not.toMatch(/nowhere|region|Kanarienvogel/);
});

it("law 12: what such a file brings into the model is masked where logs repeat it, and its names are said nowhere", async () => {
  const world = new FakeWorld();
  const compose = `${service}    env_file: ${outside}\n`;
  await writeFile(join(directory, "docker-compose.yml"), compose);
  world.put("docker-compose.yml", compose);
  const config = {
    kind: "valid",
    model: {
      project: world.project,
      volumes: [],
      services: [
        {
          name: "a",
          image: "mysql:8",
          ports: [],
          dependsOn: [],
          restart: undefined,
          volumes: [],
          environment: { aws_secret_access_key: "Kanarienvogel" },
        },
      ],
    },
  } as const;
  world.faults.add(answers("compose.config", config, "none", { nth: 1, every: true }));
  const container = world.engine.add({ name: "a-1", image: "mysql:8", project: world.project, service: "a" });
  container.state = "exited";
  container.logs = ["no way with Kanarienvogel"];
  const request = world.inspectRequest();

  const { facts } = await inspectLocal({
    ...request,
    ports: { ...request.ports, files: createNodeFiles(directory) },
  });

  const text = JSON.stringify([...facts]);
  expect(text).toContain("no way with");
  expect(text).not.toContain("Kanarienvogel");
  expect(text).not.toContain("aws_secret");
});
