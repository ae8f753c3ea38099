import type { Step } from "../core/plan.ts";

/** What an approver is shown about a step; its digest goes into the approval record. */
export interface ApprovalRequest {
  readonly step: Pick<Step, "id" | "tool" | "effect">;
  /** What is asked for: to run the step, which it is when left out, or to take back what it did. */
  readonly action?: "run" | "undo";
  readonly index: number;
  readonly of: number;
  /** The exact text that is shown: tool, target, effect, preview, what happens on failure. */
  readonly shown: string;
  /** More about it, for those who ask. */
  readonly details: string;
  /** For destructive steps: what has to be typed. */
  readonly typeToConfirm: string | undefined;
  /** Whether `--approve safe` covers it, which the tool says; not when left out. */
  readonly coveredBySafe?: boolean;
}

/** The question before anything of a plan begins. */
export interface RunQuestion {
  readonly steps: number;
  /** How many of them are asked about again, each by itself. */
  readonly asking: number;
  /** A run that was cut off is finished. */
  readonly isResumed: boolean;
}

export type ApprovalDecision =
  | { readonly kind: "approved"; readonly how: "terminal" | "flag" }
  | { readonly kind: "declined"; readonly reason: string }
  | { readonly kind: "quit"; readonly reason: string }
  /** Nobody is there to be asked. */
  | { readonly kind: "missing"; readonly reason: string };

/** Who is asked before a mutating step. The executor knows nothing about terminals. */
export interface ApprovalSource {
  readonly request: (request: ApprovalRequest) => Promise<ApprovalDecision>;
  /** Asks once, before anything begins. A source without it has answered already, as flags have. */
  readonly confirmRun?: (question: RunQuestion) => Promise<ApprovalDecision>;
}
