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
}
