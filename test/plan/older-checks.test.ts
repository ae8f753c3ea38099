import { expect, test } from "vitest";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import { planFor, run, throughFile } from "../fakes/fake-run.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const older = ["backend_ready", "grafana_healthy", "config_ui_reaches_backend"] as const;

test("a plan that was made before data and steadiness were asked is sound, and its run asks both", async () => {
  const world = worlds.stoppedWorld(["config-ui"]);
  const { plan } = await planFor(world);
  const { facts } = await world.eyes().inspect();
  const { facts: _none, ...rest } = plan;
  const parsed = throughFile({ ...rest, verify: [...older] });

  expect(plan.verify).toEqual(["backend_ready", "data_readable", ...older.slice(1), "services_steady"]);
  expect(checkPlan(localFamily, parsed, facts)).toMatchObject({ diagnostics: [], stale: [] });
  const { account } = await run(world, parsed.plan);
  expect(account.outcome).toBe("repaired");
  expect(account.health.map(({ check }) => check)).toEqual(plan.verify);
});

test("one that leaves out anything else is not", async () => {
  const world = worlds.stoppedWorld(["config-ui"]);
  const { plan } = await planFor(world);
  const { facts } = await world.eyes().inspect();
  const { facts: _none, ...rest } = plan;
  const parsed = throughFile({ ...rest, verify: ["backend_ready"] });

  expect(checkPlan(localFamily, parsed, facts).diagnostics.map(({ code }) => code)).toEqual(["P0411"]);
});
