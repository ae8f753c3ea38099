import { parse } from "yaml";
import { diagnosticCodes } from "../../src/core/diagnostic-codes.ts";
import { sameJson } from "../../src/core/text/json.ts";
import { PlanSchema, type Plan } from "../../src/core/plan.ts";
import { checkPlan } from "../../src/plan/checks/check-plan.ts";
import { checkStructure } from "../../src/plan/checks/check-structure.ts";
import { checkRecorded } from "../../src/plan/checks/check-recorded.ts";
import type { Diagnostic } from "../../src/plan/files/diagnostics.ts";
import { parsePlanFile, type PlanParse } from "../../src/plan/files/plan-file.ts";
import type { Mutant } from "./mutated-plans.ts";
import { cpuMs } from "../cpu-time.ts";
import { localFamily } from "../../src/targets/local/family.ts";

const MAX_MS = 100;

/** `FUZZ_RUNS=500000 npx vitest run --project unit test/plan/fuzz` looks longer. */
export const fuzzRuns = Number(process.env["FUZZ_RUNS"] ?? 20_000);

/** Everything that is asked of a plan before its target is looked at, and then of its target. */
export function judge({ text, original }: Mutant): {
  readonly parsed: PlanParse;
  readonly diagnostics: readonly Diagnostic[];
} {
  const parsed = parsePlanFile(text);
  if (parsed.kind === "refused") return { parsed, diagnostics: parsed.diagnostics };
  const { diagnostics } = checkPlan(localFamily, parsed, original.facts);
  const byItself = checkStructure(localFamily, parsed).length === 0 ? checkRecorded(localFamily, parsed) : [];
  return { parsed, diagnostics: [...diagnostics, ...byItself] };
}

/** One judgement and the processor's time for it; what took long beside others on one core is measured again. */
function judgeInTime(subject: Mutant): ReturnType<typeof judge> {
  let judged: ReturnType<typeof judge> | undefined;
  const ms = cpuMs(() => (judged = judge(subject)), 1);
  const least = ms < MAX_MS ? ms : cpuMs(() => judge(subject), 5);
  if (judged === undefined || least >= MAX_MS)
    throw new Error(`${Math.round(least)} ms for ${subject.text.length} characters`);
  return judged;
}

/** What the schema alone makes of a lenient parser's reading; only asked of texts without hazards. */
function lenient(text: string): Plan | undefined {
  return PlanSchema.safeParse(parse(text, { schema: "core" })).data;
}

function isAboutSchema({ code }: Diagnostic): boolean {
  return code === "P0201" || code === "P0202";
}

/** How many of the mutants were accepted, compiled, refused by the schema, and refused as YAML. */
export interface Tally {
  accepted: number;
  compiled: number;
  schema: number;
  yaml: number;
}

/** Throws for a mutant that is judged with an exception, too slowly, or otherwise than the schema says. */
export function checkMutant(subject: Mutant, tally: Tally): void {
  const { parsed, diagnostics } = judgeInTime(subject);
  const { text } = subject;

  if (parsed.kind === "ok") {
    tally.accepted++;
    if (diagnostics.length === 0) tally.compiled++;
    if (!sameJson(lenient(text), parsed.plan)) throw new Error("accepted as another plan");
  } else {
    if (diagnostics.length === 0) throw new Error("refused without a reason");
    const ofSchema = diagnostics.some(isAboutSchema);
    tally[ofSchema ? "schema" : "yaml"]++;
    // Some of them are enough: this takes as long as the judgement itself.
    if (ofSchema && text.length % 4 === 0 && lenient(text) !== undefined)
      throw new Error("refused although the schema accepts it");
  }
  checkDiagnostics(diagnostics, text);
}

/** Each says what is wrong, at a place in the file. */
function checkDiagnostics(diagnostics: readonly Diagnostic[], text: string): void {
  const lines = text.split("\n").length;
  for (const { code, message, position } of diagnostics) {
    if (!(code in diagnosticCodes) || message === "") throw new Error(`no diagnostic: ${code} ${message}`);
    if (position === undefined) continue;
    const { line, column } = position;
    if (line < 1 || column < 1 || line > lines) throw new Error(`no place: ${line}:${column}`);
  }
}
