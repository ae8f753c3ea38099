import type { JournalEntry } from "../core/records/journal-record.ts";

/** The append-only record of the runs of one plan. */
export interface Journal {
  /**
   * Resolves only when the record is on the disk for good; appends are written in the order of the calls.
   * Rejects with RepairError when that failed, and from then on always with the same: what the record was
   * to announce must not happen, and what it was to report counts as unknown. `file_unwritable`: the disk;
   * `internal`: an entry that no reader would take, or a journal that is closed.
   */
  readonly append: (entry: JournalEntry) => Promise<{ readonly seq: number; readonly hash: string }>;
  /** Records so far. */
  readonly length: number;
  /** Hash of the last record. */
  readonly head: string;
  /** Waits for appends under way. */
  readonly close: () => Promise<void>;
}
