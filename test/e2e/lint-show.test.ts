import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot, temporaryDirectory } from "./checkout.ts";

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let directory: string;
let good: string;

const facts = join(repositoryRoot, "examples/port-conflict.facts.json");
const otherFacts = join(repositoryRoot, "examples/container-conflict.facts.json");

/** The built program in an empty directory, as a pipe sees it. */
function repair(...args: readonly string[]) {
  return execa(process.execPath, [join(repositoryRoot, "dist/main.js"), "repair", ...args], {
    cwd: directory,
    env: { PATH: process.env["PATH"] ?? "", HOME: directory, LANG: "C.UTF-8" },
    extendEnv: false,
    reject: false,
  });
}

async function written(name: string, text: string): Promise<string> {
  await writeFile(join(directory, name), text);
  return name;
}

beforeAll(async () => {
  temporary = await temporaryDirectory();
  directory = join(temporary.path, "deployment");
  await mkdir(directory);
  const made = await repair("--plan-only", "--facts", facts, "-o", "good.plan.yaml");
  expect(made.stderr).toBe("");
  good = await readFile(join(directory, "good.plan.yaml"), "utf8");
});

afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
});

describe("repair lint", () => {
  it("finds nothing wrong with a plan that it made itself, without and with its facts", async () => {
    const alone = await repair("lint", "good.plan.yaml");
    const compared = await repair("lint", "good.plan.yaml", "--facts", facts);

    expect(alone).toMatchObject({ exitCode: 0, stderr: "" });
    expect(alone.stdout).toMatch(/✓ good\.plan\.yaml is sound\n {2}proven with the facts in the plan/);
    expect(compared).toMatchObject({ exitCode: 0, stderr: "" });
    expect(compared.stdout).toMatch(
      /✓ good\.plan\.yaml is sound\n {2}compared with .*port-conflict\.facts\.json/,
    );
  });

  it("names what is wrong, where, and goes on to the next file", async () => {
    const bad = await written("bad.plan.yaml", good.replace("tool: recreate_services", "tool: run_shell"));
    const { stdout, exitCode } = await repair("lint", bad, "absent.plan.yaml", "good.plan.yaml");

    const line = good.split("\n").findIndex((each) => each.includes("tool: recreate_services")) + 1;
    expect(exitCode).toBe(9);
    expect(stdout).toContain(`error[P0302]: the catalog has no tool "run_shell"\n`);
    expect(stdout).toContain(`--> bad.plan.yaml:${line}:11\n`);
    expect(stdout).toMatch(new RegExp(`\\n${line} \\| {5}tool: run_shell\\n +\\| {11}\\^\\n`));
    expect(stdout).toContain("error[P0001]:");
    expect(stdout).toContain("✓ good.plan.yaml is sound");
    expect(stdout).toMatch(/2 of 3 files refused$/);
  });

  it("says that the deployment is another or has moved", async () => {
    const { stdout, exitCode } = await repair("lint", "good.plan.yaml", "--facts", otherFacts);

    expect(exitCode).toBe(9);
    expect(stdout).toContain("error[P0601]:");
  });

  it("refuses a preview that was edited, by the facts in the plan and by a bundle", async () => {
    const edited = await written("edited.plan.yaml", good.replace("then wait for:", "then wait long for:"));
    const alone = await repair("lint", edited);
    const compared = await repair("lint", edited, "--facts", facts);

    for (const { exitCode, stdout } of [alone, compared]) {
      expect(exitCode).toBe(9);
      expect(stdout).toContain("error[P0404]:");
    }
  });

  it("warns of a plan that has expired and does not refuse it", async () => {
    const old = good
      .replace(/createdAt: .*/, "createdAt: 2019-12-31T12:00:00Z")
      .replace(/validUntil: .*/, "validUntil: 2020-01-01T00:00:00Z");
    const { stdout, exitCode } = await repair("lint", await written("old.plan.yaml", old));

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^warning\[P0602\]:/);
    expect(stdout).toContain("1 warning in old.plan.yaml");
  });

  it("prints the same as JSON", async () => {
    const bad = await written("json.plan.yaml", good.replace("kind: RepairPlan", "kind: Other"));
    const { stdout, exitCode } = await repair("lint", bad, "good.plan.yaml", "--json");

    expect(exitCode).toBe(9);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      files: [
        {
          file: bad,
          ok: false,
          diagnostics: [{ code: "P0202", severity: "error", path: "kind", line: 3, column: 7 }],
        },
        { file: "good.plan.yaml", ok: true, diagnostics: [] },
      ],
    });
  });

  it("never lets a file reach the terminal", async () => {
    const hostile = await written("hostile.plan.yaml", `a: "\u001b]0;owned\u0007\u202e" \u001b[2J\n`);
    const { stdout, exitCode } = await repair("lint", hostile);

    expect(exitCode).toBe(9);
    expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it("checks policies, even one that forbids to repair or that holds here itself", async () => {
    const disabled = { apiVersion: "devlake-repair.policy/v1", kind: "RepairPolicy", disabled: true };
    await written(".devlake-repair.yaml", JSON.stringify(disabled));
    try {
      const both = await repair("lint", ".devlake-repair.yaml", "good.plan.yaml");
      const shown = await repair("show", "good.plan.yaml");
      const planned = await repair("--plan-only", "--facts", facts, "-o", "no.plan.yaml");
      await written(".devlake-repair.yaml", JSON.stringify({ ...disabled, tools: { deny: ["clean"] } }));
      const broken = await repair("lint", ".devlake-repair.yaml");

      expect(both).toMatchObject({ exitCode: 0, stderr: "" });
      expect(both.stdout).toMatch(/✓ \.devlake-repair\.yaml is sound\n✓ good\.plan\.yaml is sound\n/);
      expect(shown.exitCode).toBe(0);
      expect(planned.exitCode).toBe(10);
      expect(broken.exitCode).toBe(9);
      expect(broken.stdout).toContain('error[P0302]: the catalog has no tool "clean"');
    } finally {
      await rm(join(directory, ".devlake-repair.yaml"));
    }
  });

  it.each([
    [["lint"], "FILE is missing"],
    [["lint", "good.plan.yaml", "--live", "--facts", "x"], "--live does not go with --facts"],
    [
      ["show", "good.plan.yaml", "--json", "--format", "markdown"],
      "--json does not go with --format markdown",
    ],
    [["show", "good.plan.yaml", "--format", "html"], 'cannot be "html"'],
    [["show", "good.plan.yaml", "good.plan.yaml"], "unexpected word"],
  ])("%j is refused", async (args, message) => {
    const { stderr, stdout, exitCode } = await repair(...args);

    expect({ exitCode, stdout }).toEqual({ exitCode: 9, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("repair show", () => {
  it("shows the plan and how to apply it", async () => {
    const { stdout, exitCode } = await repair("show", "good.plan.yaml");

    expect(exitCode).toBe(0);
    expect(stdout).toContain("rewrite_local_ports_to_alt_bundle");
    expect(stdout).toMatch(/gh devlake repair --apply good\.plan\.yaml$/);
  });

  it("makes a comment for a pull request", async () => {
    const { stdout, exitCode } = await repair("show", "good.plan.yaml", "--format", "markdown");

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^## Repair: /);
    expect(stdout).toContain("```mermaid\nflowchart LR\n");
    expect(stdout).toContain("gh devlake repair --apply good.plan.yaml --approve s1");
    expect(stdout.match(/<details>/g)).toHaveLength(2);
  });

  it("gives the plan as JSON, with the digest that approvals name", async () => {
    const { stdout } = await repair("show", "good.plan.yaml", "--json");
    const digest = createHash("sha256").update(good).digest("hex");

    expect(JSON.parse(stdout)).toMatchObject({
      path: "good.plan.yaml",
      digest: `sha256:${digest}`,
      plan: { kind: "RepairPlan", outcome: "repair" },
    });
    expect((await repair("show", "good.plan.yaml", "--format", "json")).stdout).toBe(stdout);
  });

  it("refuses what is no plan", async () => {
    const { stderr, stdout, exitCode } = await repair("show", await written("no.plan.yaml", "a: 1\n"));

    expect({ exitCode, stdout }).toEqual({ exitCode: 9, stdout: "" });
    expect(stderr).toContain("P0202");
  });
});

describe("repair inspect", () => {
  it("masks what the policy calls secret, also in what it prints about files", async () => {
    // It looks like a path, and the other like a port; the policy knows better.
    const canary = "/srv/canary";
    const short = "48151";
    await written(
      "docker-compose.yml",
      `services:\n  devlake:\n    image: apache/devlake\n    environment:\n      NOTE: "${canary}"\n      NUMBER: ${short}\n    labels:\n      note: "${canary}"\n`,
    );
    const before = await repair("inspect");
    await written(
      "team.yaml",
      "apiVersion: devlake-repair.policy/v1\nkind: RepairPolicy\nredact: { variables: [NOTE, NUMBER] }\n",
    );
    const after = await repair("inspect", "--policy", "team.yaml");

    expect(before.stdout).toContain(canary);
    expect(before.stdout).toContain(short);
    expect(after).toMatchObject({ exitCode: 0 });
    expect(after.stdout).toContain("NOTE");
    expect(`${after.stdout}${after.stderr}`).not.toContain(canary);
    expect(`${after.stdout}${after.stderr}`).not.toContain(short);
  });
});
