import { expect, test } from "vitest";
import { useGhDevlake } from "./gh-devlake.ts";
import { addDashboards, containerOf, dashboardsOf, edit, expectLeftAlone, keptOf } from "./kept.ts";
import { planOnly } from "./repair-run.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

test("a Grafana without a volume is not recreated: its dashboards are in the container alone", async () => {
  await using d = await seededDeployment();
  await edit(d, "docker-compose.yml", (text) =>
    text.replace("    volumes:\n      - grafana-storage:/var/lib/grafana\n", ""),
  );
  await d.up("-t", "1");
  await d.waitReady();
  await addDashboards(d);
  const before = await containerOf(d, "grafana");
  const kept = await keptOf(d);
  expect(kept.dashboards).toBe(3);

  // Only another container could be published on another port.
  await d.docker("stop", "-t", "1", `${d.project}-grafana-1`);
  {
    await using _held = await d.holdPort(3002);
    const taken = await planOnly(gh(), d, { exitCode: 3 });
    expect(taken.plan.findings.map((finding) => finding.class)).toEqual([
      "port_conflict_host_process",
      "unnamed_data",
    ]);
    await expectLeftAlone(gh(), d, taken);
  }
  const started = await planOnly(gh(), d);
  expect(started.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["start_stopped_services", { services: ["grafana"] }],
  ]);
  const ran = await gh().repair(d, ["--apply", started.path]);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  expect(await containerOf(d, "grafana")).toBe(before);
  expect(await keptOf(d)).toEqual(kept);

  await d.compose("stop", "-t", "1");
  await d.docker("network", "prune", "-f");
  const pruned = await planOnly(gh(), d, { exitCode: 3 });
  expect(pruned.plan.findings).toContainEqual(
    expect.objectContaining({ class: "unnamed_data", summary: expect.stringContaining("grafana") }),
  );
  expect(pruned.plan.nextSteps.join("\n")).not.toMatch(
    /compose (?:start|rm|down)|--force-recreate[^`]*grafana|compose up -d`/,
  );
  await expectLeftAlone(gh(), d, pruned);

  // What the container has is there still: it needs a network, no other container.
  const name = `${d.project}-grafana-1`;
  const network = `${d.project}_default`;
  await d.docker("network", "create", network);
  await d.docker("network", "disconnect", "-f", network, name);
  await d.docker("network", "connect", network, name);
  expect(await d.docker("start", name)).toMatchObject({ exitCode: 0 });
  expect(await dashboardsOf(d)).toBe(3);
}, 400_000);
