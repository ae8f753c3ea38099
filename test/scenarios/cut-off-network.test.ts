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

/**
 * While a container that loops waits for its next start, Engine 28 refuses to connect it, and connects it with that start:
 * `docker inspect` lists the network from then on, and to ask again is refused for that.
 */
async function network(d: Deployment, verb: "connect" | "disconnect", service: Service): Promise<void> {
  const [net, container] = [`${d.project}_default`, `${d.project}-${service}-1`] as const;
  const words = ["network", verb, ...(verb === "connect" ? ["--alias", service] : []), net, container];
  let said = "";
  await waitUntil(`${container} is ${verb}ed`, async () => {
    said = (await d.docker(...words)).stderr;
    const { stdout } = await d.docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", container);
    return Object.hasOwn(JSON.parse(stdout), net) === (verb === "connect");
  }).catch((cause: unknown) => {
    throw new Error(`docker ${words.join(" ")} said at last: ${said}`, { cause });
  });
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
  await network(d, "disconnect", "devlake");

  await expectCutOff(d, "devlake", 10);

  await d.compose("stop", "-t", "1", "devlake");
  await expectCutOff(d, "devlake", 1);
  await d.compose("start", "devlake");
  await expectCutOff(d, "devlake", 1);

  // The database has not noticed that the first one went.
  await network(d, "connect", "devlake");
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
  await network(d, "disconnect", "mysql");
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });

  await expectCutOff(d, "mysql", 10);

  await network(d, "connect", "mysql");
  await expectHealthy(gh(), d);
});
