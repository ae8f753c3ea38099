import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useGhDevlake } from "./gh-devlake.ts";
import { addDashboards, containerOf, edit, expectLeftAlone, keptOf, secretCopiesOf } from "./kept.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { canaries, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;

test("a `down` that was cut off, a backend that has the secret alone, and containers of other files", async () => {
  await using d = await seededDeployment();
  await addDashboards(d);
  const kept = await keptOf(d);

  // `down` removes in the order of the dependencies, and was stopped before it came to the database.
  await d.docker("rm", "-f", `${d.project}-config-ui-1`, `${d.project}-devlake-1`);
  await d.docker("stop", "-t", "1", `${d.project}-grafana-1`);
  const before = [await containerOf(d, "mysql"), await containerOf(d, "grafana")];
  const planned = await planOnly(gh(), d);
  expect(planned.plan.steps.map(({ tool, args, effect }) => [tool, args, effect])).toEqual([
    ["start_stopped_services", { services: ["grafana"] }, "safe"],
    ["retry_local_compose_up", { services: ["config-ui", "devlake"] }, "mutating"],
  ]);
  await applyAndCheck(gh(), d, planned, kept.precious, {
    approve: ["--approve", "s2"],
    changes: {},
    urls: usual,
  });
  expect([await containerOf(d, "mysql"), await containerOf(d, "grafana")]).toEqual(before);
  expect(await keptOf(d)).toEqual(kept);

  // Removed from the file, and the network that a new start needs is gone.
  await edit(d, ".env", (text) => text.replace(/^ENCRYPTION_SECRET=.*$/m, "ENCRYPTION_SECRET=ANOTHERSECRET"));
  await d.docker("rm", "-f", `${d.project}-config-ui-1`);
  await d.compose("stop", "-t", "1");
  await d.docker("network", "prune", "-f");
  expect(await secretCopiesOf(d)).toEqual(["devlake"]);
  const alone = await planOnly(gh(), d, { exitCode: 3 });
  expect(alone.plan.nextSteps.join("\n")).toContain(`${d.project}-devlake-1`);
  await expectLeftAlone(gh(), d, alone);
  expect(await secretCopiesOf(d)).toEqual(["devlake"]);
  // Back in the file, as the answer says.
  await edit(d, ".env", (text) =>
    text.replace("ENCRYPTION_SECRET=ANOTHERSECRET", `ENCRYPTION_SECRET='${canaries.secret}'`),
  );
  const again = await planOnly(gh(), d);
  expect(again.plan.steps.map(({ tool }) => tool)).toEqual(["recreate_services", "retry_local_compose_up"]);
  await applyAndCheck(gh(), d, again, kept.precious, {
    approve: ["--approve", "s1,s2"],
    changes: {},
    urls: usual,
  });
  expect(await keptOf(d)).toEqual(kept);

  // The same project, started from another directory and another file.
  await using elsewhere = await otherDirectory(d.dir);
  const other = ["-p", d.project, "-f", join(elsewhere.path, "other.yml")];
  await d.compose("down", "-t", "1");
  expect(await d.exec("docker", ["compose", ...other, "up", "-d"])).toMatchObject({ exitCode: 0 });
  await d.waitReady();
  await d.docker("rm", "-f", `${d.project}-config-ui-1`);
  const foreign = await planOnly(gh(), d, { exitCode: 3 });
  expect(foreign.plan.findings).toContainEqual(
    expect.objectContaining({ class: "other_instance", summary: expect.stringContaining("other.yml") }),
  );
  await expectLeftAlone(gh(), d, foreign);
  expect((await keptOf(d)).precious).toEqual(kept.precious);
}, 600_000);

async function otherDirectory(dir: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "gh-devlake-elsewhere-"));
  await cp(join(dir, ".env"), join(path, ".env"));
  await cp(join(dir, "docker-compose.yml"), join(path, "other.yml"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
