import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { expectHealthy, expectLeftToAPerson, untilItLoops } from "./left-to-a-person.ts";
import { classesIn, looksAt } from "./looks.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const pending = "script_name IN ('addStore', 'addDomainTables', 'modify tables 330')";

/** As after an upgrade: scripts that the database has not seen, and a backend that waits for somebody at its gate. */
async function startAtGate(d: Deployment, key: string, value: string): Promise<void> {
  await d.sql(`DELETE FROM _devlake_migration_history WHERE ${pending}`);
  await setSetting(d, key, value);
  await atGate(d);
}

async function setSetting(d: Deployment, key: string, value: string): Promise<void> {
  const env = join(d.dir, ".env");
  const others = (await readFile(env, "utf8")).replace(new RegExp(`^${key}=.*\n`, "m"), "");
  await writeFile(env, `${others}${key}=${value}\n`);
  await d.up("-t", "1");
}

async function atGate(d: Deployment): Promise<void> {
  await waitUntil("the backend waits at its gate", async () =>
    (await d.get("devlake", "/ready")).body.includes("waiting for migration"),
  );
}

/** Somebody confirms the migration, which fails: the backend says that it migrates, and nothing runs any more. */
async function confirmInVain(d: Deployment): Promise<void> {
  expect(await d.get("devlake", "/proceed-db-migration")).toEqual({ status: 500, body: "" });
  expect((await d.get("devlake", "/ready")).body).toContain("service is not ready: migrating");
}

test("a wrong secret behind the gate, once somebody has confirmed the migration", async () => {
  await using d = await seededDeployment();
  await startAtGate(d, "ENCRYPTION_SECRET", "ANOTHERSECRETANOTHERSECRET");
  await expectLeftToAPerson(gh(), d, { looks: 2, class: "migration_pending", words: /waits for somebody/ });
  const wrong = { looks: 10, class: "encryption_secret_mismatch" } as const;
  await confirmInVain(d);

  await expectLeftToAPerson(gh(), d, {
    ...wrong,
    words: /^devlake does not come up: ENCRYPTION_SECRET is not the one/,
  });

  await d.compose("restart", "-t", "1", "devlake");
  await untilItLoops(d);
  await expectLeftToAPerson(gh(), d, {
    ...wrong,
    looks: 2,
    words: /^devlake stops again and again: ENCRYPTION_SECRET is not the one/,
  });
});

test("a migration that failed: under way as the backend says, then at the gate again, then at each start", async () => {
  await using d = await seededDeployment();
  await startAtGate(d, "STANDIN_FAILING_SCRIPT", "addDomainTables");
  await confirmInVain(d);

  const failed = /a database migration failed: Error 1060 .*Duplicate column name 'name'/;
  await expectLeftToAPerson(gh(), d, { looks: 10, class: "migration_failed", words: failed });

  // A monitor asks for half a day, and somebody confirms once more.
  await d.exec("curl", ["-s", "-o", "/dev/null", `${await d.url("devlake")}/ready?[1-1000]`]);
  await d.get("devlake", "/proceed-db-migration");
  await expectLeftToAPerson(gh(), d, { looks: 2, class: "migration_failed", words: failed });

  await d.compose("restart", "-t", "1", "devlake");
  await atGate(d);
  await expectLeftToAPerson(gh(), d, {
    looks: 2,
    class: "migration_pending",
    words: /the last try failed: .*Duplicate column name 'name'/,
  });

  await setSetting(d, "FORCE_MIGRATION", "true");
  await untilItLoops(d);
  await expectLeftToAPerson(gh(), d, { looks: 10, class: "migration_failed", words: failed });
});

test("a migration that goes on has not failed because somebody confirmed it twice", async () => {
  await using d = await seededDeployment();
  await startAtGate(d, "STANDIN_SLOW_SCRIPT_SECONDS", "6");
  const running = d.get("devlake", "/proceed-db-migration");
  await waitUntil("it migrates", async () =>
    (await d.get("devlake", "/ready")).body.includes("service is not ready: migrating"),
  );
  expect(await d.get("devlake", "/proceed-db-migration")).toEqual({ status: 500, body: "" });

  const planned = await looksAt(gh(), d, 3, { exitCode: 0 });

  expect(classesIn(planned)).toEqual(["unknown"]);
  for (const { plan } of planned) {
    expect(plan.findings[0]?.summary).toContain("it must not be interrupted");
    expect(plan.steps.map(({ tool }) => tool)).toEqual(["wait_until_healthy"]);
  }
  expect(await running).toMatchObject({ status: 200 });
  await expectHealthy(gh(), d);
});
