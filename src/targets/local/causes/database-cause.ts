import type { FindingClass } from "../facts/finding-classes.ts";

/** A line of a database's log that says why it does not come up. */
export interface DatabaseCause {
  readonly class: FindingClass;
  /** Goes behind "service ...: ". */
  readonly cause: string;
  readonly nextSteps: readonly string[];
  /** The fact that holds the line. */
  readonly evidence: string;
}

export type DatabaseCausePattern = Omit<DatabaseCause, "evidence"> & { readonly pattern: RegExp };

export const keepFiles = "do not remove its volume or any file in it: all that was collected is there";
