import { expect, test } from "vitest";
import { useGhDevlake } from "./gh-devlake.ts";
import { everythingOf } from "./repair-run.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

test("a healthy deployment: nothing to do, nothing written, nothing changed", async () => {
  await using d = await seededDeployment();
  const before = await everythingOf(d);

  const planOnly = await gh().repair(d, ["--plan-only"]);
  const detailed = await gh().repair(d, ["--plan-only", "--detailed-exitcode"]);
  const whole = await gh().repair(d, []);
  const json = await gh().repair(d, ["--plan-only", "--json"]);

  expect(planOnly).toMatchObject({ exitCode: 0, stdout: "✓ Healthy: nothing to do" });
  expect(detailed).toMatchObject({ exitCode: 0 });
  expect(whole).toMatchObject({ exitCode: 0, stdout: "✓ Healthy: nothing to do" });
  expect(json.exitCode).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({
    path: null,
    digest: null,
    plan: { outcome: "healthy", findings: [], steps: [], nextSteps: [] },
  });
  expect(await everythingOf(d)).toEqual(before);
});
