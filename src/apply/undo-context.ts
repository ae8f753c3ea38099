import type { StepContext, WritePorts } from "../catalog/define-tool.ts";
import type { KeyDigest } from "../core/keyed-digest.ts";
import type { Redact } from "../core/redact.ts";
import type { ApprovalRecord, Result, StepState } from "../core/result.ts";
import type { RecordedStep } from "../core/run-records.ts";
import type { Target } from "../core/target.ts";
import type { ApprovalSource } from "../ports/approval.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { Deadline } from "./deadline.ts";
import type { TargetEyes } from "./run-context.ts";
import type { RunLog } from "./run-log.ts";

/** Everything that taking a run back needs; the result's signature, signer and journal have been checked. */
export interface UndoRequest {
  readonly result: Result;
  /** What the journal holds of the run's steps, in the order in which they ran. */
  readonly steps: readonly RecordedStep[];
  /** The files that made up the Compose model before the run. */
  readonly composeFiles: readonly string[];
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
