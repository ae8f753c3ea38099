import { expect, test } from "vitest";
import { rootCommand } from "../../src/cli/root.ts";
import type { CliServices } from "../../src/flows/services.ts";
import { runStrict } from "../../src/cli/strict-args.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { planOf, recorded } from "../plan/recorded-facts.ts";
import { plain80 } from "../ui/sample-plans.ts";
import { families } from "../../src/targets/index.ts";

const plan = planOf(recorded("port-8080-process"));

/** What `repair show` prints of a plan. */
async function shown(changed: typeof plan, ...flags: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const services: Partial<CliServices> = {
    families,
    version: "0.1.0",
    node: "24.15.0",
    style: plain80,
    print: (text) => void printed.push(text),
    files: {
      read: async () => Buffer.from(writePlanFile(changed)),
      exists: async () => true,
      write: async () => expect.unreachable("show writes nothing"),
    },
  };
  await runStrict(rootCommand(services as CliServices), ["repair", "show", "a.plan.yaml", ...flags], {
    print: (text) => void printed.push(text),
    colour: false,
  });
  return printed.join("");
}

test("a plan without facts is shown as not proven, in each format", async () => {
  const { facts: _facts, ...bare } = plan;
  const deployed = {
    ...bare,
    metadata: { ...bare.metadata, target: { ...bare.metadata.target, directory: "a b" } },
  };
  const command = 'gh devlake repair lint --live a.plan.yaml --dir "a b"';

  expect(await shown(deployed)).toMatch(/^! not proven: the plan records no facts/);
  expect(await shown(deployed)).toContain(`\n  ${command}\n`);
  expect(await shown(deployed, "--format", "markdown")).toMatch(/^> \[!WARNING\]\n> not proven: /);
  expect(await shown(deployed, "--format", "markdown")).toContain(`<code>${command}</code>`);
  expect(JSON.parse(await shown(deployed, "--json"))).toMatchObject({ isProven: false });
});

test("a plan with its facts is not", async () => {
  expect(await shown(plan)).not.toContain("not proven");
  expect(await shown(plan, "--format", "markdown")).toMatch(/^## Repair: /);
  expect(JSON.parse(await shown(plan, "--json"))).toMatchObject({ isProven: true });
});
