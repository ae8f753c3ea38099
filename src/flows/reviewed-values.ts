import type { PlannedPlace } from "../core/records/deployment-id.ts";
import { deploymentOf } from "./run-place.ts";
import { RepairError } from "../core/errors.ts";
import type { Facts } from "../core/fact.ts";
import type { Plan } from "../core/plan.ts";
import {
  changedText,
  compareReviewed,
  type MaskedValue,
  type ReadMasked,
  type Reviewed,
} from "../core/reviewed-values.ts";
import type { TargetFamily } from "../targets/family.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { PlanSource } from "./planning/make-plan.ts";
import type { SavedPlan } from "./planning/save-plan.ts";
import type { CliServices } from "./services.ts";

/**
 * Keeps what tells later whether the masked values of what the plan would make are still the same. A plan
 * that was not made on the deployment itself keeps nothing, and one whose values cannot be kept is as good but for that.
 */
export async function keepReviewedValues(
  { plan, digest }: Pick<SavedPlan, "plan" | "digest">,
  { facts, seen, family }: PlanSource,
  reporter: Reporter,
  services: Pick<CliServices, "keepReviewed" | "families">,
): Promise<void> {
  const place = plannedPlace(plan, digest, services);
  if (seen === undefined || place === undefined) return;
  const values = new Map<string, MaskedValue>();
  for (const masked of plan.steps.flatMap((step) => family.masked.of(step, [], facts))) {
    const value = seen.readMasked(masked);
    if (value !== undefined)
      values.set(JSON.stringify([masked.service, masked.setting]), { ...masked, value });
  }
  if (values.size === 0) return;
  try {
    await services.keepReviewed(place, seen.directory, [...values.values()]);
  } catch (thrown) {
    if (!(thrown instanceof RepairError)) throw thrown;
    const text = `masked values cannot be compared when this plan is applied: ${thrown.message}`;
    reporter.emit({ type: "note", text });
  }
}

/** How a plan's masked values compare with those of when it was made. */
export async function reviewedValues(
  { plan, digest }: Pick<SavedPlan, "plan" | "digest">,
  directory: string,
  services: Pick<CliServices, "reviewed" | "families">,
): Promise<Reviewed> {
  const place = plannedPlace(plan, digest, services);
  return place === undefined ? () => "not_kept" : services.reviewed(place, directory);
}

/** Of the deployment before the first step: why the plan is stale although no fact has moved, a line a step. */
export function changedValues(
  family: TargetFamily,
  { steps }: Plan,
  facts: Facts,
  readMasked: ReadMasked,
  reviewed: Reviewed,
): readonly string[] {
  return steps.flatMap((step) => {
    const { moved } = compareReviewed(
      family.masked.of(step, [], facts),
      (setting) => family.masked.isAsRunning(setting, facts),
      readMasked,
      reviewed,
    );
    return moved.length === 0 ? [] : [`${step.id}: ${changedText(moved)}`];
  });
}

function plannedPlace(
  plan: Plan,
  planDigest: string,
  services: Pick<CliServices, "families">,
): PlannedPlace | undefined {
  const deployment = deploymentOf(plan.metadata.target, services);
  return deployment && { deployment, planDigest };
}
