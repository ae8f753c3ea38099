import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { ofEngine } from "../stack/docker-versions.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { addDashboards, containerOf, edit, expectLeftAlone, keptOf, withOtherHash } from "./kept.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;
const configUiImage = "devlake.docker.scarf.sh/apache/devlake-config-ui:v1.0.2";
const approved = { approve: ["--approve", "s1"], changes: {}, urls: usual } as const;

async function removeConfigUi(d: Deployment): Promise<void> {
  expect(await d.docker("rm", "-f", `${d.project}-config-ui-1`)).toMatchObject({ exitCode: 0 });
}

async function expectConfigUiCreated(d: Deployment): Promise<void> {
  const kept = await keptOf(d);
  const others = ["mysql", "grafana", "devlake"] as const;
  const before = await Promise.all(others.map((service) => containerOf(d, service)));
  const planned = await planOnly(gh(), d);
  expect(planned.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["retry_local_compose_up", { services: ["config-ui"] }],
  ]);
  await applyAndCheck(gh(), d, planned, kept.precious, approved);
  expect(await Promise.all(others.map((service) => containerOf(d, service)))).toEqual(before);
  const after = await keptOf(d);
  expect(after.secretCopies).toEqual(expect.arrayContaining([...kept.secretCopies]));
  expect(after).toMatchObject({ precious: kept.precious, dashboards: 3 });
}

test("containers that another Compose made, images that moved or are gone, networks that changed", async () => {
  await using d = await seededDeployment();
  await addDashboards(d);

  // By its own rules Compose would recreate the backend, with nothing changed.
  await withOtherHash(d, "devlake");
  await d.waitReady();
  const dry = await d.compose("up", "-d", "--dry-run");
  expect(`${dry.stdout}${dry.stderr}`).toMatch(/devlake-1 +Recreate/);
  await removeConfigUi(d);
  await expectConfigUiCreated(d);

  // The tag names another image, of a newer version, and the database's container runs the old one.
  const mysql = `${d.project}-mysql-1`;
  await d.docker("tag", "mysql:8", "mysql:was");
  await d.docker("commit", "--change", "ENV MYSQL_VERSION=8.4.99", mysql, "mysql:8");
  await removeConfigUi(d);
  await expectConfigUiCreated(d);
  const before = await containerOf(d, "mysql");
  await d.compose("stop", "-t", "1");
  await d.docker("network", "prune", "-f");
  const moved = await planOnly(gh(), d, { exitCode: 3 });
  expect(JSON.stringify(moved.plan)).toContain("the image of mysql would move");
  await expectLeftAlone(gh(), d, moved);
  expect(await containerOf(d, "mysql")).toBe(before);
  await d.docker("tag", "mysql:was", "mysql:8");
  const back = await planOnly(gh(), d);
  expect(back.plan.steps.map(({ tool }) => tool)).toEqual(["recreate_services"]);
  await d.compose("down", "-t", "1");
  await d.up();
  await d.waitReady();

  // An image that is gone, and cannot be pulled from here.
  const kept = await keptOf(d);
  await removeConfigUi(d);
  await d.docker("tag", configUiImage, "config-ui:was");
  await d.docker("rmi", configUiImage);
  const missing = await planOnly(gh(), d);
  expect(missing.plan.findings.map((finding) => finding.class)).toEqual([
    "image_not_found",
    "partial_deployment",
  ]);
  expect(missing.plan.steps.map(({ tool }) => tool)).toEqual(["pull_fixed_images", "retry_local_compose_up"]);
  const failed = await gh().repair(d, ["--apply", missing.path, "--approve", "s2"]);
  expect(failed, failed.stderr).toMatchObject({ exitCode: 6 });
  expect(failed.stdout).toMatch(/step s1 failed: the registry was\s+not reached/);
  await d.docker("tag", "config-ui:was", configUiImage);
  await expectConfigUiCreated(d);
  expect(await keptOf(d)).toEqual(kept);

  // Only a newer Compose notices, and would stop and cut off every container for it.
  await edit(
    d,
    "docker-compose.yml",
    (text) =>
      `${text}\nnetworks:\n  default:\n    driver_opts:\n      com.docker.network.driver.mtu: "1400"\n`,
  );
  await removeConfigUi(d);
  const notices = await ofEngine(d, { 26: false, 28: true });
  if (notices) {
    const refused = await planOnly(gh(), d, { exitCode: 3 });
    expect(JSON.stringify(refused.plan)).toContain("has other settings than the Compose files want");
    await expectLeftAlone(gh(), d, refused);
  } else await expectConfigUiCreated(d);
  await edit(d, "docker-compose.yml", (text) => text.replace(/\nnetworks:\n[^]*$/, ""));
  if (notices) await expectConfigUiCreated(d);
  expect(await keptOf(d)).toEqual(kept);
}, 600_000);

