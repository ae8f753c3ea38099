import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDeployment, type Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { expectAsBefore, expectGivenUp, untilItLoops } from "./broken-database.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { preciousOf } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const password = "Canary%40per%%cent";
/** What may be shown of it in no form: a part that is as it stands in the middle of an error. */
const parts = /Canary|%40per|%%c/;

/** As somebody writes it into DB_URL in .env. */
async function write(d: Deployment, written: string): Promise<void> {
  const file = join(d.dir, ".env");
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text.replace(/^DB_URL=mysql:\/\/merico:.*@mysql/m, () => `DB_URL=mysql://merico:${written}@mysql`),
  );
}

/** With a container of the backend that was made anew; nginx would remember the address of the one before. */
async function writtenAs(d: Deployment, written: string): Promise<void> {
  await write(d, written);
  await d.up("--no-deps", "devlake");
  await d.compose("restart", "-t", "1", "config-ui");
}

test("a password with `%`: as it is, half encoded, and encoded as DB_URL wants it", async () => {
  await using d = await createDeployment({ secret: "CanarySecretCanarySecret" });
  const file = join(d.dir, "docker-compose.yml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll("MYSQL_PASSWORD: merico", `MYSQL_PASSWORD: "${password}"`));
  await write(d, encodeURIComponent(password));
  await d.up();
  await d.waitReady(180_000);
  await d.seed();
  const precious = await preciousOf(d);
  await expectAsBefore(gh(), d, precious);

  await writtenAs(d, password);
  await untilItLoops(d, "devlake");
  await waitUntil("it says so", async () => (await d.logs("devlake")).includes("invalid URL escape"));
  const asItIs = await expectGivenUp(gh(), d, "db_url_invalid");

  expect(asItIs[0]?.ran.stdout).toContain("in its password write `%` as %25");
  expect(asItIs[0]?.ran.stdout).not.toMatch(parts);
  await writtenAs(d, password.replace("%%", "%25%25"));
  await untilItLoops(d, "devlake");

  const halfEncoded = await expectGivenUp(gh(), d, "db_access_denied");

  expect(halfEncoded[0]?.ran.stdout).not.toMatch(parts);
  await writtenAs(d, encodeURIComponent(password));
  await expectAsBefore(gh(), d, precious);
});
