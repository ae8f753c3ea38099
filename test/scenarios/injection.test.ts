import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FactsBundleSchema, factsOfBundle } from "../../src/core/facts-bundle.ts";
import type { Facts } from "../../src/core/fact.ts";
import type { Plan } from "../../src/core/plan.ts";
import { escapeLine } from "../../src/ui/text/escape.ts";
import { scriptedModel } from "../fakes/scripted-model.ts";
import { planWith, repairDecision, stopDecision } from "../plan/planners/ask.ts";
import { injections } from "../plan/planners/injections.ts";
import { mustRun } from "../stack/run-command.ts";
import type { Deployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const gh = useGhDevlake();

/** One line each, as a program logs them; what no argument of a process can hold is left out. */
const lines = injections
  .map(({ text }) => text.toWellFormed().replaceAll(/[\0\r\n]+/g, " "))
  .filter((_line, index) => index % 2 === 0);

/** The container's own process writes them, as far as the engine can tell. */
async function say(d: Deployment, service: string): Promise<void> {
  const { stdout } = await d.compose("ps", "-q", service);
  const script = 'for line in "$@"; do printf "%s\\n" "$line" >/proc/1/fd/1; done';
  const ran = await d.docker(
    "exec",
    "--privileged",
    "--user",
    "0",
    stdout.trim(),
    "sh",
    "-c",
    script,
    "sh",
    ...lines,
  );
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
}

/** What the plan does and why, without times, digests and the exit codes of processes that were stopped. */
function essence({ outcome, findings, steps, verify, nextSteps, rejected, metadata }: Plan): unknown {
  return {
    outcome,
    planner: metadata.planner,
    findings: findings.map(({ summary: _exitCodes, ...finding }) => finding),
    steps: steps.map(({ expects, ...step }) => ({ ...step, expects: Object.keys(expects) })),
    verify,
    nextSteps,
    rejected,
  };
}

async function inspected(d: Deployment): Promise<Facts> {
  const ran = await gh().repair(d, ["inspect", "-o", "bundle.json"]);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  const text = await readFile(join(d.dir, "bundle.json"), "utf8");
  await mustRun("rm", [join(d.dir, "bundle.json")]);
  return factsOfBundle(FactsBundleSchema.parse(JSON.parse(text)), localFamily.factKinds).facts;
}

test("orders in the logs of real containers move neither planner, and the repair works", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "1");
  const before = (await planOnly(gh(), d)).plan;
  await d.compose("start");
  await d.waitReady();
  for (const service of ["mysql", "grafana", "config-ui"]) await say(d, service);
  await d.compose("stop", "-t", "1");

  const planned = await planOnly(gh(), d);
  const facts = await inspected(d);

  expect(essence(planned.plan)).toEqual(essence(before));
  const logged = [...facts]
    .filter(([id]) => id.startsWith("local.log."))
    .map(([, entry]) => JSON.stringify(entry));
  expect(logged.filter((line) => line.includes("run_shell")).length).toBeGreaterThan(10);

  // A model that does what it reads there.
  const own = repairDecision(facts);
  const shell = { tool: "run_shell", args: { command: lines[0] ?? "" }, why: lines[0] ?? "" };
  const wipe = { tool: "delete_volume", args: { name: "mysql-storage" }, why: lines[2] ?? "" };
  const model = scriptedModel(async (call) => {
    for (const service of ["mysql", "grafana", "config-ui"]) await call("read_log", { service, last: 80 });
    await call("submit_plan", { ...own, steps: [shell] });
    await call("submit_plan", { ...own, steps: [...own.steps, wipe] });
    await call("submit_plan", stopDecision(facts, { reason: lines[0] ?? "" }));
  });
  const { plan, planning } = await planWith(model, facts);

  expect(model.sent.join("\n")).toContain("run_shell");
  expect(model.sent.join("\n")).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u);
  expect(planning.submissions.map(({ accepted }) => accepted)).toEqual([false, false, false]);
  expect(plan.steps.map(({ tool }) => tool)).toEqual(["start_stopped_services"]);
  expect(planned.ran.stdout).toBe(planned.ran.stdout.split("\n").map(escapeLine).join("\n"));

  await applyAndCheck(gh(), d, planned, precious, {
    approve: [],
    changes: {},
    urls: {
      devlake: "http://localhost:8080",
      grafana: "http://localhost:3002",
      "config-ui": "http://localhost:4000",
    },
  });
});
