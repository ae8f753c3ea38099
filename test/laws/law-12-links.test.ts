import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { refuseLinkOut } from "../../src/adapters/files/created-place.ts";

const repositoryRoot = path.resolve(import.meta.dirname, "../..");
const facts = path.join(repositoryRoot, "examples/port-conflict.facts.json");

let root: string;
let checkout: string;
/** Where the author of the checkout wants our files. */
let outside: string;

beforeEach(() => {
  const made = realpathSync(mkdtempSync(path.join(tmpdir(), "law-12-links-")));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  root = made;
  checkout = path.join(root, "checkout");
  outside = path.join(root, "outside");
  for (const name of ["checkout", "outside", "home"]) mkdirSync(path.join(root, name));
  writeFileSync(path.join(checkout, "docker-compose.yml"), "services: {}\n");
});

/** What it said on stderr as one line, however it was wrapped. */
function repair(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(repositoryRoot, "src/main.ts"), "repair", ...args],
    {
      cwd: checkout,
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"],
        HOME: path.join(root, "home"),
        DOCKER_HOST: `unix://${path.join(root, "no-engine.sock")}`,
      },
    },
  );
  return { status, stdout, stderr: stderr.replaceAll(/\s+/g, " ") };
}

const plan = (...args: readonly string[]) => repair("--plan-only", "--facts", facts, ...args);

describe("law 12: nothing is written through a link of a checkout", () => {
  test("a new plan does not go where a committed `plans` leads, but is shown", () => {
    symlinkSync(outside, path.join(checkout, "plans"));

    const { status, stdout, stderr } = plan();

    expect(status).toBe(9);
    expect(stderr).toContain(`"plans" is a link that leads to "${outside}"`);
    expect(stderr).toContain("-o FILE");
    expect(stdout).toContain("rewrite_local_ports_to_alt_bundle");
    expect(readdirSync(outside)).toEqual([]);
  });

  test("nor is a directory made where a dangling one leads, nor a file by force", () => {
    symlinkSync(path.join(outside, "new"), path.join(checkout, "plans"));

    const runs = [plan(), plan("--force")];

    expect(runs.map(({ status }) => status)).toEqual([9, 9]);
    for (const { stderr } of runs) expect(stderr).toContain('"plans" is a link that leads nowhere');
    expect(readdirSync(outside)).toEqual([]);
  });

  test("a plan in a folder that is a link has no place for its result, so nothing is begun", () => {
    const [name = ""] = plan("-o", "x.plan.yaml").stdout.match(/x\.plan\.yaml/) ?? [];
    copyFileSync(path.join(checkout, name), path.join(outside, name));
    symlinkSync(outside, path.join(checkout, "plans"));

    for (const named of [`plans/${name}`, path.join(checkout, "plans", name), `../checkout/plans/${name}`]) {
      const { status, stderr } = repair("--apply", named, "--approve", "safe");

      expect([named, status]).toEqual([named, 9]);
      expect(stderr).toContain(`plans" is a link that leads to "${outside}"`);
    }
    expect(readdirSync(outside)).toEqual([name]);
  });

  test("where a person says, a plan goes, whatever leads there", () => {
    symlinkSync(outside, path.join(checkout, "elsewhere"));

    const { status, stderr } = plan("-o", "elsewhere/x.plan.yaml");

    expect([status, stderr]).toEqual([0, ""]);
    expect(readdirSync(outside)).toEqual(["x.plan.yaml"]);
  });

  test("a link that stays in the checkout is followed", () => {
    mkdirSync(path.join(checkout, "docs/plans"), { recursive: true });
    symlinkSync("docs/plans", path.join(checkout, "plans"));

    expect(plan().status).toBe(0);

    expect(readdirSync(path.join(checkout, "docs/plans"))).toHaveLength(1);
  });

  test("a file that is itself a link is not written through", () => {
    expect(plan().status).toBe(0);
    const [name = ""] = readdirSync(path.join(checkout, "plans"));
    rmSync(path.join(checkout, "plans", name));
    symlinkSync(path.join(outside, "target"), path.join(checkout, "plans", name));

    plan();
    plan("--force");

    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(path.join(checkout, "plans", name))).toBe(true);
  });

  test.each([
    ["plans/x", "plans"],
    ["a/b/x", "a/b"],
    ["a/b/c/x", "a/b"],
  ])("%s through the link %s", async (file, link) => {
    mkdirSync(path.join(checkout, path.dirname(link)), { recursive: true });
    symlinkSync("loop", path.join(checkout, link));

    await expect(refuseLinkOut(file, checkout)).rejects.toMatchObject({
      code: "file_unwritable",
      message: `"${file}" cannot be written: "${link}" is a link that leads nowhere`,
    });
  });
});

describe("law 12: no file of the user's is quoted that a link of a checkout leads to", () => {
  const canary = "Kanari7vogel";

  test.each([
    ["lint", "plans/x.plan.yaml"],
    ["lint", "folder/x.plan.yaml"],
    ["show", "plans/x.plan.yaml"],
    ["--apply", "plans/x.plan.yaml"],
    ["--plan-only", "--facts", "plans/x.plan.yaml"],
  ])("%s %s", (...args) => {
    writeFileSync(path.join(outside, "x.plan.yaml"), `[default]\naws = ${canary}\n`);
    mkdirSync(path.join(checkout, "plans"));
    symlinkSync(path.join(outside, "x.plan.yaml"), path.join(checkout, "plans/x.plan.yaml"));
    symlinkSync(outside, path.join(checkout, "folder"));

    const { status, stdout, stderr } = repair(...args);

    expect(stdout + stderr).not.toContain(canary);
    expect((stdout + stderr).replaceAll(/\s+/g, " ")).toContain("out of its directory");
    expect(status).not.toBe(0);
  });

  test("a link that stays inside is followed, and so is a real path elsewhere", () => {
    const text = `nothing ${canary}\n`;
    writeFileSync(path.join(outside, "x.plan.yaml"), text);
    writeFileSync(path.join(checkout, "y.plan.yaml"), text);
    symlinkSync("y.plan.yaml", path.join(checkout, "latest.plan.yaml"));

    for (const file of ["latest.plan.yaml", path.join(outside, "x.plan.yaml")]) {
      const { stdout, stderr } = repair("lint", file);
      expect(stdout + stderr).toContain(canary);
    }
  });
});
