import { expect, test } from "vitest";
import { composeCommand } from "../../../../src/targets/local/facts/local-facts.ts";
import { inspectLocal } from "../../../../src/targets/local/inspect/collect.ts";
import { composeText, healthyWorld } from "../../../fakes/broken-worlds.ts";
import type { FakeWorld } from "../../../fakes/fake-world.ts";

async function isVersionKnown(world: FakeWorld): Promise<boolean> {
  const { facts } = await inspectLocal(world.inspectRequest());
  return facts.has(composeCommand().id);
}

test("nobody asks which Compose it is where all is as it should be", async () => {
  expect(await isVersionKnown(healthyWorld())).toBe(false);
});

test("it is asked where a service is down", async () => {
  const world = healthyWorld();
  const mysql = world.engine.ofService(world.project, "mysql");
  if (mysql === undefined) throw new Error("mysql has no container");
  mysql.state = "exited";

  expect(await isVersionKnown(world)).toBe(true);
});

test("it is asked where all runs and answers, but the files want another port by now", async () => {
  const world = healthyWorld();
  world.put("docker-compose.yml", composeText.replace("3306:3306", "3316:3306"));

  expect(await isVersionKnown(world)).toBe(true);
});
