/** A place in a plan file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Something wrong with a plan. P01xx: the text is not acceptable YAML; P02xx: it does not fit the
 * schema; P03xx: it names what does not exist; P04xx: it does not do what it says; P05xx: bounds.
 */
export interface Diagnostic {
  readonly code: `P${number}`;
  readonly message: string;
  readonly help: string | undefined;
  readonly position: Position | undefined;
  /** Where it is in the document, such as `steps.0.args`. */
  readonly path: string;
}

export function formatDiagnostic(file: string, { code, message, help, position, path }: Diagnostic): string {
  const where = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  const inside = path === "" ? "" : ` (${path})`;
  return `error[${code}]: ${message}\n  --> ${where}${inside}${help === undefined ? "" : `\n  help: ${help}`}`;
}
