import { expect, test } from "vitest";
import type { Deployment, Service } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { expectHealthy, expectLeftToAPerson, keptThingsOf } from "./left-to-a-person.ts";
import { classesIn, looksAt } from "./looks.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
/** The plan connects it again, which somebody has to approve. */
const outcome = { exitCode: 0 } as const;

/** The engine refuses it in the moment in which a container that loops is started again. */
async function network(d: Deployment, ...words: readonly string[]): Promise<void> {
  await waitUntil(
    `docker network ${words.join(" ")}`,
    async () => (await d.docker("network", ...words)).exitCode === 0,
  );
}

/** All looks find that and nothing else; an unattended repair touches nothing and claims nothing. */
async function expectCutOff(d: Deployment, service: Service, looks: number): Promise<void> {
  const kept = await keptThingsOf(d);

  const planned = await looksAt(gh(), d, looks, outcome);
  const ran = await gh().repair(d, ["--no-input"]);

  expect(classesIn(planned)).toEqual(["network_cut_off"]);
  expect([...new Set(planned.map(({ plan }) => plan.findings[0]?.summary))]).toEqual([
    `${service} is cut off from the network ${d.project}_default, so no other service reaches it`,
  ]);
  expect(ran.exitCode).not.toBe(0);
  expect(ran.stdout).not.toMatch(/Repaired|Healthy/);
  expect(await keptThingsOf(d)).toEqual(kept);
}

test("a backend cut off its network, running, stopped and started, and the lock that it leaves behind", async () => {
  await using d = await seededDeployment();
  const [net, backend] = [`${d.project}_default`, `${d.project}-devlake-1`] as const;
  await network(d, "disconnect", net, backend);

  await expectCutOff(d, "devlake", 10);

  await d.compose("stop", "-t", "1", "devlake");
  await expectCutOff(d, "devlake", 1);
  await d.compose("start", "devlake");
  await expectCutOff(d, "devlake", 1);

  // The database has not noticed that the first one went.
  await network(d, "connect", "--alias", "devlake", net, backend);
  await d.compose("restart", "-t", "1", "devlake");
  await waitUntil("it has given up once", async () =>
    (await d.logs("devlake")).includes("locking _devlake_locking_stub timeout"),
  );
  await expectLeftToAPerson(gh(), d, {
    looks: 2,
    class: "other_instance",
    words: /another DevLake works on the same database/,
  });
  await d.compose("restart", "-t", "5", "mysql");
  // The one waits longer before each start, the other remembers for minutes which address the backend had.
  await d.compose("restart", "-t", "1", "devlake", "config-ui");
  await expectHealthy(gh(), d);
});

test("a database cut off its network, under a backend that says it is ready", async () => {
  await using d = await seededDeployment();
  const [net, database] = [`${d.project}_default`, `${d.project}-mysql-1`] as const;
  await network(d, "disconnect", net, database);
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });

  await expectCutOff(d, "mysql", 10);

  await network(d, "connect", "--alias", "mysql", net, database);
  await expectHealthy(gh(), d);
});
