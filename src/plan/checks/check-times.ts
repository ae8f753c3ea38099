import type { Plan } from "../../core/plan.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { Diagnostic } from "../files/diagnostics.ts";
import type { PositionOf } from "../files/strict-yaml.ts";

type Times = Pick<Plan["metadata"], "createdAt" | "validUntil">;

const HOUR_MS = 3_600_000;
/** Clocks of two machines may differ by as much. */
const MAX_CLOCK_DIFFERENCE_MS = HOUR_MS;

/** A plan is valid from when it was made, and for no longer than the policy lets it. */
export function checkTimes(
  times: Times,
  { planLifetimeHours }: Policy,
  positionOf: PositionOf,
): readonly Diagnostic[] {
  const { createdAt, validUntil } = times;
  const lifetimeMs = Date.parse(validUntil) - Date.parse(createdAt);
  const path = ["metadata", "validUntil"];
  const at = (code: Diagnostic["code"], message: string): readonly Diagnostic[] => [
    { code, message, help: undefined, position: positionOf(path), path: path.join(".") },
  ];
  if (lifetimeMs <= 0)
    return at("P0413", `the plan is valid until ${validUntil}, and was made on ${createdAt}`);
  // Both are written in whole seconds.
  if (lifetimeMs <= planLifetimeHours * HOUR_MS + 1000) return [];
  const hours = Math.round(lifetimeMs / HOUR_MS);
  return at("P0504", `the plan is valid for ${hours} h, the policy allows ${planLifetimeHours} h`);
}

/** No plan is of the future. */
export function isStillToCome({ createdAt }: Times, now: Date): boolean {
  return Date.parse(createdAt) > now.getTime() + MAX_CLOCK_DIFFERENCE_MS;
}
