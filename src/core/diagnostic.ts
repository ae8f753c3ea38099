/** A place in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Something wrong with a file that people write or edit. P01xx: the text is not acceptable YAML;
 * P02xx: it does not fit the schema; P03xx: it names what does not exist; P04xx: it does not do what
 * it says; P05xx: the policy forbids it.
 */
export interface Diagnostic {
  readonly code: `P${number}`;
  readonly message: string;
  readonly help: string | undefined;
  readonly position: Position | undefined;
  /** Where it is in the document, such as `steps.0.args`. */
  readonly path: string;
}
