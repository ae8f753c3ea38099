import type { DeploymentId, PlannedPlace, RunPlace } from "../core/records/deployment-id.ts";
import type { ChainedRecord, DecodedJournal } from "../core/records/journal-record.ts";
import type { KeyDigest } from "../core/text/keyed-digest.ts";
import type { MaskedValue, Reviewed } from "../core/reviewed-values.ts";
import type { Journal } from "./journal.ts";
import type { Lock } from "./lock.ts";

/** What a run keeps on disk: its journal, the copies of what it changes, and the lock. */
export interface OpenRun {
  /** What earlier runs of the plan left in the journal; it bears this user's seal. */
  readonly records: readonly ChainedRecord[];
  /** Set when the end of the journal had been cut off; where what was there of its last record is kept. */
  readonly torn: { readonly line: number; readonly copy: string } | undefined;
  readonly journal: Journal;
  /** For people and for the result: with `~` or a variable in place of what only this machine has. */
  readonly journalPath: string;
  readonly backups: {
    /** Keeps a copy of a file's text and returns its name. */
    readonly backUp: (path: string, text: string) => Promise<string>;
    readonly readBackUp: (name: string) => Promise<string>;
  };
  /** With a key of this run alone. */
  readonly keyed: KeyDigest;
  /** Keeps a copy of the signed result that was made of the journal's first `length` records. */
  readonly keepResult: (length: number, text: string) => Promise<void>;
  /** Where that copy is, for people; undefined when that result was never signed. */
  readonly keptResult: (length: number) => Promise<string | undefined>;
  readonly lock: Lock;
}

/**
 * What runs leave behind, in the user's private state directory, by deployment and plan: nothing of it is in a checkout.
 * `directory`: the deployment's, in which that directory must not be.
 */
export interface RunState {
  /** Whether a run of the plan was ever begun on the deployment by this user. */
  readonly hasRun: (place: RunPlace, directory: string) => Promise<boolean>;
  /** Takes the deployment's lock first. Throws RepairError `locked`, `file_unreadable` for a journal that is not believed. */
  readonly openRun: (place: RunPlace, directory: string) => Promise<OpenRun>;
  /** The journal of a plan's runs, without changing anything; undefined when there is none. */
  readonly readJournal: (place: RunPlace) => Promise<DecodedJournal | undefined>;
  /**
   * Keeps what was said to and by a model in the run directory of a plan, for its owner alone; returns the path.
   * `deployment`: undefined where no engine answered.
   */
  readonly saveTranscript: (
    deployment: DeploymentId | undefined,
    planName: string,
    text: string,
  ) => Promise<string>;
  /**
   * Keeps what tells later whether masked values are still those of when a plan was made: no value, and nothing by which
   * one could be found without the user's own key. `planDigest`: of the file's bytes.
   */
  readonly keepReviewed: (
    place: PlannedPlace,
    directory: string,
    values: readonly MaskedValue[],
  ) => Promise<void>;
  /** Compares with what was kept; makes nothing. */
  readonly reviewed: (place: PlannedPlace, directory: string) => Promise<Reviewed>;
  /** Whether a directory that a run recorded is still there, and is another one than this. */
  readonly isElsewhere: (recorded: string, directory: string) => Promise<boolean>;
  /** Whether the directory holds run state of an older version, which nobody believes. */
  readonly hasOldRunState: (directory: string) => Promise<boolean>;
}
