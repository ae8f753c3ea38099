import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { composeText } from "../fakes/broken-worlds.ts";

const program = path.join(import.meta.dirname, "..", "..", "src", "main.ts");
const own = { GH_DEVLAKE_SIGNING_KEY: "canary-sign", GH_DEVLAKE_MODEL_API_KEY: "canary-model" };

/** What a stranger puts beside the Compose file, hoping that we start it. */
const planted = ["docker", "docker-compose", "git", "ssh", "ss", "lsof", "netstat", "gh", "node", "env"];

function script(marks: string, name: string, more: string): string {
  return `#!/bin/sh\nexport > "${marks}/${name}-$$"\n${more}\n`;
}

/**
 * A checkout with those programs, and a user with others of the same names in an absolute directory. Each writes
 * down that it ran, with its environment.
 */
function checkout() {
  const root = mkdtempSync(path.join(tmpdir(), "law-12-children-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const made = Object.fromEntries(
    ["checkout", "bin", "home", "strange", "real"].map((name) => [name, path.join(root, name)]),
  ) as Record<"checkout" | "bin" | "home" | "strange" | "real", string>;
  for (const directory of Object.values(made)) mkdirSync(directory);
  for (const name of planted) {
    writeFileSync(path.join(made.checkout, name), script(made.strange, name, "exit 1"), { mode: 0o755 });
  }
  const model = JSON.stringify({ name: "lake", services: { mysql: { image: "mysql:8" } } });
  const docker = `case "$*" in *version*) echo 2.26.1 ;; *config*) echo '${model}' ;; esac`;
  for (const [name, more] of [
    ["docker", docker],
    ["git", "exit 1"],
    ["ssh", "exit 255"],
    ["gh", "exit 1"],
  ] as const) {
    writeFileSync(path.join(made.bin, name), script(made.real, name, more), { mode: 0o755 });
  }
  writeFileSync(path.join(made.checkout, "docker-compose.yml"), composeText);
  writeFileSync(path.join(made.checkout, ".env"), "ENCRYPTION_SECRET=x\nLD_PRELOAD=./x.so\n");
  return made;
}

type Checkout = ReturnType<typeof checkout>;

async function repair(made: Checkout, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [program, "repair", ...args], {
    cwd: made.checkout,
    env: {
      ...own,
      PATH: `.:./bin::${made.bin}:/usr/bin:/bin:`,
      HOME: made.home,
      DOCKER_HOST: "ssh://nowhere.invalid",
      GH_TOKEN: "canary-token",
      ...more,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { exitCode: child.exitCode, stdout, stderr };
}

/** What the user's own programs were given, by program. */
function given(made: Checkout, name: string): readonly string[] {
  const marks = readdirSync(made.real).filter((mark) => mark.startsWith(`${name}-`));
  return marks.map((mark) => readFileSync(path.join(made.real, mark), "utf8"));
}

describe("a program in the deployment's directory", () => {
  it.each([
    [["inspect"]],
    [["--plan-only", "--no-input"]],
    [["--no-input", "--planner", "auto"]],
    [["--apply", "stranger.plan.yaml", "--no-input"]],
  ])("is not started by %j, though PATH has the directory in it", async (args) => {
    const made = checkout();
    const example = path.join(import.meta.dirname, "..", "..", "test", "fixtures", "plans");
    const [name = ""] = readdirSync(example).filter((file) => file.endsWith(".plan.yaml"));
    writeFileSync(path.join(made.checkout, "stranger.plan.yaml"), readFileSync(path.join(example, name)));

    const ran = await repair(made, args);

    expect(readdirSync(made.strange), ran.stderr).toEqual([]);
  });

  it("is not started by way of Docker's settings either", async () => {
    const made = checkout();
    const plugins = path.join(made.checkout, ".docker", "cli-plugins");
    mkdirSync(plugins, { recursive: true });
    writeFileSync(path.join(plugins, "docker-compose"), `#!/bin/sh\ntouch "${made.strange}/plugin"\n`, {
      mode: 0o755,
    });

    const refused = await repair(made, ["inspect"], { DOCKER_CONFIG: ".docker" });

    expect(refused).toMatchObject({ exitCode: 9, stderr: expect.stringContaining("DOCKER_CONFIG=.docker") });
    expect(readdirSync(made.strange)).toEqual([]);
    expect(readdirSync(made.real)).toEqual([]);
  });
});

describe("a child", () => {
  it("gets no secret of ours, and only Compose what is the user's", async () => {
    const made = checkout();

    await repair(made, ["--plan-only", "--no-input"]);

    const [docker, ssh] = [given(made, "docker").join("\n"), given(made, "ssh").join("\n")];
    expect(docker).toContain("canary-token");
    expect(docker).toMatch(/COMPOSE_EXPERIMENTAL_GIT_REMOTE=['"]?0/);
    expect(docker).toMatch(/LD_PRELOAD=(?:''|"")?$/m);
    expect(ssh).toContain(made.home);
    expect(ssh).not.toContain("canary");
    expect(`${docker}${ssh}`).not.toMatch(/canary-sign|canary-model|GH_DEVLAKE/);
    expect(`${docker}${ssh}`).toMatch(new RegExp(`PATH=['"]?${made.bin}:/usr/bin:/bin['"]?$`, "m"));
  });
});
