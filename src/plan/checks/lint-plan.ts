import { describeMove } from "../../core/expectations.ts";
import type { Facts } from "../../core/fact.ts";
import { PlanSchema, type Plan } from "../../core/plan.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { changedText, compareReviewed, type ReadMasked, type Reviewed } from "../../core/reviewed-values.ts";
import type { SchemaCheck } from "../../ports/published-schemas.ts";
import { z } from "zod";
import { checkPlan, type StaleFact } from "./check-plan.ts";
import { checkStructure } from "./check-structure.ts";
import { checkRecorded } from "./check-recorded.ts";
import { isStillToCome } from "./check-times.ts";
import type { UnseenFinding } from "./unseen-findings.ts";
import type { Diagnostic } from "../files/diagnostics.ts";
import { parsePlanFile, planFormat } from "../files/plan-file.ts";
import { misfit, type FilePositions } from "../files/schema-misfit.ts";
import { parseStrictYaml, type PositionOf } from "../files/strict-yaml.ts";

export interface LintContext {
  /** The kinds of targets that there are. */
  readonly families: readonly TargetFamily[];
  /** The published schema of plans. */
  readonly schema: SchemaCheck;
  readonly policy: Policy;
  readonly now: Date;
  /** A deployment to compare with; without it, plans are judged by the facts that stand in them. */
  readonly facts: Facts | undefined;
  /** Of that deployment, where it was looked at: values that no fact shows, and how they compare with the reviewed ones. */
  readonly masked?: { readonly readMasked: ReadMasked; readonly reviewed: Reviewed };
}

/**
 * Everything that is wrong with the text of a plan: YAML, the published schema, the catalog, the policy,
 * preconditions, previews and the goal by the facts that it records and, with a deployment, by that one's, and what
 * has moved there. Each pass reports all it finds;
 * a pass that needs what another has refused is left out. Never throws.
 */
export function lintPlan(text: string, context: LintContext): readonly Diagnostic[] {
  const document = parseStrictYaml(text, { ...planFormat, schema: z.unknown() });
  if (document.kind === "refused") return document.diagnostics;
  const { value, positionOf } = document;
  const misfits = misfitsOf(document, context.schema);
  // So many are no slips of a plan's author, and to find as many again takes as long again.
  if (misfits.length > MOST_MISFITS) return misfits;
  const parsed = PlanSchema.safeParse(value);
  if (!parsed.success) return misfits.length > 0 ? misfits : refusals(text);

  const { kind } = parsed.data.metadata.target;
  const family = context.families.find((one) => one.kind === kind);
  if (family === undefined) return [...misfits, unknownKind(kind, positionOf)];
  const plan = { plan: parsed.data, positionOf };
  const unsound = merged(misfits, checkStructure(family, plan, context.policy));
  const expired = expiry(parsed.data, context.now, positionOf);
  if (unsound.length > 0) return [...unsound, ...expired];
  // A deployment proves a plan too, so one without facts of its own will do there.
  const recorded =
    context.facts !== undefined && parsed.data.facts === undefined ? [] : checkRecorded(family, plan);
  if (recorded.length > 0 || context.facts === undefined) return [...recorded, ...expired];
  const { diagnostics, stale, unseen } = checkPlan(family, plan, context.facts, context.policy);
  return [
    ...diagnostics,
    ...stale.map((fact) => moved(fact, parsed.data, positionOf)),
    ...changedValues(family, parsed.data, context, positionOf),
    ...unseen.map((finding) => notShown(finding, parsed.data, positionOf)),
    ...expired,
  ];
}

/** The schema lists the kinds too, and has said so where it is the published one. */
function unknownKind(kind: string, positionOf: PositionOf): Diagnostic {
  const path = ["metadata", "target", "kind"];
  const message = `this program knows no target of kind "${kind}"`;
  return { code: "P0202", message, help: undefined, position: positionOf(path), path: path.join(".") };
}

const MOST_MISFITS = 60;

function refusals(text: string): readonly Diagnostic[] {
  const parsed = parsePlanFile(text);
  return parsed.kind === "refused" ? parsed.diagnostics : [];
}

/** Why the text is no plan, told as `lintPlan` tells it; empty when it is one. Never throws. */
export function planRefusals(text: string, schema: SchemaCheck): readonly Diagnostic[] {
  const refused = refusals(text);
  const document = parseStrictYaml(text, { ...planFormat, schema: z.unknown() });
  if (refused.length === 0 || document.kind === "refused") return refused;
  const misfits = misfitsOf(document, schema);
  return misfits.length > 0 ? misfits : refused;
}

