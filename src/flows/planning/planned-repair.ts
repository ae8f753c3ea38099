import type { Plan } from "../../core/plan.ts";

/** Which planner is wanted, and how long a model may take. */
export interface PlannerWish {
  /** `auto`: a model is asked where the rules are not certain and one can be reached. */
  readonly planner: "auto" | "offline" | "copilot";
  readonly modelTimeoutMs: number;
}

export interface PlannedRepair {
  readonly plan: Plan;
  /** What a model was told and said, redacted; undefined when none was asked. */
  readonly transcript: string | undefined;
}
