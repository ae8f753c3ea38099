import { errorText } from "../core/errors.ts";
import type { JournalEntry } from "../core/records/journal-record.ts";
import type { Journal } from "../ports/journal.ts";

/** The journal as a run uses it: whoever cannot record must not act. */
export interface RunLog {
  /** Whether the record is on the disk. What it was to announce must not happen when it is not. */
  readonly record: (entry: JournalEntry) => Promise<boolean>;
  /** What the first failure threw; undefined while everything has been recorded. */
  readonly failure: () => unknown;
  /** The same in words. */
  readonly problem: () => string | undefined;
}

export function runLog(journal: Journal): RunLog {
  let failure: unknown;
  return {
    record: async (entry) => {
      if (failure !== undefined) return false;
      try {
        await journal.append(entry);
        return true;
      } catch (thrown) {
        failure = thrown ?? new Error("the journal failed");
        return false;
      }
    },
    failure: () => failure,
    problem: () => (failure === undefined ? undefined : errorText(failure)),
  };
}
