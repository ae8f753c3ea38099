import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useGhDevlake } from "../scenarios/gh-devlake.ts";
import { planOnly } from "../scenarios/repair-run.ts";
import { createDeployment, type Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";

const gh = useGhDevlake();
const healthy = { exitCode: 0, stdout: "✓ Healthy: nothing to do" };

async function psql(d: Deployment, statements: string): Promise<void> {
  const client = ["psql", "-U", "merico", "lake", "-v", "ON_ERROR_STOP=1", "-c", statements];
  const ran = await d.compose("exec", "-T", "postgres", ...client);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
}

test("DevLake on PostgreSQL that is healthy: nothing to do", async () => {
  await using d = await createDeployment({ database: "postgres", seed: true });

  const ran = await gh().repair(d, ["--plan-only"]);

  expect(ran, ran.stderr).toMatchObject(healthy);
});

test("a PostgreSQL that was stopped: found, started, and signed only once its data can be read", async () => {
  await using d = await createDeployment({ database: "postgres", seed: true });
  await d.compose("stop", "postgres");
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });

  const { plan, path } = await planOnly(gh(), d);
  const applied = await gh().repair(d, ["--apply", path, "--no-input"]);

  expect(plan.findings).toMatchObject([
    { class: "service_stopped", summary: expect.stringContaining("postgres (exit 0)") },
  ]);
  expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
  expect(applied.stdout).toContain("Repaired");
  expect(await d.get("devlake", "/blueprints")).toMatchObject({ status: 200 });
});

test("a migration that waits on PostgreSQL: the backup that is printed is whole", async () => {
  await using d = await createDeployment({ database: "postgres", seed: true });
  await psql(
    d,
    "DELETE FROM _devlake_migration_history WHERE script_version = (SELECT max(script_version) FROM _devlake_migration_history)",
  );
  await d.compose("restart", "-t", "1", "devlake");
  await waitUntil("the gate stands", async () => (await d.get("devlake", "/ready")).status === 503);

  const { plan } = await planOnly(gh(), d, { exitCode: 3 });

  expect(plan.findings).toMatchObject([{ class: "migration_pending" }]);
  const [backup, check] = plan.nextSteps.map((step) => /`(.+)`$/.exec(step)?.[1] ?? step);
  const made = await d.exec("sh", ["-c", backup ?? ""], { timeoutMs: 30_000 });
  expect(made, made.stderr).toMatchObject({ exitCode: 0 });
  expect(await d.exec("sh", ["-c", check ?? ""])).toMatchObject({
    stdout: expect.stringContaining("dump complete"),
  });
});

test("another secret on PostgreSQL with nothing scheduled: told before a start, and never healthy after it", async () => {
  await using d = await createDeployment({ database: "postgres", seed: true });
  await psql(d, "DELETE FROM _devlake_blueprints; DELETE FROM _devlake_pipelines");
  const env = join(d.dir, ".env");
  const before = await readFile(env, "utf8");
  await writeFile(env, before.replace(/^ENCRYPTION_SECRET=.*$/m, "ENCRYPTION_SECRET=ANOTHERSECRET"));

  const ahead = await planOnly(gh(), d, { exitCode: 3 });
  await d.up();
  await d.waitReady();
  const applied = await planOnly(gh(), d, { exitCode: 3 });

  expect(ahead.plan.findings.map((finding) => finding.class)).toEqual(["files_not_applied"]);
  expect(applied.plan.findings.map((finding) => finding.class)).toEqual(["encryption_secret_mismatch"]);
});

/** Runs in the stopped database's volume, and starts it. */
async function damage(d: Deployment, command: string): Promise<void> {
  await d.compose("stop", "postgres");
  const volume = `${d.project}_postgres-storage:/d`;
  const run = ["--rm", "--user", "root", "-v", volume, "--entrypoint", "sh", "postgres:17", "-c", command];
  expect(await d.docker("run", ...run)).toMatchObject({ exitCode: 0 });
  await d.compose("start", "postgres");
}

async function restartsOf(d: Deployment): Promise<number> {
  const id = (await d.compose("ps", "-aq", "postgres")).stdout;
  return Number((await d.docker("inspect", "-f", "{{.RestartCount}}", id)).stdout);
}

test.each([
  ["its control file is gone", "rm /d/global/pg_control", "db_corrupted", 10],
  ["its log of writes is gone", "rm -rf /d/pg_wal/0*", "db_corrupted", 2],
  ["its files are another version's", "echo 15 > /d/PG_VERSION", "db_data_dir_incompatible", 2],
  ["an option is unknown", "echo nosuch = 1 >> /d/postgresql.conf", "db_option_unknown", 2],
] as const)(
  "a PostgreSQL that loops: %s, as often as it is looked at",
  async (_name, command, name, looks) => {
    await using d = await createDeployment({ database: "postgres", seed: true });
    await damage(d, command);
    await waitUntil("it was started again", async () => (await restartsOf(d)) > 0);
    const told = new Set<string>();

    for (let look = 0; look < looks; look += 1) {
      const { plan } = await planOnly(gh(), d, { exitCode: 3 });
      expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
      told.add(plan.findings.map((finding) => finding.class).join());
    }

    expect([...told]).toEqual([name]);
  },
);
