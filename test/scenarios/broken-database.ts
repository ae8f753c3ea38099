import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import type { GhDevlake } from "./gh-devlake.ts";
import { classesIn, looksAt } from "./looks.ts";
import type { Planned } from "./repair-run.ts";
import { preciousOf, type Precious } from "./seeded-deployment.ts";
import { ownFiles } from "./written-files.ts";

const EXIT_NOT_REPAIRABLE = 3;

/**
 * One fault that no repair is safe for, looked at ten times: one class, a person's next steps, and a repair that
 * stops there: it signs nothing, starts and makes no container, and changes no file.
 */
export async function expectGivenUp(gh: GhDevlake, d: Deployment, name: string): Promise<readonly Planned[]> {
  const before = await untouchable(d);

  const planned = await looksAt(gh, d, 10, { exitCode: EXIT_NOT_REPAIRABLE });
  const ran = await gh.repair(d, ["--no-input"]);

  expect(classesIn(planned)).toEqual([name]);
  expect([...new Set(planned.map(({ plan }) => plan.outcome))]).toEqual(["escalate"]);
  expect(ran, ran.stderr).toMatchObject({ exitCode: EXIT_NOT_REPAIRABLE });
  expect(ran.stdout).not.toMatch(/Repaired|Healthy/);
  expect(await untouchable(d)).toEqual(before);
  return planned;
}

/** Which containers and volumes there are, the files beside them, and every result that was signed. */
async function untouchable(d: Deployment): Promise<unknown> {
  const [containers, volumes, files, kept] = await Promise.all([
    d.docker("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}"),
    d.docker("volume", "ls", "--format", "{{.Name}}"),
    ownFiles(d.dir),
    readdir(join(d.dir, "plans")).catch(() => []),
  ]);
  return [containers.stdout, volumes.stdout, files, kept.filter((file) => file.endsWith(".result.json"))];
}

/** The database's files, while its container is stopped; `change` sees them in /d. */
export async function changeFiles(d: Deployment, change: string): Promise<void> {
  const volume = `${d.project}_mysql-storage:/d`;
  const done = await d.docker("run", "--rm", "-v", volume, "--entrypoint", "sh", "mysql:8", "-c", change);
  expect(done, done.stderr).toMatchObject({ exitCode: 0 });
}

export async function untilItLoops(d: Deployment, service: "mysql" | "devlake"): Promise<void> {
  await waitUntil(`${service} loops`, async () => (await d.state(service))?.Status === "restarting");
}

/** Somebody took the fault away by hand: all that was there can be read again, and the product says so. */
export async function expectAsBefore(gh: GhDevlake, d: Deployment, precious: Precious): Promise<void> {
  await waitUntil(
    "its data is read again",
    async () => (await d.get("devlake", "/plugins/github/connections")).status === 200,
  );
  await waitUntil(
    "a look finds nothing",
    async () => (await gh.repair(d, ["--plan-only"])).stdout === "✓ Healthy: nothing to do",
  );
  expect(await preciousOf(d)).toEqual(precious);
}
