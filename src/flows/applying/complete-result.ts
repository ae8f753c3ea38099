import type { RunAccount } from "../../apply/run.ts";
import type { RunPlace } from "../../core/records/deployment-id.ts";
import { digestJson } from "../../core/text/digest.ts";
import { RepairError } from "../../core/errors.ts";
import type { Plan } from "../../core/plan.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { AttemptReport, StepReport } from "../../core/records/result.ts";
import { recordedRun, type RecordedAttempt, type RecordedRun } from "../../core/records/run-records.ts";
import type { CliServices } from "../services.ts";

/** What a result says beside the account of its run. */
export interface Around {
  readonly plan: Plan;
  readonly policy: Pick<Policy, "files">;
  readonly place: RunPlace;
}

/** The account with who planned, under which policies, and every attempt as the journal has it. */
export async function completeResult(
  account: RunAccount,
  { plan, policy, place }: Around,
  services: Pick<CliServices, "readJournal">,
): Promise<RunAccount> {
  const run = await runInJournal(account, place, services);
  return {
    ...account,
    planner: plan.metadata.planner,
    ...(policy.files.length > 0 && { policies: [...policy.files] }),
    steps: account.steps.map((step) => withAttempts(step, run)),
  };
}

/** undefined when the journal can no longer be read: the account stands without it, and says that it failed. */
async function runInJournal(
  { journal }: RunAccount,
  place: RunPlace,
  { readJournal }: Pick<CliServices, "readJournal">,
): Promise<RecordedRun | undefined> {
  try {
    const decoded = await readJournal(place);
    return decoded === undefined ? undefined : recordedRun(decoded.records, journal.length);
  } catch (thrown) {
    if (thrown instanceof RepairError) return undefined;
    throw thrown;
  }
}

function withAttempts(step: StepReport, run: RecordedRun | undefined): StepReport {
  const recorded = run?.steps.find(({ id }) => id === step.id);
  if (recorded === undefined) return step;
  // The first one knows what was there before the step.
  const undo = recorded.attempts.find(({ intent }) => intent.undo !== null)?.intent.undo;
  return {
    ...step,
    ...(undo !== undefined && { undoDigest: digestJson(undo) }),
    attemptLog: recorded.attempts.map(attemptReport),
  };
}

function attemptReport({ intent, at, outcome }: RecordedAttempt): AttemptReport {
  const { attempt } = intent;
  if (outcome === undefined)
    return { attempt, startedAt: at, state: "unknown", reason: "its end was not recorded" };
  return { attempt, startedAt: at, endedAt: outcome.at, state: outcome.state, reason: outcome.reason };
}
