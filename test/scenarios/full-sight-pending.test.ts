import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { ofEngine } from "../stack/docker-versions.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { addDashboards, containerOf, edit, expectLeftAlone, keptOf } from "./kept.ts";
import { applyAndCheck, type Planned, planOnly } from "./repair-run.ts";
import { canaries, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;
const others = ["mysql", "grafana", "devlake"] as const;

/** Creates config-ui alone, and leaves every other container as it was, whatever the files want by now. */
async function expectOnlyConfigUi(d: Deployment, planned: Planned): Promise<void> {
  expect(planned.plan.steps.map(({ tool, args, effect }) => [tool, args, effect])).toEqual([
    ["retry_local_compose_up", { services: ["config-ui"] }, "mutating"],
  ]);
  const [step] = planned.plan.steps;
  expect(step?.preview).toMatch(/^create and start config-ui\n {2}image: /);
  expect(step?.preview).not.toMatch(/^(?:create|recreate|start) .*(?:mysql|grafana|devlake$)/m);
  const before = await Promise.all(others.map((service) => containerOf(d, service)));
  const kept = await keptOf(d);

  await applyAndCheck(gh(), d, planned, kept.precious, {
    approve: ["--approve", "s1"],
    changes: {},
    urls: usual,
  });

  expect(await Promise.all(others.map((service) => containerOf(d, service)))).toEqual(before);
  const after = await keptOf(d);
  expect(after.secretCopies).toEqual(expect.arrayContaining([...kept.secretCopies]));
  expect(after).toMatchObject({ precious: kept.precious, dashboards: 3 });
}

/** The containers as they were made first, whatever became of the files. */
async function withFiles(d: Deployment, run: () => Promise<void>): Promise<void> {
  const names = [".env", "docker-compose.yml"];
  const texts = await Promise.all(names.map((name) => readFile(join(d.dir, name), "utf8")));
  await run();
  for (const [index, name] of names.entries()) await writeFile(join(d.dir, name), texts[index] ?? "");
}

async function volumesOf(d: Deployment): Promise<readonly string[]> {
  return (await d.docker("volume", "ls", "-q")).stdout.split("\n").sort();
}

async function removeConfigUi(d: Deployment): Promise<void> {
  expect(await d.docker("rm", "-f", `${d.project}-config-ui-1`)).toMatchObject({ exitCode: 0 });
}

test("what the files want beside a missing container is shown, and not applied with it", async () => {
  await using d = await seededDeployment();
  await addDashboards(d);
  expect((await keptOf(d)).secretCopies).toEqual([".env", "config-ui", "devlake"]);

  // Another secret.
  await withFiles(d, async () => {
    await edit(d, ".env", (text) => text.replace(canaries.secret, "ANOTHERSECRETANOTHERSECRET"));
    await removeConfigUi(d);
    expect((await keptOf(d)).secretCopies).toEqual(["devlake"]);
    {
      await using _held = await d.holdPort(4000);
      const taken = await planOnly(gh(), d, { exitCode: 3 });
      expect(taken.plan.findings.map((finding) => finding.class)).toEqual([
        "port_conflict_host_process",
        "files_not_applied",
      ]);
      expect(taken.plan.nextSteps.join("\n")).toContain("holds the only copy of its secret that was seen");
      await expectLeftAlone(gh(), d, taken);
    }
    const planned = await planOnly(gh(), d);
    expect(planned.plan.findings).toMatchObject([
      { class: "partial_deployment" },
      { class: "files_not_applied", summary: expect.stringContaining("another ENCRYPTION_SECRET") },
    ]);
    await expectOnlyConfigUi(d, planned);
    expect((await keptOf(d)).secretCopies).toEqual(["devlake"]);

    // The backend itself cannot have its port back.
    await d.docker("stop", "-t", "1", `${d.project}-devlake-1`);
    await using _held = await d.holdPort(8080);
    const taken = await planOnly(gh(), d, { exitCode: 3 });
    expect(taken.plan.findings[0]).toMatchObject({ class: "port_conflict_host_process" });
    await expectLeftAlone(gh(), d, taken);
  });
  await d.docker("start", `${d.project}-devlake-1`);
  await d.waitReady();

  // Another database.
  await withFiles(d, async () => {
    await edit(d, ".env", (text) => text.replaceAll(":3306/lake", ":3306/staging"));
    await removeConfigUi(d);
    const planned = await planOnly(gh(), d);
    expect(planned.plan.findings[1]).toMatchObject({
      class: "files_not_applied",
      summary: expect.stringContaining("another database"),
    });
    await expectOnlyConfigUi(d, planned);
  });

  // Another volume.
  await withFiles(d, async () => {
    await edit(d, "docker-compose.yml", (text) => text.replaceAll("-storage", "-data"));
    await removeConfigUi(d);
    const volumes = await volumesOf(d);
    const planned = await planOnly(gh(), d);
    expect(planned.plan.findings[1]).toMatchObject({
      class: "files_not_applied",
      summary: expect.stringContaining("the volume of the database"),
    });
    await expectOnlyConfigUi(d, planned);
    // Compose makes them with --no-deps too, some or all: empty, used by nobody, and shown.
    const made = (await volumesOf(d)).filter((name) => !volumes.includes(name));
    expect(planned.plan.steps[0]?.preview.match(/(?<=^make volume ).*$/gm)).toEqual(made);
    const more = await ofEngine(d, { 26: [`${d.project}_grafana-data`], 28: [] });
    expect(made).toEqual([...more, `${d.project}_mysql-data`]);

    // The database cannot have its port back, and would be made again on an empty volume.
    await d.docker("stop", "-t", "1", `${d.project}-mysql-1`);
    await using _held = await d.holdPort(3306);
    const taken = await planOnly(gh(), d, { exitCode: 3 });
    await expectLeftAlone(gh(), d, taken);
  });
  await d.docker("start", `${d.project}-mysql-1`);
  await d.waitReady();

  // The same with no container left that knows which volume has the data.
  await d.compose("down", "-t", "1");
  await withFiles(d, async () => {
    await edit(d, "docker-compose.yml", (text) => text.replaceAll("-storage", "-elsewhere"));
    const volumes = await volumesOf(d);
    const forgotten = await planOnly(gh(), d, { exitCode: 3 });
    expect(forgotten.plan.findings[0]?.summary).toContain(
      `mysql would start on the new, empty volume ${d.project}_mysql-elsewhere`,
    );
    await expectLeftAlone(gh(), d, forgotten);
    expect(await volumesOf(d)).toEqual(volumes);
  });
  const back = await planOnly(gh(), d);
  expect(back.plan.steps.map(({ tool }) => tool)).toEqual(["retry_local_compose_up"]);
  await d.up();
  await d.waitReady();
  await waitUntil("rows can be read", async () => (await d.get("devlake", "/blueprints")).status === 200);

  expect(await keptOf(d)).toMatchObject({ dashboards: 3, secretCopies: [".env", "config-ui", "devlake"] });
}, 600_000);
