import type { Finding } from "./finding.ts";
import type { Step } from "./plan.ts";
import type { HealthReport, RunOutcome, StepState } from "./result.ts";

export type Stage = "inspect" | "classify" | "plan" | "apply" | "verify" | "attest";

/** What a run tells while it goes on; texts are already redacted, control characters not yet escaped. */
export type RunEvent =
  | { readonly type: "stage_started"; readonly stage: Stage; readonly text: string }
  | { readonly type: "stage_done"; readonly stage: Stage; readonly text: string; readonly ms: number }
  | { readonly type: "finding"; readonly finding: Finding }
  | { readonly type: "step_started"; readonly step: Step; readonly index: number; readonly of: number }
  | { readonly type: "step_waiting"; readonly step: string; readonly text: string }
  | {
      readonly type: "step_retrying";
      readonly step: string;
      readonly attempt: number;
      readonly reason: string;
    }
  | {
      readonly type: "step_ended";
      readonly step: string;
      readonly tool: string;
      readonly state: StepState;
      readonly reason: string;
      readonly ms: number;
    }
  | {
      readonly type: "health";
      readonly reports: readonly HealthReport[];
      readonly healthy: boolean;
      readonly text: string;
    }
  | {
      readonly type: "run_ended";
      readonly outcome: RunOutcome;
      readonly reason: string;
      readonly resultPath: string;
    }
  | { readonly type: "note"; readonly text: string };
