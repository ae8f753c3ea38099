import type { StepContext, WritePorts } from "../targets/define-tool.ts";
import type { Footprint } from "../core/footprint.ts";
import type { Plan, Step } from "../core/plan.ts";
import type { TargetFamily } from "../targets/family.ts";
import type { MaskedSetting, Reviewed } from "../core/reviewed-values.ts";
import type { ApprovalRecord, RunOutcome } from "../core/records/result.ts";
import type { ApprovalSource } from "../ports/approval.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Random } from "../ports/random.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { Deadline } from "./deadline.ts";
import type { FreshFacts, TimedInspection } from "./fresh-facts.ts";
import type { CutOffRun } from "./past-run.ts";
import type { TargetEyes } from "../targets/target-eyes.ts";
import type { RunLog } from "./run-log.ts";

/** Everything a run needs; the plan has passed the compiler against facts read just before. */
export interface RunRequest {
  readonly family: TargetFamily;
  readonly plan: Plan;
  readonly planPath: string;
  readonly planDigest: string;
  readonly directory: string;
  readonly eyes: TargetEyes;
  /** The inspection that the plan was compiled on just before; without it the run begins with one. */
  readonly inspected?: TimedInspection | undefined;
  readonly write: WritePorts;
  readonly approvals: ApprovalSource;
  readonly approver: ApprovalRecord["approver"];
  /** Digests of the policy files under which it is approved; undefined when there are none. */
  readonly policies?: ApprovalRecord["policies"];
  /** Whether a failed run takes back what it changed; it does when left out. */
  readonly onFailure?: "restore" | "keep";
  /** The text an approver is shown about a step, and more of it for those who ask. */
  readonly describe: (
    step: Step,
    uncompared: readonly MaskedSetting[],
  ) => { readonly shown: string; readonly details: string };
  /** Compares masked values with those of when the plan was made; left out, none of them were kept. */
  readonly reviewed?: Reviewed | undefined;
  readonly journal: Journal;
  readonly journalPath: string;
  readonly backups: Pick<StepContext, "backUp" | "readBackUp">;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly executor: { readonly version: string; readonly node: string };
  /** Milliseconds for the whole run; the time in which a person is asked does not count. */
  readonly timeoutMs: number;
  /** The run of the same plan, cut off before its end, that this one is to finish. */
  readonly resume?: CutOffRun | undefined;
}

/** A run under way: what was asked for, and what it keeps while it goes on. */
export interface Run {
  readonly request: RunRequest;
  readonly log: RunLog;
  readonly fresh: FreshFacts;
  readonly deadline: Deadline;
  /** From before the first step, of the first run when this one goes on. */
  readonly before: { readonly facts: string; readonly footprint: Footprint };
}

/** Why a run stopped before its last step, and how it ends because of that. */
export interface Stop {
  readonly outcome: RunOutcome;
  readonly reason: string;
}

/** What a step is lent, for one attempt. */
export function stepContext({ request, fresh }: Run, step: Step, timeoutMs: number): StepContext {
  const { redact } = fresh;
  return {
    directory: request.directory,
    target: request.plan.metadata.target,
    signal: request.signal,
    timeoutMs,
    clock: request.clock,
    onLine: (text) => request.reporter.emit({ type: "step_waiting", step: step.id, text: redact(text) }),
    redact,
    probe: request.eyes.probe,
    ...request.backups,
  };
}
