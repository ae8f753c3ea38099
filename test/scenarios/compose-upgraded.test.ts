import { expect, test } from "vitest";
import type { Deployment, Service } from "../stack/deployment.ts";
import { composeOf, otherComposeProgram } from "../stack/other-compose.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import {
  addDashboards,
  containerOf,
  edit,
  expectLeftAlone,
  keptOf,
  secretCopiesOf,
  withOtherHash,
} from "./kept.ts";
import { applyAndCheck, type Planned, planOnly } from "./repair-run.ts";
import { canaries, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;
const all = ["mysql", "grafana", "devlake", "config-ui"] as const;

/** Made by another Compose than the one that repairs: a real one where there is one, else by the labels that it writes. */
async function upgradedDeployment(): Promise<Deployment> {
  const composeProgram = await otherComposeProgram();
  await using stack = new AsyncDisposableStack();
  const d = stack.use(await seededDeployment(composeProgram === undefined ? {} : { composeProgram }));
  if (composeProgram === undefined) for (const service of all) await withOtherHash(d, service);
  await d.waitReady();
  const { stdout } = await d.compose("version", "--short");
  for (const service of all) expect(stdout).not.toContain(await composeOf(d, service));
  stack.move();
  return d;
}

/** By its own rules, which no comparison of settings shows: with nothing changed. */
async function recreatedByCompose(d: Deployment): Promise<readonly string[]> {
  const { stdout, stderr } = await d.compose("up", "-d", "--dry-run");
  return all.filter((service) =>
    new RegExp(`Container ${d.project}-${service}-1 +Recreate`).test(`${stdout}${stderr}`),
  );
}

/** Whatever the plan does, these containers are the same afterwards, and nothing that is needed is less. */
async function expectRepaired(d: Deployment, planned: Planned, same: readonly Service[]): Promise<void> {
  const kept = await keptOf(d);
  const before = await Promise.all(same.map((service) => containerOf(d, service)));

  const approve = planned.plan.steps.some(({ effect }) => effect === "mutating") ? ["--approve", "s1"] : [];
  await applyAndCheck(gh(), d, planned, kept.precious, { approve, changes: {}, urls: usual });

  expect(await Promise.all(same.map((service) => containerOf(d, service)))).toEqual(before);
  const after = await keptOf(d);
  expect(after.secretCopies).toEqual(expect.arrayContaining([...kept.secretCopies]));
  expect(after).toMatchObject({ precious: kept.precious, dashboards: 3 });
}

test("an upgraded Compose recreates nothing in a repair, though the backend alone holds the secret", async () => {
  await using d = await upgradedDeployment();
  await addDashboards(d);
  expect(await recreatedByCompose(d)).toEqual(expect.arrayContaining(["grafana", "devlake", "config-ui"]));

  // Out of the file, and with config-ui the second copy goes.
  await edit(d, ".env", (text) => text.replace(/^ENCRYPTION_SECRET=.*\n/m, ""));
  await d.docker("rm", "-f", `${d.project}-config-ui-1`);
  expect(await secretCopiesOf(d)).toEqual(["devlake"]);
  const planned = await planOnly(gh(), d);
  expect(planned.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["retry_local_compose_up", { services: ["config-ui"] }],
  ]);
  await expectRepaired(d, planned, ["mysql", "grafana", "devlake"]);
  expect(await secretCopiesOf(d)).toEqual(["devlake"]);

  // Nothing is made in the place of a backend whose secret is nowhere else.
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  const alone = await planOnly(gh(), d, { exitCode: 3 });
  expect(alone.plan.nextSteps.join("\n")).toContain(`docker inspect ${d.project}-devlake-1`);
  await expectLeftAlone(gh(), d, alone);
  expect(await secretCopiesOf(d)).toEqual(["devlake"]);

  // Back in the file, as the answer says: started as it is, by whatever Compose it was made.
  await edit(d, ".env", (text) => `${text}\nENCRYPTION_SECRET='${canaries.secret}'\n`);
  const stopped = await planOnly(gh(), d);
  expect(stopped.plan.steps.map(({ tool }) => tool)).toEqual(["start_stopped_services"]);
  await expectRepaired(d, stopped, all);
  expect(await secretCopiesOf(d)).toEqual([".env", "devlake"]);
}, 600_000);
