import type { ErrorCode } from "../core/errors.ts";
import type { PlanOutcome } from "../core/plan.ts";
import type { RunOutcome } from "../core/records/result.ts";
import type { UndoAccount, UndoOutcome } from "../core/records/undo-account.ts";

/** What the process ends with; the table that users see is in the README. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  planHasSteps: 2,
  noSafeRepair: 3,
  approvalMissing: 4,
  planStale: 5,
  failedRestored: 6,
  failed: 7,
  unhealthy: 8,
  usage: 9,
  lockedOrDisabled: 10,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const ofError: Record<ErrorCode, ExitCode> = {
  usage: exitCodes.usage,
  bad_facts_file: exitCodes.usage,
  bad_plan: exitCodes.usage,
  bad_policy: exitCodes.usage,
  bad_result: exitCodes.usage,
  file_exists: exitCodes.usage,
  file_unreadable: exitCodes.usage,
  file_unwritable: exitCodes.usage,
  no_compose_file: exitCodes.usage,
  wrong_target: exitCodes.usage,
  signing_key: exitCodes.usage,
  nothing_to_resume: exitCodes.usage,
  // A plan that has been run is like one that was never approved: nothing may run on its strength.
  plan_spent: exitCodes.approvalMissing,
  plan_expired: exitCodes.approvalMissing,
  approval_missing: exitCodes.approvalMissing,
  plan_stale: exitCodes.planStale,
  locked: exitCodes.lockedOrDisabled,
  // It holds the plan as a lock would, until somebody resumes it.
  run_unfinished: exitCodes.lockedOrDisabled,
  interrupted: exitCodes.interrupted,
  internal: exitCodes.internal,
};

const ofUndo: Record<UndoOutcome, ExitCode> = {
  restored: exitCodes.ok,
  "partly-restored": exitCodes.failed,
  "not-restored": exitCodes.failed,
};

const ofRun: Record<RunOutcome, ExitCode> = {
  repaired: exitCodes.ok,
  unhealthy: exitCodes.unhealthy,
  declined: exitCodes.approvalMissing,
  stale: exitCodes.planStale,
  "failed-restored": exitCodes.failedRestored,
  failed: exitCodes.failed,
  interrupted: exitCodes.interrupted,
};

export function exitCodeOf(error: ErrorCode): ExitCode {
  return ofError[error];
}

export function exitCodeOfRun(outcome: RunOutcome): ExitCode {
  return ofRun[outcome];
}

/** A refusal or what has moved is named as such only when that alone is in the way. */
export function exitCodeOfUndo({ outcome, interrupted, steps }: UndoAccount): ExitCode {
  if (interrupted) return exitCodes.interrupted;
  const open = steps.filter(({ state }) => state !== "restored" && state !== "skipped");
  if (open.length > 0 && open.every(({ state }) => state === "declined")) return exitCodes.approvalMissing;
  if (outcome === "not-restored" && open.every(({ state }) => state === "stale")) return exitCodes.planStale;
  return ofUndo[outcome];
}

/** `detailed` is `--detailed-exitcode`: a plan with steps can be told from a healthy deployment. */
export function exitCodeOfPlan(
  outcome: PlanOutcome,
  { detailed = false }: { readonly detailed?: boolean } = {},
): ExitCode {
  switch (outcome) {
    case "healthy":
      return exitCodes.ok;
    case "repair":
      return detailed ? exitCodes.planHasSteps : exitCodes.ok;
    case "escalate":
      return exitCodes.noSafeRepair;
  }
}
