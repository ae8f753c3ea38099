import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { everythingOf, expectNoSecretAnywhere, expectRecovered, plansOf, resultAt } from "./repair-run.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";
import { type Terminal, openTerminal } from "./terminal.ts";
import { changedLines, ownFiles } from "./written-files.ts";

const gh = useGhDevlake();
const first = "Run this plan? 2 steps, 2 of them asked about again; y yes, n no:";
const question = "Run step s1? y yes, n no, d details, q quit:";

function sitDown(d: Deployment, command = gh().command): Promise<Terminal> {
  const { env } = gh();
  return openTerminal([...d.enter, ...command], { cwd: d.dir, env: { ...env, ...d.env } });
}

/** Only a command to be copied may be wider than the terminal. */
function linesTooWide(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.length > 80 && !line.trimStart().startsWith("gh devlake "));
}

/** Everything but the plans and results, which every sitting leaves. */
async function worldOf(d: Deployment): Promise<unknown> {
  return ((await everythingOf(d)) as readonly unknown[]).slice(0, 4);
}

test("all stages in one sitting: no, quit, Ctrl-C, then details and yes", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  await d.holdPort(8080);
  const before = await worldOf(d);
  const files = await ownFiles(d.dir);

  for (const [answer, state] of [
    ["n", "declined"],
    ["q", "declined"],
  ] as const) {
    await using terminal = await sitDown(d);
    await terminal.waitFor(first);
    await terminal.type("y");
    await terminal.waitFor(question);
    // Enter alone approves nothing.
    await terminal.press("Enter");
    await terminal.waitFor("nothing was typed");
    await terminal.type(answer);

    expect(await terminal.exitCode()).toBe(4);
    const text = await terminal.text();
    expect(text).toContain(state);
    expect(linesTooWide(text)).toEqual([]);
    expect(await worldOf(d)).toEqual(before);
  }
  {
    const known = await plansOf(d);
    // The launcher itself, because gh ends at once on Ctrl-C, and with it this terminal.
    await using terminal = await sitDown(d, gh().launcher);
    await terminal.waitFor(first);
    await terminal.type("y");
    await terminal.waitFor(question);
    await terminal.press("C-c");

    expect(await terminal.exitCode()).toBe(130);
    const plan = (await plansOf(d)).find((path) => !known.includes(path)) ?? "no plan";
    const interrupted = plan.replace(/\.yaml$/, ".result.json");
    expect(await resultAt(d, interrupted)).toMatchObject({
      outcome: "interrupted",
      steps: [{ id: "s1" }, { id: "s2", state: "not-run" }],
    });
    expect(await worldOf(d)).toEqual(before);
  }

  {
    await using terminal = await sitDown(d);
    await terminal.waitFor(first);
    await terminal.type("n");

    expect(await terminal.exitCode()).toBe(4);
    expect(await terminal.text()).toContain("the plan was declined at the terminal; nothing was changed");
    expect(await worldOf(d)).toEqual(before);
  }

  await using terminal = await sitDown(d);
  await terminal.waitFor(first);
  await terminal.type("y");
  const asked = await terminal.waitFor(question);
  expect(asked).toContain('host port 8080 is held by process "node", so devlake cannot start');
  expect(asked).toMatch(/-\s+- 8080:8080\n\s+\+\s+- 8085:8080\n/);
  await terminal.type("d");
  const details = await terminal.waitFor(question);
  expect(details).toContain("Step s1: what it rests on");
  expect(details).toMatch(/local\.port\.8080\.holder: process node/);
  expect(await worldOf(d)).toEqual(before);
  await terminal.type("y");
  const second = await terminal.waitFor("Run step s2? y yes, n no, d details, q quit:");
  expect(second).toMatch(/ports: 8080 -> 8085\n/);
  await terminal.type("y");

  expect(await terminal.exitCode()).toBe(0);
  const text = await terminal.text();
  expect(text).toContain("Repaired: every health check passed and kept passing");
  expect(linesTooWide(text)).toEqual([]);
  await expectRecovered(d, {
    devlake: "http://localhost:8085",
    grafana: "http://localhost:3004",
    "config-ui": "http://localhost:4004",
  });
  expect(await preciousOf(d)).toEqual(precious);
  const after = await ownFiles(d.dir);
  expect(after[".env"]).toBe(files[".env"]);
  expect(changedLines(files["docker-compose.yml"] ?? "", after["docker-compose.yml"] ?? "")).toHaveLength(8);
  const resultPath = /gh devlake repair verify (\S+)/.exec(text)?.[1] ?? "no next command";
  const result = await resultAt(d, resultPath);
  expect(result.steps[0]?.approval).toMatchObject({ how: "terminal", step: "s1" });
  expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });
  await expectNoSecretAnywhere(gh(), d);
});
