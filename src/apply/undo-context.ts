import type { StepContext, WritePorts } from "../targets/define-tool.ts";
import type { KeyDigest } from "../core/text/keyed-digest.ts";
import type { Redact } from "../core/masking/redact.ts";
import type { ApprovalRecord, Result, StepState } from "../core/records/result.ts";
import type { RecordedStep } from "../core/records/run-records.ts";
import type { Target } from "../core/target.ts";
import type { TargetFamily } from "../targets/family.ts";
import type { ApprovalSource } from "../ports/approval.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { Deadline } from "./deadline.ts";
import type { TargetEyes } from "../targets/target-eyes.ts";
import type { RunLog } from "./run-log.ts";

/** Everything that taking a run back needs; the result's signature, signer and journal have been checked. */
export interface UndoRequest {
  readonly family: TargetFamily;
  readonly result: Result;
  /** What the journal holds of the run's steps, in the order in which they ran. */
  readonly steps: readonly RecordedStep[];
  /** The files that the deployment was described in before the run. */
  readonly sources: readonly string[];
  readonly directory: string;
  readonly eyes: TargetEyes;
  readonly write: WritePorts;
  readonly approvals: ApprovalSource;
  readonly approver: ApprovalRecord["approver"];
  readonly policies: ApprovalRecord["policies"];
  /** The text an approver is shown about a step, and more of it for those who ask. */
  readonly describe: (step: UndoDescription) => { readonly shown: string; readonly details: string };
  readonly journal: Journal;
  readonly backups: Pick<StepContext, "backUp" | "readBackUp">;
  /** For what the account says of files. */
  readonly keyed: KeyDigest;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds for all of it; the time in which a person is asked does not count. */
  readonly timeoutMs: number;
}

/** An undo under way. */
export interface Undoing {
  readonly request: UndoRequest;
  readonly log: RunLog;
  readonly deadline: Deadline;
  readonly redact: Redact;
}

/** A step of the result, with what the journal holds of it. */
export interface StepToUndo {
  readonly id: string;
  readonly tool: string;
  readonly version: number;
  readonly state: StepState;
  readonly recorded: RecordedStep | undefined;
  readonly index: number;
  readonly of: number;
}

/** What an approver is told about taking a step back. */
export interface UndoDescription extends StepToUndo {
  readonly target: Target;
  /** What will change: a diff of the files, secrets masked; empty for what is no file. */
  readonly change: string;
}
