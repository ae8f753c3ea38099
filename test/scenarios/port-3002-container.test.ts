import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { discover } from "./gh-devlake-discovery.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

/** What a repair must leave alone: the very container, its start, and what was written into it. */
async function stateOf(d: Deployment, container: string): Promise<string> {
  const format =
    "{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}} {{json .NetworkSettings.Ports}}";
  const inspected = await d.docker("inspect", "--format", format, container);
  const data = await d.docker("exec", container, "cat", "/data-of-the-other");
  return `${inspected.stdout}\n${data.stdout}`;
}

test("port 3002 held by a container of another project, which is left as it is", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("down", "-t", "1");
  const foreign = await d.foreignContainer({ port: 3002 });
  await d.docker("exec", foreign.name, "sh", "-c", "echo precious >/data-of-the-other");
  const foreignBefore = await stateOf(d, foreign.name);
  expect(foreignBefore).toContain("precious");
  expect(await d.compose("up", "-d")).toMatchObject({ exitCode: 1 });

  const planned = await planOnly(gh(), d);

  const { plan } = planned;
  expect(plan.findings[0]).toMatchObject({
    class: "port_conflict_container",
    summary: `host port 3002 is published by container "${foreign.name}" (project ${foreign.project}), so grafana cannot start`,
    evidence: expect.arrayContaining(["local.port.3002.holder"]),
  });
  expect(plan.steps.map(({ tool }) => tool)).toEqual([
    "rewrite_local_ports_to_alt_bundle",
    "recreate_services",
  ]);

  await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1,s2"],
    changes: {
      "docker-compose.yml": [
        "-- 3002:3000",
        "+- 3004:3000",
        '-GF_SERVER_ROOT_URL: "http://localhost:4000/grafana"',
        '+GF_SERVER_ROOT_URL: "http://localhost:4004/grafana"',
        "-- 8080:8080",
        "+- 8085:8080",
        "-- 4000:4000",
        "+- 4004:4000",
      ],
    },
    urls: {
      devlake: "http://localhost:8085",
      grafana: "http://localhost:3004",
      "config-ui": "http://localhost:4004",
    },
  });

  expect(await stateOf(d, foreign.name)).toBe(foreignBefore);
  expect(await discover(d)).toBe("http://localhost:8085 by port 8085");
});
