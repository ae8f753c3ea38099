import type { DiagnosticCode } from "../../core/diagnostic-codes.ts";

/** What can be wrong with a model's decision beyond what can be wrong with a plan. docs/planners.md has them too. */
export const decisionCodes = {
  M01: "the decision is not of the form that was asked for",
  M02: "its parts contradict each other",
  M03: "it cites a fact that does not exist",
  M04: "a text tells people what to do, or claims that they agreed",
  M05: "an argument names what no fact and no remedy names",
  M06: "no finding needs the step",
  M07: "it leaves more undone than the rules' plan",
  M08: "a next step is about something that does not exist",
} as const;
export type DecisionCode = keyof typeof decisionCodes;

export interface DecisionProblem {
  readonly code: DecisionCode | DiagnosticCode;
  /** For the model and for people; may quote the model. */
  readonly message: string;
}
