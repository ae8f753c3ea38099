import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../e2e/checkout.ts";
import { createDeployment } from "../stack/deployment.ts";
import { useGhDevlake } from "./gh-devlake.ts";

const gh = useGhDevlake();
const planted = ["docker", "docker-compose", "git", "ssh", "ss", "lsof", "netstat", "gh", "sh"];

test("a whole repair starts no program that lies beside the Compose file", async () => {
  await using d = await createDeployment();
  const marks = join(gh().home, "marks");
  await mkdir(marks);
  for (const name of planted) {
    await writeFile(join(d.dir, name), `#!/bin/sh\n: > "${marks}/${name}"\nexit 1\n`, { mode: 0o755 });
  }
  const env = {
    ...gh().env,
    PATH: `.::${gh().env["PATH"]}`,
    GH_DEVLAKE_MODEL_API_KEY: "canary-of-the-model",
  };
  // Neither through gh nor the launcher: what those start is not ours to choose.
  const program = [join(repositoryRoot, "dist/main.js"), "repair"];
  const repair = (...args: readonly string[]) => d.exec(process.execPath, [...program, ...args], { env });

  const inspected = await repair("inspect");
  const planned = await repair("--plan-only", "--no-input");
  const [plan = "no plan"] = await readdir(join(d.dir, "plans"));
  const applied = await repair("--apply", join("plans", plan), "--approve", "s1");

  expect(inspected, inspected.stderr).toMatchObject({ exitCode: 0 });
  expect(planned, planned.stderr).toMatchObject({ exitCode: 0 });
  expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
  expect(await readdir(marks)).toEqual([]);
  const container = `${d.project}-devlake-1`;
  const { stdout: environment } = await d.docker("inspect", "-f", "{{json .Config.Env}}", container);
  expect(environment).not.toContain("canary");
});
