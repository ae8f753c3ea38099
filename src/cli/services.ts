import type { WritePorts } from "../catalog/define-tool.ts";
import type { TargetEyes } from "../apply/run-context.ts";
import type { DecodedJournal } from "../core/journal-record.ts";
import type { ChainedRecord } from "../core/journal-record.ts";
import type { Policy } from "../core/policy.ts";
import type { ApprovalRecord } from "../core/result.ts";
import type { ApprovalSource } from "../ports/approval.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { ModelLookup } from "../ports/model.ts";
import type { Lock } from "../ports/lock.ts";
import type { LintedSchema, SchemaCheck } from "../ports/published-schemas.ts";
import type { Random } from "../ports/random.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { Signer } from "../ports/signer.ts";
import type { StepContext } from "../catalog/define-tool.ts";
import type { TrustedKey } from "../attest/trust.ts";
import type { Style } from "../ui/style.ts";

/** Files that the user names on the command line: plans, bundles, results. Relative to where they are. */
export interface UserFiles {
  /** Throws RepairError `file_unreadable`: absent, not a regular file, larger than `maxBytes`, a link to be refused. */
  readonly read: (
    path: string,
    maxBytes: number,
    options?: { readonly links: "follow" | "refuse" },
  ) => Promise<Buffer>;
  /** With `links`, as for `write`: nothing is found free where it would not be written. */
  readonly exists: (path: string, options?: { readonly links: "refuse" }) => Promise<boolean>;
  /**
   * Whole or not at all; missing directories are made. Throws `file_exists` unless `force`, `file_unwritable`;
   * that, too, with `links`, when a link on the way leads out of the directory: for all paths that we make up.
   */
  readonly write: (path: string, text: string, options: WriteOptions) => Promise<void>;
}

interface WriteOptions {
  readonly force: boolean;
  readonly links?: "refuse";
}

/** A deployment that can be looked at and, through `write`, changed. */
export interface OpenTarget {
  /** Absolute. */
  readonly directory: string;
  readonly eyes: TargetEyes;
  readonly write: WritePorts;
  readonly close: () => void;
}

/** What a run keeps on disk: its journal, the copies of what it changes, and the lock. */
export interface OpenRun {
  /** What earlier runs of the plan left in the journal. */
  readonly records: readonly ChainedRecord[];
  /** Set when the end of the journal had been cut off; where what was there of its last record is kept. */
  readonly torn: { readonly line: number; readonly copy: string } | undefined;
  readonly journal: Journal;
  readonly journalPath: string;
  readonly backups: Pick<StepContext, "backUp" | "readBackUp">;
  readonly lock: Lock;
}

export interface OpenSigner {
  readonly signer: Signer;
  readonly keyId: string;
  readonly publicKeyPem: string;
}

/** Everything the commands need of the outside world; main.ts makes it out of the adapters. */
export interface CliServices {
  readonly version: string;
  readonly node: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** The user's own policy, which need not exist. */
  readonly userPolicyPath: string;
  /** Data; nothing else goes there. */
  readonly print: (text: string) => void;
  /** Style for stdout. */
  readonly style: Style;
  /** Progress and questions go to stderr. */
  readonly openReporter: (json: boolean) => { readonly reporter: Reporter; readonly close: () => void };
  readonly files: UserFiles;
  /** A published schema, loaded when it is asked for. */
  readonly publishedSchema: (name: LintedSchema) => Promise<SchemaCheck>;
  /** Values of the policy's secret variables are masked in all that is seen of the target. */
  readonly openTarget: (directory: string, policy: Pick<Policy, "secretVariables">) => Promise<OpenTarget>;
  /** A model to plan with, found without starting anything; only asked for when one is wanted. */
  readonly findModel: (policyModel: Policy["model"], planner: "auto" | "copilot") => Promise<ModelLookup>;
  /** Keeps what was said to and by a model in the run directory of a plan, for its owner alone; returns the path. */
  readonly saveTranscript: (directory: string, planName: string, text: string) => Promise<string>;
  /** Whether a run of a plan of this name was ever begun here. */
  readonly hasRun: (directory: string, planName: string) => Promise<boolean>;
  readonly openRun: (directory: string, planName: string) => Promise<OpenRun>;
  /** The journal of a plan's runs, without changing anything; undefined when there is none. */
  readonly readJournal: (directory: string, planName: string) => Promise<DecodedJournal | undefined>;
  readonly openSigner: (key: string | undefined) => Promise<OpenSigner>;
  /** The user's own key if there is one, and the given one. */
  readonly trustedKeys: (key: string | undefined) => Promise<readonly TrustedKey[]>;
  readonly approver: () => Promise<ApprovalRecord["approver"]>;
  /** Whether somebody is at the terminal to be asked. */
  readonly canAsk: boolean;
  /** Asks at the terminal; undefined when nobody is there. */
  readonly openPrompt: () => (ApprovalSource & { readonly close: () => void }) | undefined;
  readonly approvalFromFlags: (ids: readonly string[] | "safe") => ApprovalSource;
}
