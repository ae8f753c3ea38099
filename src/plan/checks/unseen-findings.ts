import { factKindIn } from "../../core/fact-ids.ts";
import type { FactEntry, Facts } from "../../core/fact.ts";
import { FindingSchema, type ClassifiedFinding, type Finding } from "../../core/finding.ts";
import { sameJson } from "../../core/text/json.ts";
import type { Plan } from "../../core/plan.ts";
import type { TargetFamily } from "../../targets/family.ts";

/** A finding of a plan that a deployment does not have, or has otherwise. */
export interface UnseenFinding {
  /** Id of the finding in the plan. */
  readonly finding: string;
  readonly was: string;
  readonly is: string;
}

/**
 * What a plan says is wrong (`blocking` and `degraded`) and fresh facts do not show. Nothing but those facts can tell:
 * whoever makes a finding up makes up the facts in the plan as well. What is wrong besides does not matter here; the
 * simulated end of the plan has to cure it.
 */
export function unseenFindings(family: TargetFamily, plan: Plan, facts: Facts): readonly UnseenFinding[] {
  const { classify } = family;
  const shown = classify(facts);
  const told = plan.findings.filter(({ severity }) => severity !== "info");
  const reworded = told.length === 0 ? [] : classify(withMovingFacts(family, plan, facts));
  return told.flatMap((finding) => {
    if (shown.some((fresh) => saysTheSame(family, finding, fresh))) return [];
    // As bad, of the same kind and by the same facts: only how it is put may have moved.
    const isShown = shown.some((fresh) => isTheSame(family, finding, fresh));
    if (isShown && reworded.some((fresh) => saysTheSame(family, finding, fresh))) return [];
    return [{ finding: finding.id, was: described(finding), is: insteadOf(finding, shown) }];
  });
}

/** Log lines move on while a team reviews, so of the evidence they are left out. */
function proofOf(
  { isLogLine }: TargetFamily,
  { evidence }: Pick<ClassifiedFinding | Finding, "evidence">,
): readonly string[] {
  return evidence.filter((id) => !isLogLine(id)).toSorted();
}

function isTheSame(family: TargetFamily, told: Finding, fresh: ClassifiedFinding): boolean {
  return (
    told.class === fresh.class &&
    told.severity === fresh.severity &&
    sameJson(proofOf(family, told), proofOf(family, fresh))
  );
}

const wordings = FindingSchema.keyof().options.filter((field) => field !== "id" && field !== "evidence");

/** In all but its number, which depends on what else is wrong, and the log lines that it cites. */
function saysTheSame(family: TargetFamily, told: Finding, fresh: ClassifiedFinding): boolean {
  return isTheSame(family, told, fresh) && wordings.every((field) => told[field] === fresh[field]);
}

/** The facts, with those that move by themselves as the plan recorded them. */
function withMovingFacts(
  { factKinds, isMoving }: TargetFamily,
  { facts: recorded = {} }: Plan,
  facts: Facts,
): Facts {
  // Of a plan that is not sound, a value may be of no shape that anybody can read.
  const before = Object.entries(recorded).filter(([id, entry]) => {
    const kind = isMoving(id) ? factKindIn(factKinds, id) : undefined;
    if (kind === undefined) return false;
    return !("value" in entry) || kind.schema.safeParse(entry.value).success;
  });
  return new Map<string, FactEntry>([...facts, ...before]);
}

function insteadOf(told: Finding, shown: readonly ClassifiedFinding[]): string {
  const alike = shown.filter(({ class: name }) => name === told.class);
  const others = shown.filter(({ severity }) => severity !== "info");
  const [instead] = [...alike, ...others];
  return instead === undefined ? "nothing that is wrong" : described(instead);
}

function described(finding: Finding | ClassifiedFinding): string {
  return `${finding.class} (${finding.severity}): ${finding.summary}`;
}
