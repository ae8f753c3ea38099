import { expect, test } from "vitest";
import { inspectLocal } from "../../../../src/targets/local/inspect/collect.ts";
import { composeText, envText } from "../../../fakes/broken-worlds.ts";
import { FakeWorld } from "../../../fakes/fake-world.ts";

/** Nothing about their names or forms says that they are secrets. */
const canaries = ["canary of the env file", "canary-of-the-model", "canaryoftheshell"] as const;
const secretVariables = ["TEAM_LICENCE", "SEAT_PLAN", "BADGE"];

/** A backend that ends with an error, and whose logs, like its files, show what nobody should see. */
function leakyWorld(more = ""): FakeWorld {
  const world = new FakeWorld();
  const environment = [`SEAT_PLAN: ${canaries[1]}`, "VISITOR: ${BADGE}", "LICENCE: ${TEAM_LICENCE}"];
  world.put(
    "docker-compose.yml",
    composeText.replace(
      "      LOGGING_DIR: /app/logs\n",
      `      LOGGING_DIR: /app/logs\n${environment.map((line) => `      ${line} # ${canaries[1]}\n`).join("")}`,
    ),
  );
  world.put(".env", `${envText}TEAM_LICENCE="${canaries[0]}"\n${more}`, 0o600);
  world.shell.set("BADGE", canaries[2]);
  const config = world.config();
  if (config.kind !== "valid") throw new Error(config.message);
  world.engine.up(config.model);
  const backend = world.engine.ofService(world.project, "devlake");
  if (backend === undefined) throw new Error("the backend has no container");
  backend.state = "exited";
  backend.logs = canaries.map((canary) => `cannot go on with ${canary}`);
  return world;
}

async function seen(
  secrets: { readonly secretVariables?: readonly string[] },
  world = leakyWorld(),
): Promise<string> {
  const { facts } = await inspectLocal({ ...world.inspectRequest(), ...secrets });
  return JSON.stringify([...facts]);
}

test("what a policy calls a secret is masked wherever it stands", async () => {
  const text = await seen({ secretVariables });

  expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
  expect(text).toContain("cannot go on with");
});

test("what nothing says to be harmless is a secret without any policy too", async () => {
  const text = await seen({});

  expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
  expect(text).toContain("cannot go on with");
});

test("a policy makes a secret of what looks harmless", async () => {
  const world = leakyWorld();
  world.put(".env", `${envText}TEAM_ZONE=Europe/Zurich\n`, 0o600);
  const backend = world.engine.ofService(world.project, "devlake");
  if (backend !== undefined) backend.logs = ["in Europe/Zurich"];

  expect(await seen({}, world)).toContain("in Europe/Zurich");
  expect(await seen({ secretVariables: ["TEAM_ZONE"] }, world)).not.toContain("in Europe/Zurich");
});

test.each([
  ["closed further down", `A="x\nAPI_TOKEN=${canaries[0]}\nB="y"\n`],
  ["its own", `API_TOKEN="${canaries[0]}\n`],
])("a secret of .env is known where a quote is forgotten: %s", async (_what, more) => {
  const world = leakyWorld(more);
  world.put(".env", (world.text(".env") ?? "").replace(/^TEAM_LICENCE.*\n/m, ""), 0o600);

  expect(await seen({}, world)).not.toContain(canaries[0]);
});
