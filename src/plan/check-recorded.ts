import { classify } from "../classify/classify.ts";
import type { Facts } from "../core/fact.ts";
import { factsOfBundle } from "../core/facts-bundle.ts";
import { shownValue } from "../core/expectations.ts";
import { FindingSchema, type ClassifiedFinding, type Finding } from "../core/finding.ts";
import { healthChecks } from "../core/healthy-facts.ts";
import { sameJson } from "../core/json.ts";
import type { Plan } from "../core/plan.ts";
import { withoutRemedies } from "./assemble.ts";
import { identityMoves, proveSteps, staleFacts } from "./check-plan.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { findingsFixed } from "./findings-fixed.ts";
import type { ParsedPlan } from "./plan-file.ts";
import { downtime, ifNothingIsDone } from "./plan-summary.ts";
import { simulateAll } from "./simulate.ts";

/**
 * A structurally sound plan judged by the facts that stand in it: as on a deployment, steps must be able to run
 * where they stand and reach the goal, and what the plan says of all this must be what the facts show. Whoever
 * edits the facts as well deceives nobody who applies the plan: a run reads them anew.
 */
export function checkRecorded(parsed: ParsedPlan): readonly Diagnostic[] {
  const { plan, positionOf } = parsed;
  const at = (code: Diagnostic["code"], path: Path, message: string, help?: string): Diagnostic => ({
    code,
    message,
    help,
    position: positionOf(path),
    path: path.join("."),
  });
  if (plan.facts === undefined) {
    return [at("P0412", ["outcome"], "the plan records no facts, so nothing of it can be proven here")];
  }
  const { facts, problems } = factsOfBundle({ facts: plan.facts });
  if (problems.length > 0)
    return problems.map(({ fact, message }) => at("P0305", ["facts", fact], `${fact}: ${message}`));
  const stale = staleFacts(plan, facts).map(({ step, fact, was, is }) => {
    const index = plan.steps.findIndex(({ id }) => id === step);
    const message = `step ${step} expects ${fact} to be ${shownValue(was)}; by the recorded facts it is then ${shownValue(is)}`;
    return at("P0410", ["steps", index, "expects", fact], message);
  });
  // What a step meets instead is most often why it cannot run there.
  const unproven = [...proveSteps(parsed, facts), ...stale];
  return unproven.length > 0
    ? unproven
    : untrue(parsed, facts).map(([path, message]) => at("P0411", path, message));
}

type Path = readonly (string | number)[];
type Untruth = readonly [path: Path, message: string];

/** What the plan says that the facts do not show. */
function untrue({ plan }: ParsedPlan, facts: Facts): readonly Untruth[] {
  const findings = classify(facts);
  const steps = simulateAll(facts, plan.steps).map(({ step }) => step);
  const fixes = findingsFixed(steps, findings);
  const checks = plan.outcome === "repair" ? healthChecks(facts) : [];
  const { summary, verify } = plan;
  return [
    ...identityMoves(plan, facts, plan.metadata.target.identity.volumes).map(({ fact, was, is }): Untruth => [
      ["metadata", "target"],
      `by the recorded facts, ${fact} is ${JSON.stringify(is)}, not ${JSON.stringify(was)}`,
    ]),
    ...wrongOutcome(plan, findings),
    ...wrongFindings(plan.findings, findings.map(withoutRemedies)),
    ...plan.steps.flatMap(({ id, fixes: told }, index) =>
      differing(["steps", index, "fixes"], `what step ${id} helps to cure`, fixes[index], told),
    ),
    ...differing(["verify"], "what has to hold at the end", checks, verify),
    ...differing(["summary", "downtime"], "the downtime", downtime(steps), summary.downtime),
    ...differing(
      ["summary", "ifNothingIsDone"],
      "what follows when nobody acts",
      ifNothingIsDone(facts, findings),
      summary.ifNothingIsDone,
    ),
  ];
}

function wrongOutcome({ outcome }: Plan, findings: readonly ClassifiedFinding[]): readonly Untruth[] {
  const trouble = findings.find(({ severity }) => severity !== "info");
  if (outcome === "healthy") {
    return trouble === undefined
      ? []
      : [[["outcome"], `the recorded facts show that not all is well: ${trouble.summary}`]];
  }
  return trouble === undefined ? [[["outcome"], "the recorded facts show nothing that is wrong"]] : [];
}

function wrongFindings(told: readonly Finding[], shown: readonly Finding[]): readonly Untruth[] {
  const missing = shown.slice(told.length).map(({ class: name, summary }): Untruth => {
    return [["findings"], `a finding is missing that the recorded facts show: ${name}: ${summary}`];
  });
  const wrong = told.flatMap((finding, index): readonly Untruth[] => {
    const is = shown[index];
    if (is === undefined)
      return [[["findings", index], `the recorded facts do not show finding ${finding.id}`]];
    return findingFields.flatMap((field) =>
      differing(["findings", index, field], `the ${field} of finding ${is.id}`, is[field], finding[field]),
    );
  });
  return [...wrong, ...missing];
}

const findingFields = FindingSchema.keyof().options;

function differing(path: Path, what: string, is: unknown, told: unknown): readonly Untruth[] {
  const message = `by the recorded facts, ${what} is ${JSON.stringify(is)}, not ${JSON.stringify(told)}`;
  return sameJson(is, told) ? [] : [[path, message]];
}
