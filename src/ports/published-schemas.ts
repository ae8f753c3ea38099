/** The schemas of the files that people write or edit. */
export type LintedSchema = "repair-plan.v1" | "repair-policy.v1";

/** Where a value does not fit a published JSON Schema. */
export interface SchemaProblem {
  readonly path: readonly string[];
  /** What is wrong is the last key of the path, not the value behind it. */
  readonly isKey: boolean;
  readonly message: string;
  readonly help: string | undefined;
}

/** Checks a value against one schema; empty when it fits. */
export type SchemaCheck = (value: unknown) => readonly SchemaProblem[];
