import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { startProvider, type ProviderRequest } from "../adapters/copilot/copilot-provider-server.ts";
import { repositoryRoot, temporaryDirectory } from "./checkout.ts";

const facts = join(repositoryRoot, "examples/port-conflict.facts.json");

async function freshDirectory(): Promise<string> {
  const temporary = await temporaryDirectory();
  onTestFinished(() => temporary[Symbol.asyncDispose]());
  return temporary.path;
}

/** The built program of `root`, with nothing of ours in its environment but what is given. */
function run(root: string, directory: string, args: readonly string[], env: Record<string, string> = {}) {
  return execa(process.execPath, [join(root, "dist/main.js"), "repair", ...args], {
    cwd: directory,
    env: { PATH: process.env["PATH"] ?? "", HOME: directory, TMPDIR: directory, LANG: "C.UTF-8", ...env },
    extendEnv: false,
    reject: false,
  });
}

const planWith = (planner: string): readonly string[] => [
  "--plan-only",
  `--facts=${facts}`,
  `--planner=${planner}`,
  `--output=${planner}.plan.yaml`,
];

/** A provider that would like to read a fact, for ever, and the variables that lead to it. */
async function reader(): Promise<{ requests: readonly ProviderRequest[]; env: Record<string, string> }> {
  const provider = await startProvider(() => ({ call: [{ name: "read_fact", args: {} }] }));
  onTestFinished(() => provider.close());
  const env = {
    GH_DEVLAKE_MODEL_PROVIDER: "openai",
    GH_DEVLAKE_MODEL: "test-model",
    GH_DEVLAKE_MODEL_BASE_URL: provider.baseUrl,
  };
  return { requests: provider.requests, env };
}

/** The built program in a place of its own, with an SDK whose loading leaves a file behind, or with none. */
async function copyOfProgram(directory: string, sdk: "marked" | "missing"): Promise<string> {
  const root = join(directory, "program");
  await mkdir(root);
  for (const part of ["dist", "schemas", "package.json"]) {
    await cp(join(repositoryRoot, part), join(root, part), { recursive: true });
  }
  if (sdk === "missing") return root;
  const home = join(root, "node_modules/@github/copilot-sdk");
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "package.json"), '{"name":"@github/copilot-sdk","main":"index.cjs"}');
  await writeFile(
    join(home, "index.cjs"),
    `require("node:fs").writeFileSync(${JSON.stringify(join(directory, "sdk-was-loaded"))}, "");
     throw new Error("loaded");`,
  );
  return root;
}

describe("the built program", () => {
  it("starts the real runtime, which offers the model our three tools and is gone afterwards", async () => {
    const directory = await freshDirectory();
    const { requests, env } = await reader();

    const { exitCode, stderr } = await run(repositoryRoot, directory, planWith("copilot"), env);

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(requests.length).toBeGreaterThan(2);
    for (const { body } of requests) {
      const names = body.tools?.map(({ function: { name } }) => name);
      expect(names?.toSorted()).toEqual(["read_fact", "read_log", "submit_plan"]);
    }
    expect((await readdir(directory)).filter((name) => name.startsWith("gh-devlake-model-"))).toEqual([]);
  });

  it("loads the SDK for a model only", async () => {
    const directory = await freshDirectory();
    const root = await copyOfProgram(directory, "marked");
    const { env } = await reader();
    const loaded = async (): Promise<boolean> => (await readdir(directory)).includes("sdk-was-loaded");

    const version = await run(root, directory, ["--version"], env);
    const help = await run(root, directory, ["--help"], env);
    const offline = await run(root, directory, planWith("offline"), env);

    expect([version.exitCode, help.exitCode, offline.exitCode]).toEqual([0, 0, 0]);
    expect(await loaded()).toBe(false);

    const copilot = await run(root, directory, planWith("copilot"), env);

    expect(copilot.exitCode).toBe(0);
    expect(await loaded()).toBe(true);
  });

  it("works without the SDK, and says how to add it where it is wanted", async () => {
    const directory = await freshDirectory();
    const root = await copyOfProgram(directory, "missing");
    const { env } = await reader();

    const offline = await run(root, directory, planWith("offline"), env);
    const copilot = await run(root, directory, planWith("copilot"), env);

    expect(offline).toMatchObject({ exitCode: 0, stderr: "" });
    expect(copilot.exitCode).toBe(9);
    const said = copilot.stderr.replaceAll(/\s+/g, " ");
    expect(said).toContain("@github/copilot-sdk is not installed");
    expect(said).toContain("npm install --include=optional");
  });

  it.each<[string, Record<string, string>]>([
    ["the value of GH_TOKEN is no token of a GitHub user", { GH_TOKEN: "x" }],
    ["no model is named for ollama", { GH_DEVLAKE_MODEL_PROVIDER: "ollama" }],
  ])("says at once what is missing: %s", async (message, env) => {
    const directory = await freshDirectory();
    const startedAt = performance.now();

    const { exitCode, stderr } = await run(repositoryRoot, directory, planWith("copilot"), env);

    expect(exitCode).toBe(9);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(message);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
