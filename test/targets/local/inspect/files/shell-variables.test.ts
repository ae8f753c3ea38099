import { describe, expect, it } from "vitest";
import { readFact } from "../../../../../src/core/fact.ts";
import { serviceModel, takenFromShell } from "../../../../../src/targets/local/facts/local-facts.ts";
import { composeText, stoppedWorld } from "../../../../fakes/broken-worlds.ts";
import type { FakeWorld } from "../../../../fakes/fake-world.ts";

/** A deployment whose `x-uses` holds the lines, seen from a shell. */
function world(uses: string, shell: Readonly<Record<string, string>>, env = ""): FakeWorld {
  const made = stoppedWorld();
  made.put(".env", `ENCRYPTION_SECRET=TESTSECRETTESTSECRETTESTSECRET\n${env}`, 0o600);
  made.put("docker-compose.yml", `${composeText}\nx-uses:\n${uses}\n`);
  for (const [name, value] of Object.entries(shell)) made.shell.set(name, value);
  return made;
}

async function taken(made: FakeWorld): Promise<unknown> {
  const { facts } = await made.eyes().inspect();
  return readFact(facts, takenFromShell());
}

const item = (text: string): string => `  - '${text}'`;

describe("variables taken from the shell", () => {
  it.each<[string, Record<string, string>, unknown]>([
    ["${A}", { A: "x" }, [{ name: "A", set: true }]],
    [
      "$A and ${B:-${C:-d}}",
      { A: "", C: "x" },
      [
        { name: "A", set: true },
        { name: "C", set: true },
      ],
    ],
    ["${B:-${C:-d}}", { B: "x", C: "x" }, [{ name: "B", set: true }]],
    [
      "${A:?needed} ${B:+${C}}",
      { A: "x", B: "x", C: "x" },
      ["A", "B", "C"].map((name) => ({ name, set: true })),
    ],
    ["${B:+${C}}", { C: "x" }, undefined],
    ["$$A $${A}", { A: "x" }, undefined],
    ["${A:-d} ${B-d}", {}, undefined],
    ["${A}", {}, [{ name: "A", set: false }]],
    [
      "${GH_DEVLAKE_SIGNING_KEY}",
      { GH_DEVLAKE_SIGNING_KEY: "x" },
      [{ name: "GH_DEVLAKE_SIGNING_KEY", set: false }],
    ],
  ])("are those that %s asks for with %j", async (text, shell, expected) => {
    expect(await taken(world(item(text), shell))).toEqual(expected);
  });

  it("say where they win over .env, and ask for what .env passes on itself", async () => {
    const made = world(item("${A} ${B} ${C}"), { A: "x", D: "y" }, "A=1\nB=2\nC=${D}'\nE='${F}'\n");

    expect(await taken(made)).toEqual([
      { name: "A", set: true, overEnvFile: true },
      { name: "D", set: true },
    ]);
  });

  it("are passed on by a name alone, in a service and in its env_file", async () => {
    const made = world(item("none"), { LISTED: "x", IN_FILE: "x" });
    made.put("more.env", "IN_FILE\nSET=1\nNOBODY\n", 0o600);
    made.put(
      "docker-compose.yml",
      composeText
        .replace("  mysql:\n", "  mysql:\n    env_file: [./more.env, ../outside.env]\n")
        .replace("MYSQL_ROOT_PASSWORD: admin", "MYSQL_ROOT_PASSWORD: admin\n      LISTED:"),
    );

    expect(await taken(made)).toEqual([
      { name: "IN_FILE", set: true },
      { name: "LISTED", set: true },
      { name: "NOBODY", set: false },
    ]);
  });

  it("are those of files that are included or extended, too, and of their env_file", async () => {
    const made = world(item("none"), { DEEP: "x", EXTENDED: "x", IN_FILE: "x", LONG: "x" });
    made.put(
      "docker-compose.yml",
      `${composeText.replace("  mysql:\n", "  mysql:\n    extends: {file: sub/base.yml, service: a}\n")}
include: [more.yml, {path: [./sub/long.yml], env_file: sub/i.env}, more.yml, ../outside.yml]
`,
    );
    made.put("more.yml", "include: [sub/deep.yml]\n");
    made.put("sub/deep.yml", "services: {a: {image: 'x/${DEEP}', env_file: deep.env}}\n");
    made.put("sub/deep.env", "IN_FILE\n");
    made.put("sub/base.yml", "services: {a: {hostname: '${EXTENDED}'}}\n");
    made.put("sub/long.yml", "services: {b: {hostname: '${LONG}'}}\n");

    expect(await taken(made)).toEqual(
      ["DEEP", "EXTENDED", "IN_FILE", "LONG"].map((name) => ({ name, set: true })),
    );
  });

  it("are not named after what may be a piece of a secret", async () => {
    const env =
      "SEAT=v1\nQWERTZUIOPAS\nGITHUB_TOKEN\nDB_PASSWORD=$ecretword\nOTHER=$someword\nAPI_KEY=$SOME_NAME\n";

    expect(await taken(world(item("none"), {}, env))).toEqual([
      { name: "GITHUB_TOKEN", set: false },
      { name: "SOME_NAME", set: false },
      { name: "someword", set: false },
    ]);
  });

  it("include the settings of Compose that choose files and services", async () => {
    expect(await taken(world(item("x"), { COMPOSE_PROFILES: "all", COMPOSE_ANSI: "never" }))).toEqual([
      { name: "COMPOSE_PROFILES", set: true },
    ]);
  });

  it("are no fact at all where there are none, and names that only files hold are bounded", async () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      item(`\${V${index}} \${L${"x".repeat(200)}${index}}`),
    );

    expect((await stoppedWorld().eyes().inspect()).facts.has(takenFromShell().id)).toBe(false);
    expect(await taken(world(many.join("\n"), {}))).toHaveLength(50);
  });
});

it("a provider that only the files show is seen", async () => {
  const made = stoppedWorld();
  made.put(
    "docker-compose.yml",
    composeText.replace("  mysql:\n", "  mysql:\n    provider: {type: ./evil}\n"),
  );

  const { facts } = await made.eyes().inspect();

  expect(readFact(facts, serviceModel("mysql"))).toMatchObject({ provider: "./evil" });
});
