import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useGhDevlake } from "./gh-devlake.ts";
import { expectHealthy, expectLeftToAPerson, untilItLoops } from "./left-to-a-person.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

test("a wrong secret is one whether an enabled blueprint, a disabled one or connections alone show it", async () => {
  await using d = await seededDeployment();
  const env = join(d.dir, ".env");
  const before = await readFile(env, "utf8");
  await writeFile(
    env,
    before.replace(/^ENCRYPTION_SECRET=.*$/m, "ENCRYPTION_SECRET=ANOTHERSECRETANOTHERSECRET"),
  );
  const wrong = { looks: 10, class: "encryption_secret_mismatch" } as const;
  await d.up("-t", "1");
  await untilItLoops(d);

  await expectLeftToAPerson(gh(), d, {
    ...wrong,
    words: /^devlake stops again and again: ENCRYPTION_SECRET is not the one/,
  });

  await d.sql("UPDATE _devlake_blueprints SET enable = false");
  await d.compose("restart", "-t", "1", "devlake");
  await d.waitReady();
  await expectLeftToAPerson(gh(), d, {
    ...wrong,
    words: /cannot read .*pipelines, .*connections of github/,
  });

  await d.sql("DELETE FROM _devlake_blueprints");
  await d.sql("DELETE FROM _devlake_pipelines");
  expect(await d.get("devlake", "/health")).toMatchObject({ status: 200 });
  await expectLeftToAPerson(gh(), d, { ...wrong, words: /cannot read connections of github$/ });

  await writeFile(env, before);
  await d.up("-t", "1");
  await expectHealthy(gh(), d);
});
