/**
 * Measures what users wait for, each as a ratio to the same thing done without us, in the same run
 * and on the same machine; what has no counterpart is measured in milliseconds, so that this machine
 * decides too. Needs a Docker Engine and the stack images: `npm run bench`.
 */
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { SETTLE_MS } from "../src/apply/settle.ts";
import { defaultPolicy } from "../src/core/policy/policy.ts";
import { assemblePlan } from "../src/plan/assemble.ts";
import { planOffline } from "../src/plan/planners/offline.ts";
import { createDeployment, type Deployment } from "../test/stack/deployment.ts";
import { largeFacts } from "./large-facts.ts";
import { localFamily } from "../src/targets/local/family.ts";

const root = path.join(import.meta.dirname, "..");
const launcher = path.join(root, "gh-devlake");

interface Row {
  readonly what: string;
  readonly ours: number;
  /** undefined: there is nothing to compare with. */
  readonly theirs: number | undefined;
  /** Of the ratio, or in milliseconds when there is none. */
  readonly aim: number;
}

await using deployment = await createDeployment({ engine: "own", seed: true });
const starts: Row[] = [
  await compare("start-up: `--version` / `node -e 0`", 1.5, 15, {
    ours: () => timed(deployment, launcher, ["repair", "--version"]),
    theirs: () => timed(deployment, process.execPath, ["-e", "0"]),
  }),
  await compare("`repair --plan-only` / `docker compose ps -a --format json`", 3, 9, {
    ours: () => timed(deployment, launcher, ["repair", "--plan-only"]),
    theirs: () => timed(deployment, "docker", ["compose", "ps", "-a", "--format", "json"]),
  }),
];
const repairs = await compareRepairs(deployment, 3);
printTable([
  ...starts,
  repairs,
  // The script believes the first good answer; ours waits to see that it stays one (law 9).
  { ...repairs, what: "the same without the settle window", ours: repairs.ours - SETTLE_MS },
  ...planLarge("200 services with 100 findings", 50, 15),
]);

/** Medians of alternating runs, after one of each that is not counted. */
async function compare(
  what: string,
  aim: number,
  runs: number,
  { ours, theirs }: { ours: () => Promise<number>; theirs: () => Promise<number> },
): Promise<Row> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  await ours();
  await theirs();
  for (let run = 0; run < runs; run++) {
    times.theirs.push(await theirs());
    times.ours.push(await ours());
  }
  return { what, aim, ours: median(times.ours), theirs: median(times.theirs) };
}

/** The offline planner alone, and facts to a whole plan, without inspection and files. Medians, after ten that are not counted. */
function planLarge(what: string, aim: number, runs: number): readonly Row[] {
  const times = { search: [] as number[], plan: [] as number[] };
  for (let run = -10; run < runs; run++) {
    // Facts of each run's own: what was worked out for the last ones must not help.
    const facts = largeFacts(200, run);
    const begin = performance.now();
    const proposal = planOffline(localFamily, facts);
    const found = performance.now();
    const { outcome } = assemblePlan(facts, proposal, {
      family: localFamily,
      target: { kind: "local", directory: ".", identity: { volumes: [] } },
      createdAt: new Date(),
      policy: defaultPolicy,
    });
    const end = performance.now();
    if (outcome !== "repair") throw new Error(`the large facts are planned as ${outcome}`);
    if (run < 0) continue;
    times.search.push(found - begin);
    times.plan.push(end - begin);
  }
  return [
    { what: `offline planner: ${what}`, aim, ours: median(times.search), theirs: undefined },
    { what: `facts to a whole plan: ${what}`, aim, ours: median(times.plan), theirs: undefined },
  ];
}

/** Port 8080 taken: our apply to verified health, against an expert's shell script that polls for health. */
async function compareRepairs(target: Deployment, runs: number): Promise<Row> {
  const original = await readFile(path.join(target.dir, "docker-compose.yml"), "utf8");
  const breakIt = async (): Promise<AsyncDisposable> => {
    await writeFile(path.join(target.dir, "docker-compose.yml"), original);
    await target.compose("down", "-t", "1");
    const holder = await target.holdPort(8080);
    await target.compose("up", "-d");
    return holder;
  };
  const broken = async (repair: () => Promise<number>): Promise<number> => {
    await using _holder = await breakIt();
    return repair();
  };
  const script = path.join(target.dir, "expert.sh");
  await copyFile(path.join(import.meta.dirname, "expert-repair.sh"), script);
  const row = await compare("apply of a port conflict / an expert's shell script", 1.25, runs, {
    ours: () =>
      broken(async () => {
        await mustRun(target, launcher, ["repair", "--plan-only", "-o", "bench.plan.yaml", "--force"]);
        const ms = await timed(target, launcher, [
          "repair",
          "--apply",
          "bench.plan.yaml",
          "--approve",
          "safe",
        ]);
        await rm(path.join(target.dir, "bench.plan.result.json"));
        return ms;
      }),
    theirs: () => broken(() => timed(target, "sh", [script])),
  });
  await writeFile(path.join(target.dir, "docker-compose.yml"), original);
  return row;
}

async function timed(target: Deployment, command: string, args: readonly string[]): Promise<number> {
  const begin = performance.now();
  await mustRun(target, command, args);
  return performance.now() - begin;
}

async function mustRun(target: Deployment, command: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await target.exec(command, args);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function printTable(measured: readonly Row[]): void {
  console.log("| what | ours | other | ratio | aim |");
  console.log("|---|---|---|---|---|");
  for (const { what, ours, theirs, aim } of measured) {
    const [other, ratio, unit] =
      theirs === undefined ? ["", "", " ms"] : [`${theirs.toFixed(0)} ms`, (ours / theirs).toFixed(2), ""];
    console.log(`| ${what} | ${ours.toFixed(0)} ms | ${other} | ${ratio} | < ${aim}${unit} |`);
  }
}
