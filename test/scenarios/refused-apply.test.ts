import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useGhDevlake } from "./gh-devlake.ts";
import { everythingOf, packed, planOnly } from "./repair-run.ts";
import { seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

function unapproved(steps: string): unknown {
  return expect.stringContaining(packed(`error: nobody has approved ${steps}; nothing was changed hint: `));
}

test("an apply that may not run says why and changes nothing", async () => {
  await using d = await seededDeployment();
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  const held = await d.holdPort(8080);
  const { path } = await planOnly(gh(), d);
  let before = await everythingOf(d);
  const refusal = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await gh().repair(d, ["--apply", path, ...args]);
    expect(await everythingOf(d)).toEqual(before);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/\n\s+at /);
    return [exitCode, packed(stderr)];
  };

  // Nobody approved, and nobody can be asked.
  expect(await refusal()).toEqual([4, unapproved("s1, s2")]);
  expect(await refusal("--approve", "s2")).toEqual([4, unapproved("s1")]);
  // What is recreated cannot be undone, and no blanket yes covers it.
  expect(await refusal("--approve", "safe")).toEqual([4, unapproved("s2")]);
  expect(await refusal("--no-input")).toEqual([4, unapproved("s1, s2")]);
  expect(await refusal("--approve", "s9")).toEqual([
    9,
    expect.stringContaining(packed("--approve names no step of the plan: s9 hint: its steps are s1, s2")),
  ]);

  const linted = await gh().repair(d, ["lint", "--live", path]);
  expect(linted).toMatchObject({ exitCode: 0 });
  expect(linted.stdout).toContain(`✓ ${path} is sound\n  compared with the deployment as it is now`);

  // The port became free, so the plan is not for this situation any more.
  await held[Symbol.asyncDispose]();
  const moved = await gh().repair(d, ["lint", "--live", path]);
  expect(moved).toMatchObject({ exitCode: 9 });
  expect(packed(moved.stdout)).toContain(
    packed('local.port.8080.holder was {"kind":"process","name":"node"}'),
  );
  expect(moved.stdout).toContain("P0601");
  expect(await refusal("--approve", "safe")).toEqual([
    5,
    expect.stringContaining(
      packed('s1: local.port.8080.holder was {"kind":"process","name":"node"}, is {"kind":"free"}'),
    ),
  ]);

  // Taken again, but somebody edited the Compose file.
  await using _again = await d.holdPort(8080);
  const compose = join(d.dir, "docker-compose.yml");
  const text = await readFile(compose, "utf8");
  await writeFile(compose, `${text}# edited meanwhile\n`);
  before = await everythingOf(d);
  expect(await refusal("--approve", "safe")).toEqual([
    5,
    expect.stringMatching(/s1:local\.compose\.source\.docker-compose\.ymlwas.*hint:nothingwaschanged/),
  ]);
  await writeFile(compose, text);

  // A plan that somebody edited by hand must still be what the catalog makes of its arguments.
  const file = join(d.dir, path);
  const plan = await readFile(file, "utf8");
  await writeFile(file, plan.replace("+      - 8085:8080", "+      - 8086:8080"));
  before = await everythingOf(d);
  expect(await refusal("--approve", "safe")).toEqual([
    9,
    expect.stringContaining(packed("the preview of step s1 is not what the step would do")),
  ]);
  await writeFile(file, plan.replace(/validUntil: .*/, "validUntil: 2026-01-01T00:00:00Z"));
  before = await everythingOf(d);
  expect(await refusal("--approve", "safe")).toEqual([
    4,
    expect.stringContaining(packed("was valid until 2026-01-01T00:00:00Z")),
  ]);
});

test("a plan made from facts that somebody made up is not applied to the deployment that is otherwise", async () => {
  await using d = await seededDeployment();
  await d.compose("stop", "-t", "1", "config-ui");
  expect(await gh().repair(d, ["inspect", "-o", "seen.json"])).toMatchObject({ exitCode: 0 });
  const bundle = JSON.parse(await readFile(join(d.dir, "seen.json"), "utf8"));
  bundle.facts["local.container.config-ui.exit-code"] = { value: 143 };
  await writeFile(join(d.dir, "seen.json"), JSON.stringify(bundle));
  const planned = await gh().repair(d, ["--plan-only", "--facts", "seen.json", "-o", "x.plan.yaml"]);
  expect(planned.stdout).toContain("f1 service_stopped");
  expect(await gh().repair(d, ["lint", "x.plan.yaml"])).toMatchObject({ exitCode: 0 });
  const before = await everythingOf(d);

  const applied = await gh().repair(d, ["--apply", "x.plan.yaml", "--no-input"]);
  const linted = await gh().repair(d, ["lint", "--live", "x.plan.yaml"]);

  expect(applied).toMatchObject({ exitCode: 5, stdout: "" });
  expect(packed(applied.stderr)).toContain(
    packed(
      "the deployment does not show what the plan says: f1: service_stopped (blocking): 1 of 4 services is stopped: config-ui (exit 143)",
    ),
  );
  expect(linted.exitCode).toBe(9);
  expect(linted.stdout).toContain("P0603");
  expect(await everythingOf(d)).toEqual(before);
});
