import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitUntil } from "../stack/wait-until.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { classesIn, looksAt } from "./looks.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { canaries, preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;

test("a database that was stopped and is sound: repaired only once its data can be read", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "5", "mysql");
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });

  const looks = await looksAt(gh(), d, 10, { exitCode: 0 });

  expect(classesIn(looks)).toEqual(["service_stopped"]);
  const { result } = await applyAndCheck(gh(), d, await planOnly(gh(), d), precious, {
    approve: [],
    changes: {},
    urls: usual,
  });
  expect(result.health).toContainEqual({ check: "data_readable", healthy: true, observed: "readable" });
});

test("another secret in .env: told before a start destroys the old one, and after it", async () => {
  await using d = await seededDeployment();
  await d.sql("DELETE FROM _devlake_blueprints");
  await d.sql("DELETE FROM _devlake_pipelines");
  const env = join(d.dir, ".env");
  const before = await readFile(env, "utf8");
  await writeFile(
    env,
    before.replace(/^ENCRYPTION_SECRET=.*$/m, "ENCRYPTION_SECRET=ANOTHERSECRETANOTHERSECRET"),
  );

  const [notApplied] = await looksAt(gh(), d, 1, { exitCode: 3 });

  expect(notApplied?.plan.findings.map(({ class: name, severity }) => [name, severity])).toEqual([
    ["files_not_applied", "degraded"],
  ]);
  expect(notApplied?.ran.stdout).toContain("do not run docker compose up");
  // Somebody does all the same.
  await d.up();
  await d.waitReady();
  expect(await d.get("devlake", "/health")).toMatchObject({ status: 200 });

  const applied = await looksAt(gh(), d, 3, { exitCode: 3 });

  expect(classesIn(applied)).toEqual(["encryption_secret_mismatch"]);
  expect(applied[0]?.ran.stdout).not.toContain(canaries.secret);
  await writeFile(env, before);
  await d.up();
  await d.waitReady();
  await waitUntil(
    "the old secret reads all again",
    async () => (await d.get("devlake", "/plugins/github/connections")).status === 200,
  );
  expect(await gh().repair(d, ["--plan-only"])).toMatchObject({
    exitCode: 0,
    stdout: "✓ Healthy: nothing to do",
  });
});
