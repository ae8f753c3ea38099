import { expect, test } from "vitest";
import type { Facts } from "../../../src/core/fact.ts";
import { composeText, portConflictWorld } from "../../fakes/broken-worlds.ts";
import { scriptedModel } from "../../fakes/scripted-model.ts";
import { planWith } from "./ask.ts";

const canaries = {
  encryption: "c4n4ry/1+encryption==secret",
  database: "c4n4ry-2-dburl-password",
  compose: 'c4n4ry"3\\compose root',
  container: "c4n4ry&4?old container=env",
} as const;

/** Every form in which a value could go over the wire. */
function forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    bytes.toString("base64").replaceAll("=", ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    json,
    JSON.stringify(json).slice(1, -1),
  ];
}

/** Forms that programs log; nothing in a deployment writes a secret in hex. */
function loggedForms(secret: string): readonly string[] {
  return forms(secret).filter((form) => !/^[0-9a-f]+$/i.test(form));
}

async function plantedFacts(): Promise<Facts> {
  const world = portConflictWorld();
  const { encryption, database, compose, container: old } = canaries;
  world.put(
    ".env",
    `DB_URL=mysql://merico:${database}@mysql:3306/lake\nENCRYPTION_SECRET=${encryption}\n`,
    0o600,
  );
  world.put(
    "docker-compose.yml",
    composeText.replace("MYSQL_ROOT_PASSWORD: admin", `MYSQL_ROOT_PASSWORD: ${JSON.stringify(compose)}`),
  );
  const said = Object.values(canaries).flatMap((secret) =>
    loggedForms(secret).map((form) => `level=error msg="could not use ${form} here"`),
  );
  for (const one of world.engine.containers.values()) {
    if (one.labels["com.docker.compose.project"] !== world.project) continue;
    const env = [...one.env, `ENCRYPTION_SECRET=${encryption}`, `OLD_PASSWORD=${old}`];
    world.engine.containers.set(one.id, { ...one, env, logs: said });
  }
  return (await world.eyes().inspect()).facts;
}

test("a model that reads every fact and every log is sent no secret in any form", async () => {
  const facts = await plantedFacts();
  const sent: string[] = [];
  const ids = [...facts.keys()].filter((id) => !id.startsWith("local.log."));

  // As often as it takes to read them all within the bounds of one conversation each.
  for (let from = 0; from < ids.length; from += 12) {
    const model = scriptedModel(async (call) => {
      for (const id of ids.slice(from, from + 12)) await call("read_fact", { id });
    });
    await planWith(model, facts);
    sent.push(...model.sent);
  }
  const model = scriptedModel(async (call) => {
    for (const service of ["mysql", "grafana", "devlake", "config-ui"])
      await call("read_log", { service, last: 80 });
    await call("submit_plan", { summary: Object.values(canaries).join(" ") });
  });
  await planWith(model, facts);
  sent.push(...model.sent);

  const everything = sent.join("\n");
  expect(everything).toContain(
    "could not use <redacted> here".replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"),
  );
  expect(everything).toContain("local.compose.source..env");
  for (const [name, secret] of Object.entries(canaries)) {
    for (const form of forms(secret)) expect(everything.includes(form), `${name} as ${form}`).toBe(false);
  }
});
