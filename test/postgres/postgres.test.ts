import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useGhDevlake } from "../scenarios/gh-devlake.ts";
import { createDeployment } from "../stack/deployment.ts";
import { planOnly } from "../scenarios/repair-run.ts";

const gh = useGhDevlake();

test("DevLake on PostgreSQL that is healthy: nothing to do", async () => {
  await using d = await createDeployment({ database: "postgres", seed: true });

  const ran = await gh().repair(d, ["--plan-only"]);

  expect(ran, ran.stderr).toMatchObject({ exitCode: 0, stdout: "✓ Healthy: nothing to do" });
});

test("a PostgreSQL that was stopped: found, started, and signed only once its data can be read", async () => {
  await using d = await createDeployment({ database: "postgres", seed: true });
  await d.compose("stop", "postgres");
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });

  const { plan } = await planOnly(gh(), d);
  const repaired = await gh().repair(d, ["--no-input", "--approve", "safe"]);

  expect(plan.findings.map((finding) => finding.class)).toEqual(["service_stopped"]);
  expect(repaired, repaired.stderr).toMatchObject({ exitCode: 0 });
  expect(repaired.stdout).toContain("Repaired");
  expect(await d.get("devlake", "/blueprints")).toMatchObject({ status: 200 });
});

test("a wrong secret on PostgreSQL: never healthy, before the next start and after it", async () => {
  await using d = await createDeployment({ database: "postgres", seed: true });
  const env = join(d.dir, ".env");
  const before = await readFile(env, "utf8");
  await writeFile(env, before.replace(/^ENCRYPTION_SECRET=.*$/m, "ENCRYPTION_SECRET=ANOTHERSECRET"));

  const ahead = await planOnly(gh(), d, { exitCode: 3 });
  await d.up();
  const applied = await planOnly(gh(), d, { exitCode: 3 });

  expect(ahead.plan.findings.map((finding) => finding.class)).toEqual(["files_not_applied"]);
  expect(applied.plan.findings.map((finding) => finding.class)).toContain("encryption_secret_mismatch");
});
