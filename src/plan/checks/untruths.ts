import type { Facts } from "../../core/fact.ts";
import { FindingSchema, type ClassifiedFinding, type Finding } from "../../core/finding.ts";
import { sameJson } from "../../core/text/json.ts";
import type { Plan } from "../../core/plan.ts";
import type { TargetFamily } from "../../targets/family.ts";
import { strangeNextSteps } from "./strange-next-steps.ts";
import { withoutRemedies } from "../assemble.ts";
import { findingsFixed } from "./findings-fixed.ts";
import { downtime } from "../plan-summary.ts";
import { shellVariablesOf } from "../shell-variables.ts";
import { simulateAll } from "../simulate.ts";

type Path = readonly (string | number)[];

/** Where a plan says what is not so, and what is so. */
export type Untruth = readonly [path: Path, message: string];

/** Whose facts they are, in messages; evidence is compared with recorded ones only, since log lines move on. */
type Source = "the recorded facts" | "the facts here";

/** What the plan says that the facts do not show: its outcome, findings, aims, checks and summary. */
export function untruths(family: TargetFamily, plan: Plan, facts: Facts, source: Source): readonly Untruth[] {
  const { health, words } = family;
  const findings = family.classify(facts);
  const steps = simulateAll(family, facts, plan.steps).map(({ step }) => step);
  const fixes = findingsFixed(family, steps, findings);
  const { summary, verify } = plan;
  const asked = plan.outcome === "repair" ? health.checks(facts) : [];
  // A plan of before the others were asked names none of them; the run asks them all the same.
  const before = health.previewed(facts);
  const checks = source === "the facts here" && sameJson(verify, before) ? before : asked;
  return [
    ...wrongOutcome(plan, findings, source),
    ...wrongFindings(plan.findings, findings.map(withoutRemedies), source),
    ...plan.steps.flatMap(({ id, fixes: told }, index) =>
      differing(source, ["steps", index, "fixes"], `what step ${id} helps to cure`, fixes[index], told),
    ),
    ...strangeNextSteps(family, plan, findings).map((index): Untruth => {
      return [
        ["nextSteps", index],
        `${source} do not lead to this advice, nor is it a sentence of this program`,
      ];
    }),
    ...differing(source, ["verify"], "what has to hold at the end", checks, verify),
    ...differing(
      source,
      ["shellVariables"],
      "what is taken from the shell",
      plan.outcome === "repair" ? (shellVariablesOf(family, facts).shellVariables ?? []) : [],
      plan.shellVariables ?? [],
    ),
    ...differing(source, ["summary", "downtime"], "the downtime", downtime(steps), summary.downtime),
    ...differing(
      source,
      ["summary", "ifNothingIsDone"],
      "what follows when nobody acts",
      words.ifNothingIsDone(facts, findings),
      summary.ifNothingIsDone,
    ),
  ];
}

function wrongOutcome(
  { outcome }: Plan,
  findings: readonly ClassifiedFinding[],
  source: Source,
): readonly Untruth[] {
  const trouble = findings.find(({ severity }) => severity !== "info");
  if (outcome === "healthy") {
    return trouble === undefined
      ? []
      : [[["outcome"], `${source} show that not all is well: ${trouble.summary}`]];
  }
  return trouble === undefined ? [[["outcome"], `${source} show nothing that is wrong`]] : [];
}

function wrongFindings(
  told: readonly Finding[],
  shown: readonly Finding[],
  source: Source,
): readonly Untruth[] {
  const missing = shown.slice(told.length).map(({ class: name, summary }): Untruth => {
    return [["findings"], `a finding is missing that ${source} show: ${name}: ${summary}`];
  });
  const wrong = told.flatMap((finding, index): readonly Untruth[] => {
    const is = shown[index];
    if (is === undefined) return [[["findings", index], `${source} do not show finding ${finding.id}`]];
    return findingFields
      .filter((field) => field !== "evidence" || source === "the recorded facts")
      .flatMap((field) =>
        differing(
          source,
          ["findings", index, field],
          `the ${field} of finding ${is.id}`,
          is[field],
          finding[field],
        ),
      );
  });
  return [...wrong, ...missing];
}

const findingFields = FindingSchema.keyof().options;

function differing(source: Source, path: Path, what: string, is: unknown, told: unknown): readonly Untruth[] {
  const message = `by ${source}, ${what} is ${JSON.stringify(is)}, not ${JSON.stringify(told)}`;
  return sameJson(is, told) ? [] : [[path, message]];
}
