import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import {
  startProvider,
  type ProviderServer,
  type Script,
} from "../adapters/copilot/copilot-provider-server.ts";
import { repairDecision } from "../plan/planners/ask.ts";
import { recorded } from "../plan/recorded-facts.ts";

// The command as people run it, with the real SDK and runtime, against a provider on this machine.

const root = join(import.meta.dirname, "..", "..");
const bundle = (name: string): string => join(root, "test", "fixtures", "facts", `${name}.facts.json`);
const { facts } = recorded("migrating");
const key = "sk-a-key-of-this-test-0123456789";
const thinks = (args: unknown): ReturnType<Script> => ({ call: [{ name: "submit_plan", args }] });

let directory: string;
let provider: ProviderServer | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "planner-runtime-"));
});

afterEach(async () => {
  await provider?.close();
  provider = undefined;
  await rm(directory, { recursive: true, force: true });
});

interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

async function repair(
  args: readonly string[],
  {
    env = {},
    interruptAfter,
  }: { env?: Record<string, string>; interruptAfter?: () => Promise<unknown> } = {},
): Promise<Ran> {
  const begin = performance.now();
  const child = spawn(
    process.execPath,
    [join(root, "src", "main.ts"), "repair", "--plan-only", "--json", ...args],
    {
      cwd: directory,
      env: { PATH: process.env["PATH"] ?? "", HOME: directory, TMPDIR: directory, ...env },
    },
  );
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => out.push(data));
  child.stderr.on("data", (data: Buffer) => err.push(data));
  const ended = new Promise<number | null>((resolve) => void child.on("close", resolve));
  let since = begin;
  if (interruptAfter !== undefined) {
    await interruptAfter();
    since = performance.now();
    child.kill("SIGINT");
  }
  const exitCode = await ended;
  const [stdout, stderr] = [out, err].map((parts) => Buffer.concat(parts).toString("utf8"));
  return { exitCode, stdout: stdout ?? "", stderr: stderr ?? "", ms: performance.now() - since };
}

async function modelAt(script: Script): Promise<Record<string, string>> {
  provider = await startProvider(script);
  return {
    GH_DEVLAKE_MODEL_PROVIDER: "openai",
    GH_DEVLAKE_MODEL: "local",
    GH_DEVLAKE_MODEL_BASE_URL: provider.baseUrl,
    GH_DEVLAKE_MODEL_API_KEY: key,
  };
}

function planIn({ stdout }: Ran): Plan {
  return (JSON.parse(stdout) as { plan: Plan }).plan;
}

const hangs: Script = () => ({ reply: () => undefined });

test("a decision that is refused, corrected and taken becomes the plan; the transcript is kept", async () => {
  const env = await modelAt((_request, index) =>
    index === 0 ? thinks({ decision: "run_shell" }) : thinks(repairDecision(facts)),
  );

  const ran = await repair(["--facts", bundle("migrating"), "--save-transcript"], { env });

  expect(ran.stderr).toContain("transcript kept in");
  const plan = planIn(ran);
  expect(plan.metadata.planner).toMatchObject({ kind: "copilot", model: "local", agreesWithOffline: true });
  expect(plan.metadata.planner.submissions?.map(({ accepted }) => accepted)).toEqual([false, true]);
  const tools = provider?.requests.map(({ body }) => body.tools?.map((tool) => tool.function.name));
  expect(new Set(tools?.map((names) => names?.join()))).toEqual(new Set(["read_fact,read_log,submit_plan"]));
  const [, kept = ""] = /transcript kept in ~\/([^"]+)/.exec(ran.stderr) ?? [];
  expect(kept).toMatch(
    new RegExp(`^.local/state/gh-devlake/repair/[0-9a-f]{32}/${plan.metadata.name}/transcript.json$`),
  );
  const transcript = await readFile(join(directory, kept), "utf8");
  expect(transcript).toContain("run_shell");
  expect(`${transcript}${ran.stdout}${ran.stderr}`).not.toContain(key);
});

test("a provider that hangs costs no more than --model-timeout, and the rules' plan says so", async () => {
  const env = await modelAt(hangs);

  const ran = await repair(["--facts", bundle("migrating"), "--model-timeout", "2"], { env });

  expect(ran.exitCode).toBe(0);
  expect(planIn(ran).metadata.planner).toMatchObject({
    kind: "offline",
    note: "this is the plan of the rules: the model had not decided after 2 s",
  });
  expect(ran.ms).toBeLessThan(8_000);
});

test("Ctrl-C ends it at once and leaves nothing behind", async () => {
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
  const env = await modelAt((request, index) => {
    asked();
    return hangs(request, index);
  });

  const ran = await repair(["--facts", bundle("migrating")], { env, interruptAfter: () => isAsked });

  expect(ran).toMatchObject({ exitCode: 130, stderr: expect.stringContaining("interrupted") });
  expect(ran.ms).toBeLessThan(3_000);
  expect((await readdir(directory)).filter((name) => name !== ".cache")).toEqual([]);
});

test("--planner copilot without any model says at once what would help", async () => {
  const ran = await repair(["--facts", bundle("migrating"), "--planner", "copilot"]);

  expect(ran).toMatchObject({ exitCode: 9, stdout: "" });
  expect(ran.stderr).toMatch(/--planner copilot: no model can be asked/);
  expect(ran.stderr).toContain("--planner offline");
  expect(ran.ms).toBeLessThan(8_000);
});

test.each([
  ["--planner offline", ["--planner", "offline"], "migrating"],
  ["rules that are certain", [], "port-8080-process"],
])("nobody is asked with %s", async (_name, args, name) => {
  const env = await modelAt(() => thinks({}));

  const ran = await repair(["--facts", bundle(name), ...args], { env });

  expect(planIn(ran).metadata.planner).toEqual({ kind: "offline" });
  expect(provider?.requests).toEqual([]);
});
