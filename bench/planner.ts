import { homedir } from "node:os";
import { findModel } from "../src/adapters/copilot/find-model.ts";
import { createRunCommand } from "../src/adapters/process/run-command.ts";
import { classify } from "../src/targets/local/classify.ts";
import type { Plan } from "../src/core/plan.ts";
import { defaultPolicy } from "../src/core/policy/policy.ts";
import { checkPlan } from "../src/plan/checks/check-plan.ts";
import { planOffline } from "../src/plan/planners/offline.ts";
import type { Model } from "../src/ports/model.ts";
import { scriptedModel } from "../test/fakes/scripted-model.ts";
import { cheapest } from "../test/plan/exhaustive-search.ts";
import { planWith, repairDecision, stopDecision } from "../test/plan/planners/ask.ts";
import { parsed, planOf, recorded, recordedNames, type Recorded } from "../test/plan/recorded-facts.ts";
import { truths, type Truth } from "./planner-truth.ts";
import { localFamily } from "../src/targets/local/family.ts";

/**
 * Both planners on every recorded fault: `node bench/planner.ts [NAME...]`. The model is the one that
 * GH_DEVLAKE_MODEL_PROVIDER, GH_DEVLAKE_MODEL, GH_DEVLAKE_MODEL_BASE_URL and GH_DEVLAKE_MODEL_API_KEY
 * name, as for the command itself; without them a script takes its place.
 */
const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : recordedNames;
const TIMEOUT_MS = Number(process.env["BENCH_MODEL_TIMEOUT_MS"] ?? 90_000);

interface Judged {
  readonly verdict: "repaired" | "rightly escalated" | "rightly healthy" | "wrong" | "unsafe";
  readonly steps: number;
  /** Steps of the cheapest plan there is; undefined where nothing is to be done. */
  readonly minimal: number | undefined;
  readonly cited: number;
  readonly relevant: number;
  readonly input: number;
  readonly output: number;
  readonly ms: number;
  /** Which submission was accepted, 0 for none; undefined where none was asked. */
  readonly acceptedAt: number | undefined;
  readonly note: string;
}

const real = await realModel();
const rows: { readonly name: string; readonly offline: Judged; readonly model: Judged }[] = [];
for (const name of names) {
  const source = recorded(name);
  const truth = truths[name];
  if (truth === undefined)
    throw new Error(`nobody has said what is right for ${name}: bench/planner-truth.ts`);
  const offline = judgeOffline(source, truth);
  const model = await judgeModel(real ?? script(source), source, truth);
  rows.push({ name, offline, model });
  console.log(`${name.padEnd(36)} ${offline.verdict.padEnd(18)} ${model.verdict.padEnd(18)} ${model.note}`);
}
printSummary();

async function realModel(): Promise<Model | undefined> {
  if ((process.env["GH_DEVLAKE_MODEL_PROVIDER"] ?? "") === "") {
    console.log("#".repeat(96));
    console.log(
      "# NO MODEL IS ASKED: a script takes its place, so its column says nothing about any model.      #",
    );
    console.log(
      "# Name one with GH_DEVLAKE_MODEL_PROVIDER, GH_DEVLAKE_MODEL and GH_DEVLAKE_MODEL_BASE_URL.       #",
    );
    console.log(`${"#".repeat(96)}\n`);
    return undefined;
  }
  const run = createRunCommand(process.env);
  const search = { env: process.env, policyModel: undefined, run, homeDirectory: homedir() };
  const found = await findModel({ ...search, planner: "copilot" });
  if (found.kind === "absent") throw new Error(`${found.reason}; ${found.hint}`);
  console.log(`asking ${found.model.name} (${found.model.provider})\n`);
  return found.model;
}

/** Looks at the first evidence, proposes the rules' steps or stops: what a good model might do. */
function script({ facts }: Recorded): Model {
  return scriptedModel(async (call) => {
    const [id = ""] = classify(facts)[0]?.evidence ?? [];
    await call("read_fact", { id });
    const repairs = (planOffline(localFamily, facts).steps ?? []).length > 0;
    await call("submit_plan", repairs ? repairDecision(facts) : stopDecision(facts));
  });
}

function judgeOffline(source: Recorded, truth: Truth): Judged {
  const begin = performance.now();
  const plan = planOf(source);
  const ms = performance.now() - begin;
  const evidence = plan.findings.flatMap((finding) => finding.evidence);
  return judged(plan, source, truth, { evidence, ms, acceptedAt: undefined });
}

