import type { JournalEntry } from "../core/journal-record.ts";

/** The append-only record of the runs of one plan. */
export interface Journal {
  /**
   * Resolves only when the record is on the disk for good; appends are written in the order of the calls.
   * Rejects with RepairError `file_unwritable` when that failed, and from then on always: what the
   * record was to announce must not happen, and what it was to report counts as unknown.
   */
  readonly append: (entry: JournalEntry) => Promise<{ readonly seq: number; readonly hash: string }>;
  /** Records so far. */
  readonly length: number;
  /** Hash of the last record. */
  readonly head: string;
  /** Waits for appends under way. */
  readonly close: () => Promise<void>;
}
