import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Deployment, createDeployment } from "../stack/deployment.ts";
import type { CommandResult } from "../stack/run-command.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { everythingOf, packed, planOnly } from "./repair-run.ts";

const gh = useGhDevlake();

test("files that Compose cannot read: escalated, with the file and the way out", async () => {
  await using d = await createDeployment();
  const [compose, env] = [join(d.dir, "docker-compose.yml"), join(d.dir, ".env")];
  const [composeText, envText] = [await readFile(compose, "utf8"), await readFile(env, "utf8")];

  await writeFile(compose, composeText.replace("services:", "services: ["));
  const notYaml = await planOnly(gh(), d, { exitCode: 3 });
  await writeFile(compose, composeText);
  await rm(env);
  const missing = await planOnly(gh(), d, { exitCode: 3 });
  await mkdir(env);
  const directory = await planOnly(gh(), d, { exitCode: 3 });
  await rm(env, { recursive: true });
  await writeFile(env, envText);

  expect(notYaml.plan.findings).toMatchObject([
    {
      class: "compose_file_invalid",
      summary: expect.stringMatching(/yaml: line \d+: did not find expected/),
    },
  ]);
  expect(notYaml.plan.nextSteps[0]).toContain("docker compose config");
  expect(missing.plan.findings).toMatchObject([
    { class: "env_file_missing", summary: expect.stringContaining(`${env} does not exist`) },
  ]);
  expect(missing.plan.nextSteps[0]).toContain("do not make a new ENCRYPTION_SECRET");
  expect(directory.plan.findings).toMatchObject([
    { class: "env_file_missing", summary: expect.stringContaining(".env is a directory") },
  ]);
  expect(directory.plan.nextSteps[0]).toContain("rmdir .env");
});

/** The deployment's directory mounted read-only, as far as the command sees. */
const readOnly = 'mount --bind . "$PWD" && mount -o remount,ro,bind "$PWD" && cd "$PWD" && exec "$@"';
/** On a disk of its own that is full to the last block. */
const full = `
  copy=$(mktemp -d) && cp -a . "$copy" && mount -t tmpfs -o size=64k none "$PWD" && cp -a "$copy/." "$PWD" &&
  rm -r "$copy" && cd "$PWD" || exit 99
  dd if=/dev/zero of=filler bs=4k 2>"$1/dd.log"
  shift
  "$@"
  code=$?
  find plans -type f >&2
  sha256sum docker-compose.yml .env >&2
  exit $code`;

async function inMount(d: Deployment, script: string, args: readonly string[]): Promise<CommandResult> {
  const log = script === full ? [gh().home] : [];
  return d.exec("unshare", ["--mount", "sh", "-c", script, "sh", ...log, ...gh().command, ...args], {
    env: gh().env,
  });
}

test("a directory that cannot be written: the plan is still shown, and an apply changes nothing", async () => {
  await using d = await createDeployment();
  await d.holdPort(8080);
  const elsewhere = join(gh().home, "elsewhere.plan.yaml");
  const sums = (await d.exec("sha256sum", ["docker-compose.yml", ".env"])).stdout;
  const before = await everythingOf(d);

  for (const [script, reason, words] of [
    [readOnly, "EROFS", "its file system is read-only"],
    [full, "ENOSPC", "no space left"],
  ] as const) {
    const plan = await inMount(d, script, ["--plan-only"]);

    expect(plan, plan.stderr).toMatchObject({ exitCode: 9 });
    expect(plan.stdout).toContain('host port 8080 is held by process "node"');
    expect(packed(plan.stderr)).toMatch(
      new RegExp(`error:"plans/\\S*port-8080-held-by-node\\.plan\\.yaml"cannotbewritten:${reason}`),
    );
    expect(packed(plan.stderr)).toContain(packed("hint: name a place that you may write to"));

    const there = await inMount(d, script, ["--plan-only", "--force", "-o", elsewhere]);
    expect(there, there.stderr).toMatchObject({ exitCode: 0 });
    const apply = await inMount(d, script, ["--apply", elsewhere, "--approve", "s1,s2"]);

    // Its journal is kept elsewhere, so it begins; what it could not write is as it was.
    expect(apply, apply.stderr).toMatchObject({ exitCode: 6 });
    expect(packed(apply.stdout)).toContain(packed(words));
    expect(packed(apply.stdout)).toContain(packed("everything is as it was before"));
    for (const { stderr } of [plan, apply]) {
      expect(stderr).not.toMatch(/^\s+at /m);
      // No half-written plan is left, and the files are as they were.
      if (script === full) expect(stderr.endsWith(sums)).toBe(true);
      expect(stderr).not.toMatch(/^plans\//m);
    }
  }

  expect(await everythingOf(d)).toEqual(before);
});
