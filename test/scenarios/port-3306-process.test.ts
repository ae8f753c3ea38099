import { expect, test } from "vitest";
import { useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

test("port 3306 held by a process of the host: only the database's port moves", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "1");
  await d.holdPort(3306);
  expect(await d.compose("up", "-d")).toMatchObject({ exitCode: 1 });

  const planned = await planOnly(gh(), d);

  const { plan } = planned;
  expect(plan.findings.map((finding) => finding.class)).toEqual(["port_conflict_host_process"]);
  expect(plan.findings[0]).toMatchObject({
    summary: 'host port 3306 is held by process "node", so mysql cannot start',
    evidence: ["local.port.3306.holder", "local.container.mysql.error"],
  });
  expect(plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["rewrite_local_ports_to_alt_bundle", { bundle: { mysql: 3307 } }],
    ["recreate_services", { services: ["mysql"] }],
    ["start_stopped_services", { services: ["config-ui", "devlake", "grafana"] }],
  ]);

  await applyAndCheck(gh(), d, planned, precious, {
    // Less than Compose has at most, so that what is left of it is handed on.
    approve: ["--approve", "s1,s2", "--timeout", "120"],
    changes: { "docker-compose.yml": ["-- 3306:3306", "+- 3307:3306"] },
    urls: {
      devlake: "http://localhost:8080",
      grafana: "http://localhost:3002",
      "config-ui": "http://localhost:4000",
    },
  });
  expect(await d.url("mysql")).toBe("http://localhost:3307");
});
