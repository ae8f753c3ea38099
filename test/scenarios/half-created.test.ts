import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;

/** An `up` that fails because a port is taken, which is free again afterwards. */
async function failedUp(d: Deployment, port: number): Promise<void> {
  await d.compose("down", "-t", "1");
  {
    await using _held = await d.holdPort(port);
    expect(await d.compose("up", "-d")).toMatchObject({ exitCode: 1 });
  }
  expect(await d.state("config-ui")).toMatchObject({ Status: "created" });
}

test("a project half made by a failed `up`, with the port free again, is finished", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await failedUp(d, 8080);

  const planned = await planOnly(gh(), d);

  const { plan } = planned;
  expect(plan.findings.map((finding) => finding.class)).toEqual(["partial_deployment"]);
  expect(plan.findings[0]?.summary).toMatch(
    /devlake \(never started: port 8080 was taken then, and is not now\)/,
  );
  expect(plan.findings[0]?.evidence).toContain("local.container.devlake.error");
  expect(plan.steps.map(({ tool, effect }) => [tool, effect])).toEqual([["start_stopped_services", "safe"]]);
  expect(plan.summary).toMatchObject({ needApproval: 0 });

  // Nothing mutating, so no approval is asked, and none is missed without a terminal.
  await applyAndCheck(gh(), d, planned, precious, { approve: [], changes: {}, urls: usual });
});

test("a project half made, whose network was pruned and made again, is connected to the new one", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await failedUp(d, 3306);
  await d.docker("network", "prune", "-f");
  // So it is on a real engine: `up` makes the network anew and fails on the container tied to the old one.
  const up = await d.compose("up", "-d");
  expect(up).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/network [0-9a-f]{64} not found/) });

  const planned = await planOnly(gh(), d);

  const { plan } = planned;
  expect(plan.findings.map((finding) => finding.class)).toEqual(["partial_deployment"]);
  expect(plan.findings[0]?.evidence).toContain("local.container.mysql.network-missing");
  expect(plan.findings[0]?.summary).toMatch(
    /mysql (\(created, its network is gone\))|their network is gone:.* mysql/,
  );
  expect(plan.steps.map(({ tool, effect, args }) => [tool, effect, args])).toEqual([
    ["reconnect_networks", "mutating", { services: ["mysql"] }],
    ["start_stopped_services", "safe", { services: ["config-ui", "devlake", "grafana", "mysql"] }],
  ]);
  expect(plan.steps[0]?.preview).toMatch(
    /^connect container \S+-mysql-1 to network \S+_default as .*mysql\n$/,
  );

  await applyAndCheck(gh(), d, planned, precious, { approve: ["--approve", "s1"], changes: {}, urls: usual });
});

test("containers that ran, whose network was pruned while they were stopped, are recreated", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "1");
  await d.docker("network", "prune", "-f");
  const start = await d.compose("start");
  expect(start).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/network [0-9a-f]{64} not found/),
  });

  const planned = await planOnly(gh(), d);

  const { plan } = planned;
  expect(plan.findings.map((finding) => finding.class)).toEqual(["service_stopped"]);
  expect(plan.findings[0]?.evidence).toContain("local.container.mysql.network-missing");
  expect(plan.findings[0]?.summary).toMatch(
    /mysql (\(created, its network is gone\))|their network is gone:.* mysql/,
  );
  expect(plan.steps.map(({ tool }) => tool)).toEqual(["recreate_services"]);

  await applyAndCheck(gh(), d, planned, precious, { approve: ["--approve", "s1"], changes: {}, urls: usual });
});