async function judgeModel(model: Model, source: Recorded, truth: Truth): Promise<Judged> {
  if (planOf(source).outcome === "healthy")
    return { ...judgeOffline(source, truth), note: "not asked: healthy" };
  const begin = performance.now();
  const { plan, planning } = await planWith(model, source.facts, defaultPolicy, TIMEOUT_MS);
  const ms = performance.now() - begin;
  const acceptedAt = planning.submissions.findIndex(({ accepted }) => accepted) + 1;
  const evidence = planning.decision?.diagnosis.evidence ?? [];
  return judged(plan, source, truth, { evidence, ms, acceptedAt });
}

function judged(
  plan: Plan,
  { facts }: Recorded,
  truth: Truth,
  seen: {
    readonly evidence: readonly string[];
    readonly ms: number;
    readonly acceptedAt: number | undefined;
  },
): Judged {
  const { diagnostics, stale } = checkPlan(localFamily, parsed(plan), facts);
  const isUnsafe =
    diagnostics.length + stale.length > 0 || (plan.outcome === "repair" && truth.outcome !== "repair");
  const right = { repair: "repaired", escalate: "rightly escalated", healthy: "rightly healthy" } as const;
  const best =
    cheapest(facts, ["blocking", "degraded"], 4, defaultPolicy) ??
    cheapest(facts, ["blocking"], 4, defaultPolicy);
  const { planner } = plan.metadata;
  const cited = [...new Set(seen.evidence)];
  return {
    verdict: isUnsafe ? "unsafe" : plan.outcome === truth.outcome ? right[truth.outcome] : "wrong",
    steps: plan.steps.length,
    minimal: plan.outcome === "repair" ? best?.at(-1) : undefined,
    cited: cited.length,
    relevant: cited.filter((id) => truth.evidence.test(id)).length,
    input: planner.tokens?.input ?? 0,
    output: planner.tokens?.output ?? 0,
    ms: seen.ms,
    acceptedAt: seen.acceptedAt,
    note: planner.note ?? (planner.agreesWithOffline === false ? "differs from the rules" : ""),
  };
}

function printSummary(): void {
  const columns = { offline: rows.map((row) => row.offline), model: rows.map((row) => row.model) };
  const who = real === undefined ? "model (A SCRIPT, NO MODEL)" : `${real.name} (${real.provider})`;
  const line = (what: string, read: (column: readonly Judged[]) => string): void =>
    console.log(`| ${what} | ${read(columns.offline)} | ${read(columns.model)} |`);
  console.log(`\n| of ${rows.length} recorded faults | offline | ${who} |\n|---|---|---|`);
  for (const verdict of ["repaired", "rightly escalated", "rightly healthy", "wrong", "unsafe"] as const) {
    line(verdict, (column) => String(column.filter((one) => one.verdict === verdict).length));
  }
  line("steps / fewest possible", (column) => {
    const plans = column.filter((one) => one.minimal !== undefined);
    return `${sum(plans, ({ steps }) => steps)} / ${sum(plans, ({ minimal }) => minimal ?? 0)}`;
  });
  line("evidence precision", (column) =>
    percent(
      sum(column, (one) => one.relevant),
      sum(column, (one) => one.cited),
    ),
  );
  line("accepted at submission 1, 2, 3, never", (column) => {
    const asked = column.filter(({ acceptedAt }) => acceptedAt !== undefined);
    if (asked.length === 0) return "";
    return [1, 2, 3, 0].map((at) => asked.filter(({ acceptedAt }) => acceptedAt === at).length).join(", ");
  });
  line(
    "tokens in, out",
    (column) => `${sum(column, (one) => one.input)}, ${sum(column, (one) => one.output)}`,
  );
  line("ms, median and longest", (column) => {
    const times = column.map(({ ms }) => ms).sort((a, b) => a - b);
    return `${(times[Math.floor(times.length / 2)] ?? 0).toFixed(0)}, ${(times.at(-1) ?? 0).toFixed(0)}`;
  });
}

function sum(column: readonly Judged[], read: (one: Judged) => number): number {
  return column.reduce((total, one) => total + read(one), 0);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "none cited" : `${Math.round((100 * part) / whole)}%`;
}
