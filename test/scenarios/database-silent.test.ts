import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { expectAsBefore, expectGivenUp } from "./broken-database.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

/** The server alone; its container goes on. From outside, since MySQL is process 1 there, which no one inside can stop. */
async function signalServer(d: Deployment, signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
  const id = (await d.compose("ps", "-q", "mysql")).stdout;
  const processes = (await d.docker("top", id, "-eo", "pid,comm")).stdout.split("\n");
  const servers = processes.filter((line) => /\b(?:mariadbd|mysqld)$/.test(line));
  expect(servers).toHaveLength(1);
  for (const line of servers) process.kill(Number.parseInt(line, 10), signal);
}

test("a paused database, and one that hangs, are not healthy whatever /ready says", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("pause", "mysql");

  const paused = await expectGivenUp(gh(), d, "unknown");

  expect(paused[0]?.plan.findings[0]?.summary).toBe("mysql is paused");
  expect(paused[0]?.ran.stdout).toContain("docker compose unpause mysql");
  await d.compose("unpause", "mysql");
  await expectAsBefore(gh(), d, precious);
  await signalServer(d, "SIGSTOP");

  await expectGivenUp(gh(), d, "service_unhealthy");

  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
  await signalServer(d, "SIGCONT");
  await expectAsBefore(gh(), d, precious);
}, 600_000);
