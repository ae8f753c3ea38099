import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDeployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { planOnly } from "./repair-run.ts";

const gh = useGhDevlake();

test("a port on an address that the host does not have: nothing is started, until the files name another", async () => {
  await using d = await createDeployment();
  const file = join(d.dir, "docker-compose.yml");
  const files = await readFile(file, "utf8");
  await writeFile(file, files.replace("- 8080:8080", '- "192.0.2.7:8080:8080"'));
  expect(await d.compose("up", "-d")).toMatchObject({ exitCode: 1 });

  const { plan } = await planOnly(gh(), d, { exitCode: 3 });

  expect(plan.findings[0]).toMatchObject({
    class: "endpoint_invalid",
    summary:
      "devlake could not be started: its port is published on the address 192.0.2.7 that the engine's host does not have",
    evidence: expect.arrayContaining(["local.container.devlake.error"]),
  });
  await writeFile(file, files);
  const corrected = await planOnly(gh(), d);
  expect(corrected.plan.steps.map(({ tool }) => tool)).toEqual([
    "recreate_services",
    "start_stopped_services",
  ]);
});

test("a start that the engine refuses for a reason that no rule knows is left to a person, with its words", async () => {
  await using d = await createDeployment();
  await appendFile(join(d.dir, "docker-compose.override.yml"), override);
  expect(await d.compose("up", "-d")).toMatchObject({ exitCode: 1 });

  const { plan, ran } = await planOnly(gh(), d, { exitCode: 3 });

  expect(plan).toMatchObject({ outcome: "escalate", steps: [] });
  expect(plan.findings.map((finding) => finding.class)).toContain("unknown");
  expect(ran.stdout.replaceAll(/\n +/g, " ")).toMatch(/local\.container\.grafana\.error +"?.*\/nosuch/);
});

const override = `services:
  grafana:
    entrypoint: ["/nosuch"]
`;
