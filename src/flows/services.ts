import type { WritePorts } from "../targets/define-tool.ts";
import type { TargetFamily } from "../targets/family.ts";
import type { TargetEyes } from "../targets/target-eyes.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { ApprovalRecord } from "../core/records/result.ts";
import type { ApprovalSource } from "../ports/approval.ts";
import type { Clock } from "../ports/clock.ts";
import type { ModelLookup } from "../ports/model.ts";
import type { LintedSchema, SchemaCheck } from "../ports/published-schemas.ts";
import type { Random } from "../ports/random.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { RunState } from "../ports/run-state.ts";
import type { Signer } from "../ports/signer.ts";
import type { TrustedKey } from "../attest/trust.ts";
import type { Style } from "../ui/text/style.ts";

/** Files that the user names on the command line: plans, bundles, results. Relative to where they are. */
export interface UserFiles {
  /**
   * Throws RepairError `file_unreadable`: absent, not a regular file, larger than `maxBytes`, a link to be refused.
   * With `inside` only one that leads out of the directory is: for all files whose lines are quoted.
   */
  readonly read: (
    path: string,
    maxBytes: number,
    options?: { readonly links: "follow" | "refuse" | "inside" },
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
  readonly family: TargetFamily;
  /** Absolute. */
  readonly directory: string;
  readonly eyes: TargetEyes;
  readonly write: WritePorts;
  readonly close: () => void;
}

export interface OpenSigner {
  readonly signer: Signer;
  readonly keyId: string;
  readonly publicKeyPem: string;
}

/** Everything the commands need of the outside world; main.ts makes it out of the adapters. */
export interface CliServices extends RunState {
  /** The kinds of targets that there are. */
  readonly families: readonly TargetFamily[];
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
