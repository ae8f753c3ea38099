import type { Facts } from "../core/fact.ts";
import type { Step } from "../core/plan.ts";
import { changedText, compareReviewed, type ReadMasked, type ReviewedStep } from "../core/reviewed-values.ts";
import type { Run } from "./run-context.ts";

/** The values of a step that no fact shows, against those of when its plan was made; the steps before it are done. */
export function reviewedStep(
  { request }: Pick<Run, "request">,
  step: Step,
  facts: Facts,
  readMasked: ReadMasked,
): ReviewedStep {
  const { steps } = request.plan;
  const before = steps.slice(
    0,
    steps.findIndex(({ id }) => id === step.id),
  );
  const { masked } = request.family;
  return compareReviewed(
    masked.of(step, before, facts),
    (setting) => masked.isAsRunning(setting, facts),
    readMasked,
    request.reviewed ?? (() => "not_kept"),
  );
}

/** Why a step may not run although no fact has moved. */
export function unreviewedReason(
  run: Pick<Run, "request">,
  step: Step,
  facts: Facts,
  readMasked: ReadMasked,
): string | undefined {
  const { moved } = reviewedStep(run, step, facts, readMasked);
  return moved.length === 0 ? undefined : changedText(moved);
}
