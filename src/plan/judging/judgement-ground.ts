import type { Facts } from "../../core/fact.ts";
import type { ClassifiedFinding } from "../../core/finding.ts";
import type { Decision, PlanOrigin } from "../assemble.ts";

/** What a decision is judged against. */
export interface JudgementGround {
  readonly facts: Facts;
  readonly findings: readonly ClassifiedFinding[];
  /** What the offline planner proposes. */
  readonly offline: Decision;
  readonly origin: PlanOrigin;
}
