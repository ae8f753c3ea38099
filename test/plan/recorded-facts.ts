import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Facts } from "../../src/core/fact.ts";
import { FactsBundleSchema, factsOfBundle } from "../../src/core/facts-bundle.ts";
import type { Plan } from "../../src/core/plan.ts";
import { defaultPolicy } from "../../src/core/policy/policy.ts";
import type { Target } from "../../src/core/target.ts";
import { assemblePlan } from "../../src/plan/assemble.ts";
import { parsePlanFile, writePlanFile, type ParsedPlan } from "../../src/plan/files/plan-file.ts";
import { planOffline } from "../../src/plan/planners/offline.ts";
import { localFamily } from "../../src/targets/local/family.ts";
import type { TargetFamily } from "../../src/targets/family.ts";

const folder = join(import.meta.dirname, "..", "fixtures", "facts");

/** Every fault that scripts/record-facts.ts has made for real, by name. */
export const recordedNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".facts.json"))
  .map((name) => name.replace(/\.facts\.json$/, ""));

export interface Recorded {
  readonly facts: Facts;
  readonly target: Target;
  readonly family: TargetFamily;
}

export function recorded(name: string): Recorded {
  const bundle = FactsBundleSchema.parse(
    JSON.parse(readFileSync(join(folder, `${name}.facts.json`), "utf8")),
  );
  const { facts, problems } = factsOfBundle(bundle, localFamily.factKinds);
  if (problems.length > 0) throw new Error(`${name}: ${JSON.stringify(problems)}`);
  return { facts, target: bundle.target, family: localFamily };
}

/** The plan at a fixed clock. */
export function planOf({ facts, target }: Pick<Recorded, "facts" | "target">): Plan {
  const origin = {
    family: localFamily,
    target,
    createdAt: new Date("2026-11-22T10:15:00Z"),
    policy: defaultPolicy,
  };
  return assemblePlan(facts, planOffline(localFamily, facts), origin);
}

/** As read back from its file, where positions are known. */
export function parsed(plan: Plan): ParsedPlan {
  const outcome = parsePlanFile(writePlanFile(plan));
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.diagnostics));
  return outcome;
}
