import type { StepContext, WritePorts } from "../catalog/define-tool.ts";
import type { Facts } from "../core/fact.ts";
import type { Plan, Step } from "../core/plan.ts";
import type { Redact } from "../core/redact.ts";
import type { ApprovalRecord } from "../core/result.ts";
import type { ApprovalSource } from "../ports/approval.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Reporter } from "../ports/reporter.ts";

/** Looks at the target; `probe` looks only at containers and health, for polling. */
export interface TargetEyes {
  readonly inspect: () => Promise<{ readonly facts: Facts; readonly redact: Redact }>;
  readonly probe: () => Promise<Facts>;
}

/** Everything a run needs; the plan has passed the compiler against facts read just before. */
export interface RunRequest {
  readonly plan: Plan;
  readonly planPath: string;
  readonly planDigest: string;
  readonly directory: string;
  readonly eyes: TargetEyes;
  readonly write: WritePorts;
  readonly approvals: ApprovalSource;
  readonly approver: ApprovalRecord["approver"];
  /** The text an approver is shown about a step, and more of it for those who ask. */
  readonly describe: (step: Step, plan: Plan) => { readonly shown: string; readonly details: string };
  readonly journal: Journal;
  readonly journalPath: string;
  readonly backups: Pick<StepContext, "backUp" | "readBackUp">;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly executor: { readonly version: string; readonly node: string };
  /** Milliseconds for the whole run. */
  readonly timeoutMs: number;
}

/** What a step is lent, for one attempt. */
export function stepContext(request: RunRequest, step: Step, redact: Redact, timeoutMs: number): StepContext {
  return {
    directory: request.directory,
    project: request.plan.metadata.target.project ?? "",
    signal: request.signal,
    timeoutMs,
    clock: request.clock,
    onLine: (text) => request.reporter.emit({ type: "step_waiting", step: step.id, text: redact(text) }),
    redact,
    probe: request.eyes.probe,
    ...request.backups,
  };
}
