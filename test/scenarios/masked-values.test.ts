import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { addDashboards, containerOf, edit, keptOf } from "./kept.ts";
import {
  applyAndCheck,
  everythingOf,
  expectNoSecretAnywhere,
  expectRecovered,
  packed,
  planOnly,
} from "./repair-run.ts";
import { canaries, seededDeployment } from "./seeded-deployment.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const gh = useGhDevlake();
const usual = {
  devlake: "http://localhost:8080",
  grafana: "http://localhost:3002",
  "config-ui": "http://localhost:4000",
} as const;
const others = ["mysql", "grafana", "devlake"] as const;
/** What the missing container would be started with, and what somebody would have it started with instead. */
const [mine, evil] = ["/opt/Reviewed1.so", "/opt/Planted2.so"] as const;
const [pass, otherPass] = ["ReviewedPass11word", "PlantedPass22word"] as const;

/** A variable out of `.env`, which the backend sees too, and one of a file that nobody but config-ui reads. */
async function withMaskedValues(d: Deployment): Promise<void> {
  await edit(d, ".env", (text) => `${text}\nPRELOAD=${mine}\n`);
  await writeFile(join(d.dir, "ui.env"), `ADMIN_PASS=${pass}\n`);
  await edit(d, "docker-compose.yml", (text) =>
    text
      .replace("DEVLAKE_ENDPOINT:", "LD_PRELOAD: ${PRELOAD}\n      DEVLAKE_ENDPOINT:")
      .replace(/(config-ui:[\s\S]*?- \.\/\.env\n)/, "$1      - ./ui.env\n"),
  );
  await d.up("-t", "1");
  await d.waitReady();
}

/** Neither the secrets nor the values that were changed, wherever a plan, a result or a message goes. */
async function expectNoValueAnywhere(d: Deployment): Promise<void> {
  await expectNoSecretAnywhere(gh(), d);
  const { stdout } = await d.exec("grep", ["-rlE", [mine, evil, pass, otherPass].join("|"), "plans"]);
  expect(stdout).toBe("");
  expectNoValueIn(gh().said.join("\n"));
}

function expectNoValueIn(text: string): void {
  for (const value of [mine, evil, pass, otherPass]) expect(text).not.toContain(value);
}

test("a masked value that changed after review makes the plan stale, and back again it runs", async () => {
  await using d = await seededDeployment();
  await withMaskedValues(d);
  await addDashboards(d);
  const kept = await keptOf(d);
  const before = await Promise.all(others.map((service) => containerOf(d, service)));
  await d.docker("rm", "-f", `${d.project}-config-ui-1`);
  const planned = await planOnly(gh(), d);
  expect(planned.plan.steps.map(({ tool, args }) => [tool, args])).toEqual([
    ["retry_local_compose_up", { services: ["config-ui"] }],
  ]);
  expect(planned.plan.steps[0]?.preview).toContain("LD_PRELOAD");

  for (const [file, is, becomes, named] of [
    [".env", mine, evil, "environment.LD_PRELOAD"],
    [".env", canaries.secret, "ANOTHERSECRETANOTHERSECRET", "environment.ENCRYPTION_SECRET"],
    ["ui.env", pass, otherPass, "environment.ADMIN_PASS"],
  ] as const) {
    await edit(d, file, (text) => text.replace(is, becomes));
    const world = await everythingOf(d);

    const refused = await gh().repair(d, ["--apply", planned.path, "--approve", "s1"]);
    const linted = await gh().repair(d, ["lint", "--live", planned.path]);

    expect([refused.exitCode, refused.stdout]).toEqual([5, ""]);
    expect(changedIn(refused.stderr)).toContain(named);
    expect(linted.exitCode).toBe(9);
    expect(linted.stdout).toContain("P0601");
    expect(changedIn(linted.stdout)).toContain(named);
    expect(await everythingOf(d)).toEqual(world);
    await expectNoValueAnywhere(d);
    await edit(d, file, (text) => text.replace(becomes, is));
  }
  const linted = await gh().repair(d, ["lint", "--live", planned.path]);
  expect(linted, linted.stdout).toMatchObject({ exitCode: 0 });
  await applyAndCheck(gh(), d, planned, kept.precious, {
    approve: ["--approve", "s1"],
    changes: {},
    urls: usual,
  });
  expect(await Promise.all(others.map((service) => containerOf(d, service)))).toEqual(before);
  expect(await keptOf(d)).toEqual(kept);
  await expectNoValueAnywhere(d);
});