function misfitsOf(
  document: FilePositions & { readonly value: unknown },
  schema: SchemaCheck,
): readonly Diagnostic[] {
  return schema(document.value).map((problem) => misfit(problem, document, codeOf(problem.path)));
}

/** The schema knows the catalog too; what it says of a step gets the code that says so. */
const codeOfField: Readonly<Record<string, Diagnostic["code"]>> = {
  tool: "P0302",
  version: "P0302",
  args: "P0303",
  effect: "P0406",
  reversible: "P0406",
};

function codeOf([list, , field = ""]: readonly string[]): Diagnostic["code"] {
  return (list === "steps" ? codeOfField[field] : undefined) ?? "P0202";
}

/**
 * Where schema and catalog say the same of a step, one of them is enough: the schema about arguments,
 * since it knows the very place, the catalog about the rest, since it says what would be right.
 */
function merged(misfits: readonly Diagnostic[], structure: readonly Diagnostic[]): readonly Diagnostic[] {
  // The schema knows today's version of a tool only.
  const older = new Set(structure.filter(({ code }) => code === "P0306").map(({ path }) => stepOf(path)));
  return [
    ...misfits.filter(
      (each) => !older.has(stepOf(each.path)) && (each.code === "P0303" || !isSaidIn(structure, each)),
    ),
    ...structure.filter((each) => each.code !== "P0303" || !isSaidIn(misfits, each)),
  ];
}

function isSaidIn(others: readonly Diagnostic[], { code, path }: Diagnostic): boolean {
  return others.some((other) => other.code === code && stepOf(other.path) === stepOf(path));
}

function stepOf(path: string): string {
  return path.split(".").slice(0, 2).join(".");
}

function moved(fact: StaleFact, plan: Plan, positionOf: PositionOf): Diagnostic {
  const index = plan.steps.findIndex(({ id }) => id === fact.step);
  const path = index < 0 ? ["metadata", "target"] : ["steps", index, "expects", fact.fact];
  const of =
    index < 0 ? "the plan is for another deployment" : `step ${fact.step} expects what is no longer so`;
  return {
    code: "P0601",
    message: `${of}: ${describeMove(fact)}`,
    help: undefined,
    position: positionOf(path),
    path: path.join("."),
  };
}

/** Of the deployment before the first step, as the facts are. */
function changedValues(
  family: TargetFamily,
  { steps }: Plan,
  { facts, masked }: LintContext,
  positionOf: PositionOf,
): readonly Diagnostic[] {
  if (facts === undefined || masked === undefined) return [];
  return steps.flatMap((step, index) => {
    const names = compareReviewed(
      family.masked.of(step, [], facts),
      (setting) => family.masked.isAsRunning(setting, facts),
      masked.readMasked,
      masked.reviewed,
    ).moved;
    if (names.length === 0) return [];
    const path = ["steps", index, "expects"];
    const message = `step ${step.id} expects what is no longer so: ${changedText(names)}`;
    return [{ code: "P0601", message, help: undefined, position: positionOf(path), path: path.join(".") }];
  });
}

function notShown({ finding, was, is }: UnseenFinding, plan: Plan, positionOf: PositionOf): Diagnostic {
  const path = ["findings", plan.findings.findIndex(({ id }) => id === finding)];
  return {
    code: "P0603",
    message: `the facts here do not show ${finding}, ${was}; they show ${is}`,
    help: undefined,
    position: positionOf(path),
    path: path.join("."),
  };
}

function expiry({ metadata, outcome }: Plan, now: Date, positionOf: PositionOf): readonly Diagnostic[] {
  if (isStillToCome(metadata, now)) {
    const made = ["metadata", "createdAt"];
    const message = `the plan says that it was made on ${metadata.createdAt}, which is still to come`;
    return [{ code: "P0413", message, help: undefined, position: positionOf(made), path: made.join(".") }];
  }
  if (outcome !== "repair" || now <= new Date(metadata.validUntil)) return [];
  const path = ["metadata", "validUntil"];
  const message = `the plan was valid until ${metadata.validUntil}, so it can no longer be applied`;
  return [
    {
      code: "P0602",
      severity: "warning",
      message,
      help: undefined,
      position: positionOf(path),
      path: path.join("."),
    },
  ];
}
