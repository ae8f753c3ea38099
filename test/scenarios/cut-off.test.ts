import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deployment, Service } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;

async function inspected(d: Deployment, service: Service, format: string): Promise<string> {
  const { stdout } = await d.docker("inspect", "--format", format, `${d.project}-${service}-1`);
  return stdout;
}

/** What must be the same container with the same environment, started when it was. */
async function sameOf(d: Deployment, service: Service): Promise<string> {
  return inspected(d, service, "{{.Id}} {{.State.StartedAt}} {{.RestartCount}} {{json .Config.Env}}");
}

async function networksOf(d: Deployment, service: Service): Promise<readonly string[]> {
  return Object.keys(JSON.parse(await inspected(d, service, "{{json .NetworkSettings.Networks}}"))).sort();
}

async function cutOff(d: Deployment, service: Service): Promise<void> {
  const { stdout } = await d.docker(
    "network",
    "disconnect",
    `${d.project}_default`,
    `${d.project}-${service}-1`,
  );
  expect([stdout, await networksOf(d, service)]).toEqual(["", []]);
}

test("a backend that runs off its network is connected again, and off it again by undo", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  const before = await sameOf(d, "devlake");
  await cutOff(d, "devlake");

  const planned = await planOnly(gh(), d);

  const { plan } = planned;
  expect(plan.findings).toMatchObject([{ class: "network_cut_off", severity: "blocking" }]);
  expect(plan.steps).toMatchObject([
    {
      tool: "reconnect_networks",
      args: { services: ["devlake"] },
      effect: "mutating",
      preview: expect.stringContaining(
        `connect container ${d.project}-devlake-1 to network ${d.project}_default as ${d.project}-devlake-1, devlake\n`,
      ),
    },
  ]);
  const unasked = await gh().repair(d, ["--apply", planned.path]);
  expect(unasked).toMatchObject({ exitCode: 4 });
  expect(await networksOf(d, "devlake")).toEqual([]);

  const { resultPath } = await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1"],
    changes: {},
    urls: usual,
  });

  expect(await sameOf(d, "devlake")).toBe(before);
  const undone = await gh().repair(d, ["undo", resultPath, "--approve", "s1"]);
  expect(undone, undone.stderr).toMatchObject({ exitCode: 0 });
  expect(await networksOf(d, "devlake")).toEqual([]);
  expect(await sameOf(d, "devlake")).toBe(before);
});

test("a database that runs off its network is connected again under every name that it had", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  const before = await sameOf(d, "mysql");
  await cutOff(d, "mysql");

  const planned = await planOnly(gh(), d);

  expect(planned.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["reconnect_networks", { services: ["mysql"] }],
  ]);
  await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1"],
    changes: {},
    urls: usual,
  });
  expect(await sameOf(d, "mysql")).toBe(before);
});

test("a stopped container off its network is connected, then started as it is", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  await cutOff(d, "devlake");
  const id = await inspected(d, "devlake", "{{.Id}} {{json .Config.Env}}");

  const planned = await planOnly(gh(), d);

  expect(planned.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["reconnect_networks", { services: ["devlake"] }],
    ["start_stopped_services", { services: ["config-ui", "devlake"] }],
  ]);
  await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1"],
    changes: {},
    urls: usual,
  });
  expect(await inspected(d, "devlake", "{{.Id}} {{json .Config.Env}}")).toBe(id);
});

test("a backend that starts again and again off its network is connected while it waits for its next start", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  // Stopped on its network, so that the database knows that it went.
  await d.compose("stop", "-t", "5", "devlake");
  await cutOff(d, "devlake");
  await d.docker("start", `${d.project}-devlake-1`);
  const before = await inspected(d, "devlake", "{{.Id}} {{json .Config.Env}}");
  // Each wait is twice as long as the one before it; this one is long enough to plan and to apply in it.
  await waitUntil("it waits long for its next start", async () => {
    const [restarts, status] = (await inspected(d, "devlake", "{{.RestartCount}} {{.State.Status}}")).split(
      " ",
    );
    return Number(restarts) >= 8 && status === "restarting";
  });
  const planned = await planOnly(gh(), d);
  expect(planned.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["reconnect_networks", { services: ["devlake"] }],
  ]);

  await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1"],
    changes: {},
    urls: usual,
  });

  expect(await inspected(d, "devlake", "{{.Id}} {{json .Config.Env}}")).toBe(before);
  expect(await networksOf(d, "devlake")).toEqual([`${d.project}_default`]);
});

test("a container on one of its two networks is connected to the other, with its aliases and address", async () => {
  await using d = await seededDeployment();
  const file = join(d.dir, "docker-compose.yml");
  const text = await readFile(file, "utf8");
  const networks =
    "    networks:\n      default:\n      back: {aliases: [lake-db], ipv4_address: 10.214.0.9}\n";
  await writeFile(
    file,
    `${text.replace("  mysql:\n", `  mysql:\n${networks}`)}\nnetworks:\n  back:\n    ipam:\n      config:\n        - subnet: 10.214.0.0/24\n`,
  );
  await d.up("-t", "1");
  await d.waitReady();
  await waitUntil(
    "the backend reads its data from the new database container",
    async () => (await d.get("devlake", "/plugins/github/connections")).status === 200,
  );
  const precious = await preciousOf(d);
  const before = await sameOf(d, "mysql");
  const name = `${d.project}-mysql-1`;
  await d.docker("network", "disconnect", `${d.project}_back`, name);

  const planned = await planOnly(gh(), d);

  expect(planned.plan.steps.map(({ preview }) => preview)).toEqual([
    expect.stringContaining(
      `connect container ${name} to network ${d.project}_back as ${name}, mysql, lake-db with the address 10.214.0.9\n`,
    ),
  ]);
  await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1"],
    changes: {},
    urls: usual,
  });
  expect(await sameOf(d, "mysql")).toBe(before);
  const back = JSON.parse(await inspected(d, "mysql", "{{json .NetworkSettings.Networks}}"))[
    `${d.project}_back`
  ];
  expect(back).toMatchObject({
    IPAMConfig: { IPv4Address: "10.214.0.9" },
    Aliases: expect.arrayContaining(["mysql", "lake-db"]),
  });
});
