import { expect, test } from "vitest";
import { ports } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { lockDatabase } from "./locked-database.ts";
import { expectRecovered, packed, planOnly, resultAt } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";
import { openTerminal } from "./terminal.ts";

const gh = useGhDevlake();

test("Ctrl-C in the middle of a step: it is signed how far it came", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  await d.holdPort(ports.devlake.host);
  const letGo = await lockDatabase(d);
  const { path } = await planOnly(gh(), d);
  const resultPath = path.replace(/\.yaml$/, ".result.json");
  const { env, launcher } = gh();
  const apply = [...d.enter, ...launcher, "--apply", path, "--approve", "s1,s2"];
  await using terminal = await openTerminal(apply, { cwd: d.dir, env: { ...env, ...d.env } });
  await terminal.waitFor("waiting for backend_ready");

  await terminal.press("C-c");

  expect(await terminal.exitCode()).toBe(130);
  expect(packed(await terminal.text())).not.toContain(packed("a fault of gh devlake repair itself"));
  const result = await resultAt(d, resultPath);
  expect(result).toMatchObject({
    outcome: "interrupted",
    steps: [
      { id: "s1", state: "done" },
      { id: "s2", state: "unknown", reason: expect.stringContaining("backend_ready") },
    ],
  });
  expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });

  // What had been done so far was whole: nothing is left to repair once the database is free.
  await letGo();
  await d.waitReady();
  expect(await gh().repair(d, ["--plan-only"])).toMatchObject({
    exitCode: 0,
    stdout: "✓ Healthy: nothing to do",
  });
  await expectRecovered(d, {
    devlake: "http://localhost:8085",
    grafana: "http://localhost:3004",
    "config-ui": "http://localhost:4004",
  });
  expect(await preciousOf(d)).toEqual(precious);
});
