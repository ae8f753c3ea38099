import { expect, test } from "vitest";
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

test("config-ui that stayed down after the engine's restart, then all services stopped, are started", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.restartEngine();
  await waitUntil(
    "the backend is ready again",
    async () => (await d.get("devlake", "/ready")).status === 200,
  );
  await waitUntil(
    "Grafana is up again",
    async () => (await d.get("grafana", "/grafana/api/health")).status === 200,
  );
  expect(await d.state("config-ui")).toMatchObject({ Status: "exited", ExitCode: 137 });

  const restarted = await planOnly(gh(), d);

  expect(restarted.plan.findings.map((finding) => finding.class)).toEqual(["service_stopped"]);
  expect(restarted.plan.findings[0]).toMatchObject({
    summary: "1 of 4 services is stopped: config-ui (exit 137); the containers are whole",
    evidence: ["local.container.config-ui.state", "local.container.config-ui.exit-code"],
  });
  expect(restarted.plan.summary.ifNothingIsDone).toBe("DevLake works only in part");
  expect(restarted.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["start_stopped_services", { services: ["config-ui"] }],
  ]);
  await applyAndCheck(gh(), d, restarted, precious, { approve: [], changes: {}, urls: usual });

  await d.compose("stop", "-t", "1");

  const stopped = await planOnly(gh(), d);

  expect(stopped.plan.findings.map((finding) => finding.class)).toEqual(["service_stopped"]);
  expect(stopped.plan.findings[0]?.summary).toMatch(/^all 4 services are stopped: config-ui \(exit 137\)/);
  expect(stopped.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["start_stopped_services", { services: ["config-ui", "devlake", "grafana", "mysql"] }],
  ]);
  await applyAndCheck(gh(), d, stopped, precious, { approve: [], changes: {}, urls: usual });
});