test("leftovers of a recreation that was killed, and no address left for a network", async () => {
  await using d = await seededDeployment();
  await addDashboards(d);
  const kept = await keptOf(d);

  // config-ui takes ten seconds to stop, and Compose is killed while it waits.
  const recreation = ["compose", "up", "-d", "--force-recreate", "--no-deps", "config-ui"];
  await d.exec("timeout", ["-s", "KILL", "5", "docker", ...recreation]);
  const { stdout: left } = await d.docker("ps", "-a", "--format", "{{.Names}}", "--filter", "status=created");
  expect(left).toMatch(/^[0-9a-f]{12}_.*-config-ui-1$/);
  await d.docker("stop", "-t", "1", `${d.project}-config-ui-1`);
  const leftover = await planOnly(gh(), d, { exitCode: 3 });
  expect(JSON.stringify(leftover.plan)).toContain(left);
  await expectLeftAlone(gh(), d, leftover);
  expect(leftover.plan.nextSteps.join("\n")).not.toMatch(/compose (?:start|rm|down)|compose up -d`/);
  expect(leftover.plan.nextSteps.join("\n")).toContain(`\`docker rm ${left}\``);
  await d.docker("rm", `${d.project}-config-ui-1`);
  const alone = await planOnly(gh(), d, { exitCode: 3 });
  expect(alone.plan.nextSteps.join("\n")).toContain(`\`docker rename ${left} ${d.project}-config-ui-1\``);
  await expectLeftAlone(gh(), d, alone);
  await d.docker("rename", left, `${d.project}-config-ui-1`);
  const start = await planOnly(gh(), d);
  expect(start.plan.steps.map(({ tool }) => tool)).toEqual(["start_stopped_services"]);
  await applyAndCheck(gh(), d, start, kept.precious, { ...approved, approve: [] });
  expect(await keptOf(d)).toEqual(kept);

  // `down`, and then every range of addresses was taken.
  await d.compose("down", "-t", "1");
  const taken = await takeAllAddresses(d);
  const planned = await planOnly(gh(), d);
  expect(planned.plan.steps.map(({ tool }) => tool)).toEqual(["retry_local_compose_up"]);
  expect(planned.plan.steps[0]?.preview).toContain(`make network ${d.project}_default`);
  const failed = await gh().repair(d, ["--apply", planned.path, "--approve", "s1"]);
  expect(failed, failed.stderr).toMatchObject({ exitCode: 6 });
  const words = await ofEngine(d, {
    26: "could not find an available, non-overlapping IPv4 address pool",
    28: "all predefined address pools have been fully subnetted",
  });
  expect(failed.stdout.replaceAll(/\s+/g, " ")).toContain(`step s1 failed: ${words}`);
  expect((await d.docker("ps", "-aq")).stdout).toBe("");
  await d.docker("network", "rm", ...taken);
  const again = await planOnly(gh(), d);
  await applyAndCheck(gh(), d, again, kept.precious, approved);
  expect(await keptOf(d)).toEqual(kept);
}, 600_000);

async function takeAllAddresses(d: Deployment): Promise<readonly string[]> {
  const names: string[] = [];
  for (let number = 0; number < 64; number++) {
    const name = `taken-${number}`;
    const made = await d.docker("network", "create", name);
    if (made.exitCode !== 0) return names;
    names.push(name);
  }
  throw new Error("there are more than 64 ranges of addresses");
}
