import type { Facts } from "../../core/fact.ts";
import {
  FactsBundleSchema,
  factsOfBundle,
  FACTS_API_VERSION,
  type FactsBundle,
} from "../../core/facts-bundle.ts";
import { readStrictJson, type JsonReading } from "../../core/text/strict-json.ts";
import { errorText, RepairError } from "../../core/errors.ts";
import { placedMisfit } from "../../core/text/misfit-text.ts";
import type { ReadMasked } from "../../core/reviewed-values.ts";
import type { ClassifiedFinding } from "../../core/finding.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { Target } from "../../core/target.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { assemblePlan } from "../../plan/assemble.ts";
import { planOffline, type Proposal } from "../../plan/planners/offline.ts";
import { z } from "zod";
import type { PlannedRepair, PlannerWish } from "./planned-repair.ts";
import type { CliServices, OpenTarget } from "../services.ts";
import type { Reporter } from "../../ports/reporter.ts";

const MAX_FACTS_BYTES = 8 * 1024 * 1024;
/** Of all that is wrong with a file. */
const MOST_SHOWN = 10;

export interface PlanSource {
  /** The kind of the target. */
  readonly family: TargetFamily;
  readonly facts: Facts;
  readonly target: Target;
  /** Where the facts were read just now: the directory, and values that they do not show. */
  readonly seen?: { readonly directory: string; readonly readMasked: ReadMasked };
}

/**
 * Facts to a plan, by rules and by a model where that is wanted. Nothing of the model's side is loaded
 * before it is known that one is to be asked. Throws `usage` when `copilot` is wanted and none is there.
 */
export async function planRepair(
  { facts, target, family }: PlanSource,
  policy: Policy,
  wish: PlannerWish,
  reporter: Reporter,
  services: CliServices,
): Promise<PlannedRepair> {
  const offline = planOffline(family, facts, policy);
  const origin = { family, target, createdAt: services.clock.now(), policy };
  const byRules = (): PlannedRepair => ({
    plan: assemblePlan(facts, offline, origin),
    transcript: undefined,
  });
  if (wish.planner === "offline") return byRules();
  const findings = family.classify(facts);
  const troubles = findings.filter(({ severity }) => severity !== "info");
  if (troubles.length === 0) return byRules();
  if (wish.planner === "auto" && areCertain(troubles, offline)) {
    reporter.emit({ type: "note", text: "the rules are certain of the cause, so no model was asked" });
    return byRules();
  }
  const { planWithModel } = await import("./plan-with-model.ts");
  return planWithModel({ facts, findings, offline, origin }, wish, reporter, services);
}

/** Below this the rules themselves say that they may be wrong. */
const CERTAIN = 0.9;

/**
 * Whether the rules name the cause for certain: there a model adds nothing but time, and a way in for
 * whoever writes log lines. What is found beside a certain cause is most often its symptom, so it
 * matters only where the rules have no repair.
 */
function areCertain(troubles: readonly ClassifiedFinding[], { steps = [] }: Proposal): boolean {
  const decisive = steps.length > 0 ? troubles.slice(0, 1) : troubles;
  return decisive.every(({ class: name, confidence }) => name !== "unknown" && confidence >= CERTAIN);
}

/** Inspects a target. Throws `no_compose_file` when the directory holds no deployment. */
export async function inspectTarget(
  target: OpenTarget,
  named: string,
  reporter: Reporter,
  services: CliServices,
): Promise<PlanSource> {
  const begin = services.clock.monotonicMs();
  reporter.emit({ type: "stage_started", stage: "inspect", text: "looking at the deployment" });
  const { facts, readMasked } = await target.eyes.inspect();
  if (services.signal.aborted) throw new RepairError("interrupted", "interrupted; nothing was changed");
  const ms = services.clock.monotonicMs() - begin;
  reporter.emit({ type: "stage_done", stage: "inspect", text: `${facts.size} facts`, ms });
  refuseWithoutDeployment(facts, target);
  const { family, directory } = target;
  return { family, facts, target: family.identity.of(facts, named), seen: { directory, readMasked } };
}

/** Throws `no_compose_file`: what else is seen there, or is not, says nothing about a deployment. */
export function refuseWithoutDeployment(
  facts: Facts,
  { directory, family }: Pick<OpenTarget, "directory" | "family">,
): void {
  const missing = family.identity.missing(facts);
  if (missing === undefined) return;
  throw new RepairError("no_compose_file", `${missing.what} in ${directory}`, { hint: missing.hint });
}

export function factsBundle({ facts, target }: PlanSource, services: CliServices): FactsBundle {
  return {
    apiVersion: FACTS_API_VERSION,
    kind: "FactsBundle",
    collectedAt: services.clock.now().toISOString(),
    executor: { version: services.version },
    target,
    facts: Object.fromEntries(facts),
  };
}

/** Loads facts that were saved elsewhere. Throws `bad_facts_file` with everything that is wrong. */
export async function loadFacts(path: string, services: CliServices): Promise<PlanSource> {
  const reading = readStrictJson(await services.files.read(path, MAX_FACTS_BYTES, { links: "inside" }));
  if (reading.kind === "refused") throw badFacts(path, whyNoJson(reading));
  const { value } = reading;
  const version = z.looseObject({ apiVersion: z.string() }).safeParse(value).data?.apiVersion;
  if (version !== undefined && version !== FACTS_API_VERSION)
    throw badFacts(path, `has version "${version}", this program reads ${FACTS_API_VERSION}`);
  const bundle = FactsBundleSchema.safeParse(value);
  if (!bundle.success) {
    const shown = bundle.error.issues.slice(0, MOST_SHOWN).map((issue) => placedMisfit(issue, value));
    throw badFacts(path, `is not a facts bundle:\n${shown.join("\n")}`);
  }
  const { kind } = bundle.data.target;
  const family = services.families.find((one) => one.kind === kind);
  const known = services.families.map((one) => one.kind).join(", ");
  if (family === undefined)
    throw badFacts(
      path,
      `is not a facts bundle:\ntarget.kind: ${JSON.stringify(kind)} does not fit: it is none of ${known}`,
    );
  const misfit = family.identity.misfit(bundle.data.target);
  if (misfit !== undefined) throw badFacts(path, `is not a facts bundle:\ntarget.${misfit}`);
  const { facts, problems } = factsOfBundle(bundle.data, family.factKinds);
  if (problems.length > 0) {
    const shown = problems.slice(0, MOST_SHOWN).map((problem) => `${problem.path}: ${problem.message}`);
    throw badFacts(path, `holds facts that this program does not accept:\n${shown.join("\n")}`);
  }
  const { target } = bundle.data;
  const [move] = family.identity.moves(target, facts, false);
  if (move !== undefined) {
    const says = `its target says ${JSON.stringify(move.was)}, its facts ${JSON.stringify(move.is)}`;
    throw badFacts(path, `contradicts itself about ${move.fact}: ${says}`);
  }
  return { family, facts, target };
}

function whyNoJson({ reason, cause }: JsonReading & { readonly kind: "refused" }): string {
  return cause === undefined ? reason : `${reason}: ${errorText(cause)}`;
}

function badFacts(path: string, what: string): RepairError {
  return new RepairError("bad_facts_file", `the facts file "${path}" ${what}`, {
    hint: "make one with: gh devlake repair inspect -o bundle.json",
  });
}
