import { z } from "zod";
import type { DecisionProblem } from "./decision-problem.ts";
import type { JudgementGround } from "./judgement-ground.ts";
import { judgeSteps, type JudgedStep } from "./judge-steps.ts";
import { decisionSchema, isOversized, type ModelDecision } from "../planners/copilot-decision.ts";
import { instructionIn, plainQuotes } from "../planners/instructing-text.ts";

export type Diagnosis = ModelDecision["diagnosis"];

/** A decision that the compiler takes: its steps are the catalog's, its next steps are in our words. */
export type AcceptedDecision = { readonly diagnosis: Diagnosis; readonly confidence: number } & (
  | { readonly kind: "repair"; readonly steps: readonly JudgedStep[] }
  | { readonly kind: "stop"; readonly reason: string; readonly nextSteps: readonly string[] }
);

export type Judgement =
  | { readonly kind: "accepted"; readonly decision: AcceptedDecision }
  | { readonly kind: "refused"; readonly problems: readonly DecisionProblem[] };

/** Longer messages of the schema's check are cut. */
const MAX_MESSAGE = 600;

/** The compiler's judgement of what a model handed in, whatever that is. Never throws. */
export function judgeDecision(args: unknown, ground: JudgementGround): Judgement {
  if (isOversized(args)) {
    return refused([{ code: "M01", message: "it is far larger or deeper than any decision" }]);
  }
  const parsed = decisionSchema(ground.origin.family).safeParse(args);
  if (!parsed.success) {
    return refused([{ code: "M01", message: z.prettifyError(parsed.error).slice(0, MAX_MESSAGE) }]);
  }
  const decision = withPlainQuotes(parsed.data);
  const { diagnosis, confidence } = decision;
  const problems = [
    ...formProblems(decision),
    ...evidenceProblems(diagnosis, ground),
    ...textProblems(decision),
  ];
  if (decision.decision === "stop") {
    const { texts, problems: wrong } = nextSteps(decision, ground);
    if (problems.length + wrong.length > 0) return refused([...problems, ...wrong]);
    return accepted({ kind: "stop", diagnosis, confidence, reason: decision.reason, nextSteps: texts });
  }
  if (decision.steps.length === 0) return refused(problems);
  const judged = judgeSteps(decision.steps, ground);
  if (problems.length + judged.problems.length > 0) return refused([...problems, ...judged.problems]);
  return accepted({ kind: "repair", diagnosis, confidence, steps: judged.steps });
}

function accepted(decision: AcceptedDecision): Judgement {
  return { kind: "accepted", decision };
}

function refused(problems: readonly DecisionProblem[]): Judgement {
  return { kind: "refused", problems };
}

function withPlainQuotes(decision: ModelDecision): ModelDecision {
  const { diagnosis, reason, steps } = decision;
  return {
    ...decision,
    diagnosis: {
      ...diagnosis,
      summary: plainQuotes(diagnosis.summary),
      falsifier: plainQuotes(diagnosis.falsifier),
    },
    reason: plainQuotes(reason),
    steps: steps.map((step) => ({ ...step, why: plainQuotes(step.why) })),
  };
}

function formProblems({
  decision,
  steps,
  reason,
  nextSteps: next,
}: ModelDecision): readonly DecisionProblem[] {
  const found: string[] = [];
  if (decision === "repair" && steps.length === 0)
    found.push("the decision is repair, but there are no steps");
  if (decision === "stop" && steps.length > 0) found.push("the decision is stop, but there are steps");
  if (decision === "stop" && reason === "") found.push("the decision is stop, but there is no reason");
  if (decision === "stop" && next.length === 0)
    found.push("the decision is stop, but there are no next steps");
  return found.map((message) => ({ code: "M02", message }));
}

function evidenceProblems({ evidence }: Diagnosis, { facts }: JudgementGround): readonly DecisionProblem[] {
  return evidence
    .filter((id) => !facts.has(id))
    .map((id) => ({ code: "M03", message: `evidence "${id}" is not the id of a fact` }));
}

function textProblems({ diagnosis, reason, steps }: ModelDecision): readonly DecisionProblem[] {
  const texts: readonly (readonly [path: string, text: string])[] = [
    ["diagnosis.summary", diagnosis.summary],
    ["diagnosis.falsifier", diagnosis.falsifier],
    ["reason", reason],
    ...steps.map(({ why }, index) => [`steps.${index}.why`, why] as const),
  ];
  return texts.flatMap(([path, text]) => {
    const sign = instructionIn(text);
    if (sign === undefined) return [];
    const message = `${path} holds ${sign}: say what is, not what to do; what to do goes into steps and nextSteps`;
    return [{ code: "M04" as const, message }];
  });
}

function nextSteps(
  { nextSteps: asked }: ModelDecision,
  { facts, findings, origin: { family } }: JudgementGround,
): { readonly texts: readonly string[]; readonly problems: readonly DecisionProblem[] } {
  const judged = asked.map((step) => family.model.nextStepText(step, facts, findings));
  return {
    texts: [...new Set(judged.flatMap((one) => ("texts" in one ? one.texts : [])))],
    problems: judged.flatMap((one, index) =>
      "problem" in one ? [{ code: "M08" as const, message: `nextSteps.${index}: ${one.problem}` }] : [],
    ),
  };
}