/** The settings of config-ui that are said to have changed although nobody is shown them. */
function changedIn(text: string): readonly string[] {
  const changed = /changedsincetheplanwasmade,thoughnobodyisshownitsvalue:(\S*?)ofconfig-ui/;
  return changed.exec(packed(text))?.[1]?.split(",") ?? [text];
}

test("of a plan that another user made the question names the settings that nobody could compare", async () => {
  await using d = await seededDeployment();
  await withMaskedValues(d);
  await addDashboards(d);
  const kept = await keptOf(d);
  const before = await Promise.all(others.map((service) => containerOf(d, service)));
  await d.docker("rm", "-f", `${d.project}-config-ui-1`);
  const sitDown = async (name: string): Promise<Terminal> => {
    const path = `plans/${name}.plan.yaml`;
    const made = await gh().repair(d, ["--plan-only", "-o", path], {
      env: { XDG_STATE_HOME: join(gh().home, "state-of-another") },
    });
    expect(made, made.stderr).toMatchObject({ exitCode: 0 });
    // Changed or not, what nobody kept cannot be said to have changed; so it is asked about.
    await edit(d, "ui.env", (text) => text.replace(pass, otherPass));
    const linted = await gh().repair(d, ["lint", "--live", path]);
    expect(linted, linted.stdout).toMatchObject({ exitCode: 0 });
    return openTerminal([...d.enter, ...gh().command, "--apply", path], {
      cwd: d.dir,
      env: { ...gh().env, ...d.env },
    });
  };

  {
    await using terminal = await sitDown("declined");
    const world = await worldOf(d);
    const asked = await untilAsked(terminal);
    expect(comparedNot(asked)).toEqual(
      expect.arrayContaining(["ADMIN_PASS", "ENCRYPTION_SECRET", "LD_PRELOAD", "PRELOAD"]),
    );
    // Shown with its value, so compared with the facts of the plan.
    expect(comparedNot(asked)).not.toContain("TZ");
    await terminal.type("n");
    expect(await terminal.exitCode()).toBe(4);
    expectNoValueIn(await terminal.text());
    expect(await worldOf(d)).toEqual(world);
    await edit(d, "ui.env", (text) => text.replace(otherPass, pass));
  }

  await using terminal = await sitDown("approved");
  await untilAsked(terminal);
  await terminal.type("y");
  expect(await terminal.exitCode()).toBe(0);
  expectNoValueIn(await terminal.text());
  await expectRecovered(d, usual);
  expect(await Promise.all(others.map((service) => containerOf(d, service)))).toEqual(before);
  expect(await keptOf(d)).toEqual(kept);
  await expectNoValueAnywhere(d);
});

/** Everything but the plans and results, which every sitting leaves. */
async function worldOf(d: Deployment): Promise<unknown> {
  return ((await everythingOf(d)) as readonly unknown[]).slice(0, 4);
}

/** Past the question whether to begin, to that of the step. */
async function untilAsked(terminal: Terminal): Promise<string> {
  await terminal.waitFor("Run this plan? 1 step, 1 of them asked about again; y yes, n no:");
  await terminal.type("y");
  return terminal.waitFor("Run step s1? y yes, n no, d details, q quit:");
}

/** The variables of config-ui that the question warns of. */
function comparedNot(asked: string): readonly string[] {
  const warned = /Beware:notcomparedwithwhatwasreviewed:(\S+?)ofconfig-ui/.exec(packed(asked))?.[1] ?? asked;
  return warned.split(",").map((setting) => setting.replace(/^environment\./, ""));
}
