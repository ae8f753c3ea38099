import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
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

/** The database's files, while its container is stopped; `change` sees them in /d. */
async function changeFiles(d: Deployment, change: string): Promise<void> {
  const volume = `${d.project}_mysql-storage:/d`;
  const done = await d.docker("run", "--rm", "-v", volume, "--entrypoint", "sh", "mysql:8", "-c", change);
  expect(done, done.stderr).toMatchObject({ exitCode: 0 });
}

/** The server alone; its container goes on. From outside, since MySQL is process 1 there, which no one inside can stop. */
async function signalServer(d: Deployment, signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
  const id = (await d.compose("ps", "-q", "mysql")).stdout;
  const processes = (await d.docker("top", id, "-eo", "pid,comm")).stdout.split("\n");
  const servers = processes.filter((line) => /\b(?:mariadbd|mysqld)$/.test(line));
  expect(servers).toHaveLength(1);
  for (const line of servers) process.kill(Number.parseInt(line, 10), signal);
}

test("a database that loops on a damaged file is never healthy, and no start of others is a repair", async () => {
  await using d = await seededDeployment();
  await d.compose("stop", "-t", "5", "mysql");
  await changeFiles(d, "truncate -s 1M /d/ibdata1");
  await d.compose("start", "mysql");
  await waitUntil("the database loops", async () => (await d.state("mysql"))?.Status === "restarting");

  const planned = await looksAt(gh(), d, 10, { exitCode: 3 });

  expect(classesIn(planned)).toEqual(["db_corrupted"]);
  expect(planned.map(({ plan }) => plan.outcome)).toEqual(planned.map(() => "escalate"));
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
  const repaired = await gh().repair(d, ["--no-input"]);
  expect(repaired.exitCode).toBe(3);
  expect(repaired.stdout).not.toContain("Repaired");
});

test("a database that was stopped and is sound: repaired only once its data can be read", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "5", "mysql");
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });

  const stopped = await planOnly(gh(), d);

  expect(stopped.plan.findings.map((finding) => finding.class)).toEqual(["service_stopped"]);
  const { result } = await applyAndCheck(gh(), d, stopped, precious, {
    approve: [],
    changes: {},
    urls: usual,
  });
  expect(result.health).toContainEqual({ check: "data_readable", healthy: true, observed: "readable" });
});

test("a paused database, and one that hangs, are not healthy whatever /ready says", async () => {
  await using d = await seededDeployment();
  await d.compose("pause", "mysql");

  const [paused] = await looksAt(gh(), d, 1, { exitCode: 3 });

  expect(paused?.plan.findings.map(({ summary }) => summary)).toEqual(["mysql is paused"]);
  await d.compose("unpause", "mysql");
  await signalServer(d, "SIGSTOP");

  const hung = await looksAt(gh(), d, 2, { exitCode: 3 });

  expect(classesIn(hung)).toEqual(["service_unhealthy"]);
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
  await signalServer(d, "SIGCONT");
  await waitUntil(
    "its data is read again",
    async () => (await d.get("devlake", "/blueprints")).status === 200,
  );
  expect(await gh().repair(d, ["--plan-only"])).toMatchObject({
    exitCode: 0,
    stdout: "✓ Healthy: nothing to do",
  });
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

  const applied = await looksAt(gh(), d, 10, { exitCode: 3 });

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
