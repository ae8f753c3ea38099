import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { beginComposeConfig, runBegunAhead } from "../../../src/adapters/compose/compose-config-ahead.ts";
import type { CommandResult, RunCommand } from "../../../src/adapters/process/command.ts";

// No `docker` there: what is begun ends at once, and still shows that it was begun.
const around = { cwd: import.meta.dirname, env: { PATH: "/nowhere" } };

const answer = (stdout: string): CommandResult => ({ kind: "exited", exitCode: 0, stdout, stderr: "" });

it.each([[["repair"]], [["repair", "--plan-only", "-o", "x.yaml"]]])("begins for %j", async (args) => {
  const ahead = beginComposeConfig(args, around);

  expect(ahead?.cwd).toBe(around.cwd);
  expect(await ahead?.result).toEqual({ kind: "not_found" });
});

it.each([
  [[]],
  [["--version"]],
  [["help", "repair"]],
  [["repair", "lint", "x.yaml"]],
  [["repair", "--help"]],
  [["repair", "--plan-only", "-h"]],
  [["repair", "--dir", "elsewhere"]],
  [["repair", "--dir=elsewhere"]],
  [["repair", "--plan-only", "--facts=f.json"]],
  [["repair", "--apply", "plans/a.plan.yaml"]],
])("begins nothing for %j, which does not ask at once in this directory", (args) => {
  expect(beginComposeConfig(args, around)).toBeUndefined();
});

it("begins nothing where Docker's own settings lead into the directory", () => {
  const env = { ...around.env, DOCKER_CONFIG: ".docker" };

  expect(beginComposeConfig(["repair"], { ...around, env })).toBeUndefined();
});

it("begins no program of the directory, and gives none of our variables on", async () => {
  const root = await mkdtemp(join(tmpdir(), "compose-config-ahead-"));
  await writeFile(join(root, "docker"), "#!/bin/sh\necho planted\n", { mode: 0o755 });
  const bin = await mkdtemp(join(root, "bin-"));
  await writeFile(join(bin, "docker"), "#!/bin/sh\nexport\n", { mode: 0o755 });
  const env = { PATH: `.::${bin}:/usr/bin:/bin`, GH_DEVLAKE_SIGNING_KEY: "canary", TAG: "v1" };

  const begun = await beginComposeConfig(["repair"], { cwd: root, env })?.result;

  const { stdout } = begun?.kind === "exited" ? begun : { stdout: "" };
  expect(stdout).toMatch(/TAG='?"?v1/);
  expect(stdout).toMatch(/COMPOSE_EXPERIMENTAL_GIT_REMOTE='?"?0/);
  expect(stdout).not.toMatch(/planted|canary|GH_DEVLAKE/);
  await rm(root, { recursive: true });
});

it("does not throw when the directory is gone, so that the command can say so", async () => {
  const ahead = beginComposeConfig(["repair"], { ...around, cwd: "/nowhere" });

  await expect(ahead?.result).rejects.toThrow("/nowhere is not a directory");
});

it("answers once from what was begun, in that directory only, and anew ever after", async () => {
  const run: RunCommand = () => Promise.resolve(answer("anew"));
  const ahead = runBegunAhead(run, {
    cwd: "/here",
    result: Promise.resolve(answer("ahead")),
    abandon: () => undefined,
  });
  const config = ["compose", "config", "--format", "json"];
  const ask = async (args: readonly string[], cwd: string): Promise<string> => {
    const result = await ahead("docker", args, { cwd, timeoutMs: 1 });
    return result.kind === "exited" ? result.stdout : result.kind;
  };

  expect(await ask(["compose", "version"], "/here")).toBe("anew");
  expect(await ask(config, "/there")).toBe("anew");
  expect(await ask(config, "/here")).toBe("ahead");
  expect(await ask(config, "/here")).toBe("anew");
});

it("does not hold up a command that has no use for it, whatever Docker does", async () => {
  const directory = await mkdtemp(join(tmpdir(), "compose-config-ahead-"));
  await writeFile(join(directory, "docker"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  const main = join(import.meta.dirname, "../../../src/main.ts");
  const begin = performance.now();

  const { exitCode, stderr } = await execa(process.execPath, [main, "repair", "--unknown-flag"], {
    cwd: directory,
    env: { PATH: `${directory}:/usr/bin:/bin`, HOME: directory },
    extendEnv: false,
    reject: false,
  });

  expect({ exitCode, stderr }).toEqual({ exitCode: 9, stderr: expect.stringContaining("--unknown-flag") });
  expect(performance.now() - begin).toBeLessThan(15_000);
  await rm(directory, { recursive: true });
});
