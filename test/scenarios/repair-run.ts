import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { decodeJournal } from "../../src/core/records/journal-record.ts";
import type { Plan } from "../../src/core/plan.ts";
import { type Result, ResultSchema } from "../../src/core/records/result.ts";
import { parsePlanFile } from "../../src/plan/files/plan-file.ts";
import type { Deployment } from "../stack/deployment.ts";
import type { CommandResult } from "../stack/run-command.ts";
import type { GhDevlake } from "./gh-devlake.ts";
import { canaries, preciousOf } from "./seeded-deployment.ts";
import { changedLines, diffLines, ownFiles } from "./written-files.ts";

export interface Planned {
  readonly ran: CommandResult;
  readonly plan: Plan;
  /** As the printed next command names it, so relative to the deployment. */
  readonly path: string;
}

/** `--plan-only`: a valid plan file, its name printed in the next command, nothing else written. */
export async function planOnly(
  gh: GhDevlake,
  d: Deployment,
  { exitCode = 0, args = [] }: { readonly exitCode?: number; readonly args?: readonly string[] } = {},
): Promise<Planned> {
  const before = await ownFiles(d.dir);
  const known = await plansOf(d);

  const ran = await gh.repair(d, ["--plan-only", ...args]);

  expect(ran, ran.stderr).toMatchObject({ exitCode });
  expect(await ownFiles(d.dir)).toEqual(before);
  const path = (await plansOf(d)).find((name) => !known.includes(name)) ?? "no plan was written";
  const text = await readFile(join(d.dir, path), "utf8");
  const parsed = parsePlanFile(text);
  expect(parsed.kind).toBe("ok");
  if (parsed.kind !== "ok") throw new Error("not a plan");
  if (parsed.plan.outcome === "repair") {
    expect(ran.stdout.split("\n").at(-1)).toBe(`   gh devlake repair --apply ${path}`);
  }
  await expectNoSecretAnywhere(gh, d);
  return { ran, plan: parsed.plan, path };
}

export interface Applied {
  readonly ran: CommandResult;
  readonly result: Result;
  readonly resultPath: string;
}

interface Expected {
  /** Flags that approve; those of a plan that needs no approval are empty. */
  readonly approve: readonly string[];
  /** `-old` and `+new` by file; a file that is not named stays byte for byte. */
  readonly changes: Readonly<Record<string, readonly string[]>>;
  /** Where the services are reached afterwards. */
  readonly urls: Readonly<Record<"devlake" | "grafana" | "config-ui", string>>;
}

/** Applies a plan and holds the outcome against everything that a repair promises. */
export async function applyAndCheck(
  gh: GhDevlake,
  d: Deployment,
  { plan, path }: Planned,
  precious: Awaited<ReturnType<typeof preciousOf>>,
  expected: Expected,
): Promise<Applied> {
  const before = await ownFiles(d.dir);
  const shown = plan.steps.flatMap(({ preview }) => diffLines(preview));
  expect(shown.toSorted()).toEqual(Object.values(expected.changes).flat().toSorted());

  const ran = await gh.repair(d, ["--apply", path, ...expected.approve]);

  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  expect(ran.stdout).toMatch(/^✓ Repaired:/);
  await expectRecovered(d, expected.urls);
  expect(await preciousOf(d)).toEqual(precious);
  const after = await ownFiles(d.dir);
  // Journal, backups and lock are elsewhere: beside plans nothing appears in the directory.
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [name, text] of Object.entries(before)) {
    expect([name, changedLines(text, after[name] ?? "")]).toEqual([name, expected.changes[name] ?? []]);
  }
  const resultPath = path.replace(/\.yaml$/, ".result.json");
  const result = await resultAt(d, resultPath);
  await expectAccount(gh, d, path, plan, result);
  expect(await gh.repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 0 });
  await expectSpent(gh, d, path, expected.approve);
  await expectNoSecretAnywhere(gh, d);
  return { ran, result, resultPath };
}

/** By effect, on the ports of the Compose model, and with what only the right secret can decrypt. */
export async function expectRecovered(d: Deployment, urls: Expected["urls"]): Promise<void> {
  for (const [service, url] of Object.entries(urls)) {
    expect([service, await d.url(service as keyof typeof urls)]).toEqual([service, url]);
  }
  expect(await d.get("devlake", "/ready")).toMatchObject({ status: 200 });
  expect(await d.get("devlake", "/plugins/github/connections")).toMatchObject({
    status: 200,
    body: expect.stringContaining("GitHub - octo-org"),
  });
  expect(await d.get("grafana", "/grafana/api/health")).toMatchObject({ status: 200 });
  expect(await d.get("config-ui", "/api/blueprints")).toMatchObject({ status: 200 });
}

