import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parsePlanFile } from "../../src/plan/files/plan-file.ts";
import { createDeployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { packed, planOnly } from "./repair-run.ts";

const gh = useGhDevlake();

test("an engine that was stopped, or is nowhere: escalated with what to do, whichever setting names it", async () => {
  await using d = await createDeployment();
  const socket = d.env["DOCKER_HOST"] ?? "";
  await d.stopEngine();

  const stopped = await planOnly(gh(), d, { exitCode: 3 });

  expect(stopped.plan).toMatchObject({
    outcome: "escalate",
    steps: [],
    findings: [
      {
        class: "docker_engine_unreachable",
        severity: "blocking",
        summary: expect.stringContaining(`no Docker Engine answers at ${socket} (from `),
      },
    ],
  });
  expect(stopped.plan.findings[0]?.summary).toContain("DOCKER_HOST");
  expect(stopped.plan.nextSteps).toEqual([
    expect.stringContaining("sudo systemctl start docker"),
    "if that address is wrong, take it back: `unset DOCKER_HOST`",
    "check that it answers: `docker version`",
    "then run again: `gh devlake repair`",
  ]);
  const shown = packed(stopped.ran.stdout).replaceAll("`", "");
  for (const step of stopped.plan.nextSteps) expect(shown).toContain(packed(step).replaceAll("`", ""));
  expect(stopped.ran.stdout).not.toContain("--apply");
  // There is nothing in it to apply, and saying so is no failure of the tool.
  expect(await gh().repair(d, ["--apply", stopped.path, "--approve", "safe"])).toMatchObject({ exitCode: 3 });
  expect(await gh().repair(d, [])).toMatchObject({ exitCode: 3 });

  const nowhere = await gh().repair(d, ["--plan-only", "--json"], {
    env: { DOCKER_HOST: "tcp://127.0.0.1:9" },
  });
  expect(nowhere.exitCode).toBe(3);
  expect(JSON.parse(nowhere.stdout).plan.findings[0].summary).toContain("tcp://127.0.0.1:9");

  const env = { ...gh().env, DOCKER_HOST: "", DOCKER_CONTEXT: "" };
  await d.exec("docker", ["context", "create", "far", "--docker", "host=tcp://127.0.0.1:9"], { env });
  const context = { env: { ...env, DOCKER_CONTEXT: "far" } };
  const byContext = await gh().repair(d, ["--plan-only", "--json"], context);
  expect(byContext.exitCode).toBe(3);
  const { plan } = JSON.parse(byContext.stdout);
  expect(plan.findings[0].summary).toMatch(/tcp:\/\/127\.0\.0\.1:9 \(from .*DOCKER_CONTEXT/);
  expect(plan.nextSteps).toContain(
    "if your engine is somewhere else, choose it: `docker context ls`, then `docker context use NAME`",
  );
});

test("a socket that this user may not open: escalated, with the way to be let in", async () => {
  await using d = await createDeployment();
  const mine = join(gh().home, "of-nobody");
  await mkdir(mine);
  await chmod(mine, 0o777);
  const plan = join(mine, "denied.plan.yaml");

  const ran = await d.exec(
    "setpriv",
    ["--reuid=65534", "--regid=65534", "--clear-groups", ...gh().command, "--plan-only", "-o", plan],
    { env: { ...gh().env, XDG_STATE_HOME: mine, XDG_CONFIG_HOME: mine } },
  );

  expect(ran, ran.stderr).toMatchObject({ exitCode: 3 });
  const parsed = parsePlanFile(await readFile(plan, "utf8"));
  expect(parsed).toMatchObject({
    kind: "ok",
    plan: {
      outcome: "escalate",
      findings: [{ class: "docker_permission_denied" }],
      nextSteps: [
        `look who owns the socket: \`ls -l ${(d.env["DOCKER_HOST"] ?? "").replace("unix://", "")}\``,
        expect.stringContaining('sudo usermod -aG docker "$USER"'),
        expect.stringContaining("docker context ls"),
        "then run again: `gh devlake repair`",
      ],
    },
  });
});
