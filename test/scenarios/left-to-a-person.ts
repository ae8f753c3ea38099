import { expect } from "vitest";
import type { FindingClass } from "../../src/targets/local/facts/finding-classes.ts";
import type { Deployment, Service } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import type { GhDevlake } from "./gh-devlake.ts";
import { classesIn, looksAt } from "./looks.ts";
import { expectNoSecretAnywhere } from "./repair-run.ts";
import { preciousOf } from "./seeded-deployment.ts";
import { ownFiles } from "./written-files.ts";

interface Verdict {
  readonly looks: number;
  readonly class: FindingClass;
  /** In the summary of the first finding, each time. */
  readonly words: RegExp;
}

/** All looks give the one answer that no repair is safe, and so does an unattended repair, which touches nothing. */
export async function expectLeftToAPerson(gh: GhDevlake, d: Deployment, verdict: Verdict): Promise<void> {
  const kept = await keptThingsOf(d);

  const planned = await looksAt(gh, d, verdict.looks, { exitCode: 3 });
  const ran = await gh.repair(d, ["--no-input"]);

  expect(classesIn(planned)).toEqual([verdict.class]);
  expect([...new Set(planned.map(({ plan }) => plan.outcome))]).toEqual(["escalate"]);
  for (const { plan } of planned) expect(plan.findings[0]?.summary).toMatch(verdict.words);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 3 });
  expect(ran.stdout).not.toMatch(/Repaired|Healthy/);
  expect(await keptThingsOf(d)).toEqual(kept);
  await expectNoSecretAnywhere(gh, d);
}

/** Rows, ciphertext, volumes, files, and the environment that the backend's container was made with. */
export async function keptThingsOf(d: Deployment): Promise<unknown> {
  const [precious, blueprints, pipelines, files, environment] = await Promise.all([
    preciousOf(d),
    d.sql("SELECT * FROM _devlake_blueprints ORDER BY id"),
    d.sql("SELECT * FROM _devlake_pipelines ORDER BY id"),
    ownFiles(d.dir),
    environmentOf(d, "devlake"),
  ]);
  return { precious, blueprints, pipelines, files, environment };
}

/** With the container's id. */
async function environmentOf(d: Deployment, service: Service): Promise<string> {
  const id = (await d.compose("ps", "-aq", service)).stdout;
  return (await d.docker("inspect", "--format", "{{.Id}} {{json .Config.Env}}", id)).stdout;
}

/** What a client that reads confirms, and then the product. */
export async function expectHealthy(gh: GhDevlake, d: Deployment): Promise<void> {
  await d.waitReady();
  for (const path of ["/health", "/blueprints", "/pipelines", "/plugins/github/connections"]) {
    await waitUntil(`the backend reads ${path}`, async () => (await d.get("devlake", path)).status === 200);
  }
  expect(await gh.repair(d, ["--no-input"])).toMatchObject({
    exitCode: 0,
    stdout: "✓ Healthy: nothing to do",
  });
}

/** The backend's container loops: it has just ended. */
export async function untilItLoops(d: Deployment): Promise<void> {
  await waitUntil("the backend loops", async () => (await d.state("devlake"))?.Status === "restarting");
}