/** The signed result's content; whether it is signed is `verify`'s to say. */
export async function resultAt(d: Deployment, path: string): Promise<Result> {
  const { payload } = JSON.parse(await readFile(join(d.dir, path), "utf8"));
  return ResultSchema.parse(JSON.parse(Buffer.from(payload, "base64").toString("utf8")).predicate);
}

/** Each step has an end, the journal is whole and is the one that the result names. */
async function expectAccount(
  gh: GhDevlake,
  d: Deployment,
  path: string,
  plan: Plan,
  result: Result,
): Promise<void> {
  const bytes = await readFile(join(d.dir, path));
  expect(result.plan.digest).toBe(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  expect(result.outcome).toBe("repaired");
  expect(result.steps.map(({ id, tool, state }) => [id, tool, state])).toEqual(
    plan.steps.map(({ id, tool }) => [id, tool, "done"]),
  );
  expect(result.health.map(({ check, healthy }) => [check, healthy])).toEqual(
    plan.verify.map((check) => [check, true]),
  );
  const journal = decodeJournal(await readFile(gh.inHome(result.journal.path)));
  expect(journal).toMatchObject({ kind: "whole", head: result.journal.head });
  expect(journal.records.map(({ entry }) => entry.kind)).toEqual([
    "run_started",
    ...plan.steps.flatMap(({ effect }) => [
      ...(effect === "mutating" ? ["approval"] : []),
      "step_intent",
      "step_outcome",
    ]),
    "health",
    "run_ended",
  ]);
  expect(result.journal.length).toBe(journal.records.length);
}

async function expectSpent(
  gh: GhDevlake,
  d: Deployment,
  path: string,
  approve: readonly string[],
): Promise<void> {
  const before = await everythingOf(d);

  const again = await gh.repair(d, ["--apply", path, ...approve]);

  expect(again).toMatchObject({
    exitCode: 4,
    stdout: "",
  });
  const spent = `the plan "${path}" has already been applied: ${path.replace(/\.yaml$/, ".result.json")}`;
  expect(packed(again.stderr)).toContain(packed(`error: ${spent}`));
  expect(packed(again.stderr)).toContain(packed("make a new plan: gh devlake repair --plan-only"));
  expect(await everythingOf(d)).toEqual(before);
}

/** Without blanks and line ends, as texts are wrapped to the terminal's width, in long paths too. */
export function packed(text: string): string {
  return text.replaceAll(/\s+/g, "");
}

/** All that a refusal must leave alone: files and their modes, containers, networks and volumes. */
export async function everythingOf(d: Deployment): Promise<unknown> {
  const format = "{{.ID}} {{.Names}} {{.State}} {{.Ports}}";
  const [containers, networks, volumes, files, left] = await Promise.all([
    d.docker("ps", "-a", "--no-trunc", "--format", format),
    d.docker("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
    d.docker("volume", "ls", "--format", "{{.Name}}"),
    ownFiles(d.dir),
    filesBelow(join(d.dir, "plans")),
  ]);
  return [containers.stdout, networks.stdout, volumes.stdout, files, left];
}

/** In plain, base64, URI and JSON form, in all that was written and printed; backups alone may hold them. */
export async function expectNoSecretAnywhere(gh: GhDevlake, d: Deployment): Promise<void> {
  const paths = [
    ...(await filesBelow(join(d.dir, "plans"))),
    ...(await filesBelow(gh.stateDirectory)).filter((path) => !/\/(?:backup\/[^/]*|journal-key)$/.test(path)),
  ];
  const written = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, "utf8");
      const payload = /"payload":\s*"([^"]+)"/.exec(text)?.[1] ?? "";
      return `${text}\n${Buffer.from(payload, "base64").toString("utf8")}`;
    }),
  );
  const all = [...gh.said, ...written].join("\n");
  for (const [name, form] of Object.values(canaries).flatMap(forms)) {
    expect([name, all.includes(form)]).toEqual([name, false]);
  }
}

function forms(value: string): readonly (readonly [string, string])[] {
  const base64 = Buffer.from(value).toString("base64");
  return [
    ["plain", value],
    ["base64", base64.replace(/=+$/, "")],
    ["URI", encodeURIComponent(value)],
    ["JSON", JSON.stringify(value).slice(1, -1)],
  ];
}

/** Plan files, relative to the deployment, in the order of their names. */
export async function plansOf(d: Deployment): Promise<readonly string[]> {
  const paths = await filesBelow(join(d.dir, "plans"));
  return paths.filter((path) => path.endsWith(".plan.yaml")).map((path) => relative(d.dir, path));
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
