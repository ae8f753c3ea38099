/** Codes of the errors a user can meet; each maps to one exit code in cli/exit-code.ts. */
export type ErrorCode =
  | "usage"
  | "bad_facts_file"
  | "bad_plan"
  | "bad_policy"
  | "bad_result"
  | "file_exists"
  | "file_unreadable"
  | "file_unwritable"
  | "no_compose_file"
  | "wrong_target"
  | "approval_missing"
  | "plan_stale"
  | "plan_expired"
  | "plan_spent"
  | "run_unfinished"
  | "nothing_to_resume"
  | "locked"
  | "signing_key"
  | "interrupted"
  | "internal";

/**
 * An error made for the user: `message` is lower case, names the wrong value and holds no secret;
 * `hint` says what to do about it.
 */
export class RepairError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RepairError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** The one-line text of anything thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node or Docker error (`ENOENT`, `ECONNREFUSED`, ...), if it has one. */
export function errnoCode(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
