import type { DiagnosticCode } from "./diagnostic-codes.ts";

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Something wrong with a file that people write or edit. diagnostic-codes.ts says what each code
 * means, and what its range is about.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** A warning is shown but refuses nothing; an error when left out. */
  readonly severity?: "error" | "warning";
  readonly message: string;
  readonly help: string | undefined;
  readonly position: Position | undefined;
  /** Where it is in the document, such as `steps.0.args`. */
  readonly path: string;
}
