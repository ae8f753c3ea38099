import { z } from "zod";
import { sha256Hex } from "../core/text/digest.ts";
import { JsonSchema, type Json } from "../core/text/json.ts";
import { SignatureError } from "./attest-error.ts";
import { parseJsonStrictly } from "./signed-json.ts";

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/**
 * What the predicate of a repair result is. We own the name; it need not resolve. The major version
 * stands in it: a reader that knows v1 must never see a meaning that a later field takes back.
 */
export const REPAIR_RESULT_TYPE = "https://gh-devlake.dev/repair-result/v1";

/** The same for the account of an undo. */
export const REPAIR_UNDO_TYPE = "https://gh-devlake.dev/repair-undo/v1";

/** The content of a statement; only its reader knows its schema. */
export type Predicate = Readonly<Record<string, Json>>;

const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits");

const Subject = z.strictObject({
  name: z.string().min(1).max(4096),
  digest: z.strictObject({ sha256: Sha256Hex }),
});

/** The file a statement speaks of: its name, for people, and its digest, which is what counts. */
export type Subject = Readonly<z.infer<typeof Subject>>;

const StatementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(Subject).min(1).max(64),
  predicateType: z.string().min(1),
  // Left open: the schema of the predicate is its reader's, and readers ignore what they do not know.
  predicate: z.record(z.string(), JsonSchema),
});

export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: Predicate;
}

/** The subject for a plan or a result. `fileName` may be a path of either kind; only its last part is kept. */
export function fileSubject(fileName: string, bytes: Uint8Array): Subject {
  const name = fileName.split(/[/\\]/).at(-1) ?? "";
  return Subject.parse({ name, digest: { sha256: sha256Hex(bytes) } });
}

/**
 * `predicate` is an object of JSON values; members that are undefined are left out, as JSON does.
 * Throws TypeError for what JSON would change in silence (NaN, functions, undefined in a list).
 */
export function buildStatement(
  subject: readonly Subject[],
  predicate: Readonly<Record<string, unknown>>,
  predicateType: string = REPAIR_RESULT_TYPE,
): Statement {
  const json: unknown = JSON.parse(JSON.stringify(predicate, refuseLoss));
  return StatementSchema.parse({ _type: STATEMENT_TYPE, subject, predicateType, predicate: json });
}

function refuseLoss(key: string, member: unknown): unknown {
  const lost =
    (typeof member === "number" && !Number.isFinite(member)) ||
    typeof member === "function" ||
    typeof member === "symbol" ||
    (Array.isArray(member) && member.includes(undefined));
  if (lost) throw new TypeError(`the predicate's "${key}" holds a value that JSON cannot`);
  return member;
}

/** Reads the verified payload of an envelope. Throws SignatureError when it is no statement of the wanted type. */
export function parseStatement(payload: Uint8Array, predicateType: string = REPAIR_RESULT_TYPE): Statement {
  const parsed = StatementSchema.safeParse(parseJsonStrictly(payload, "statement"));
  if (!parsed.success) {
    throw new SignatureError(
      "statement_malformed",
      `the signed statement is not an in-toto v1 statement: ${z.prettifyError(parsed.error)}`,
      { hint: "use a result file written by gh devlake repair" },
    );
  }
  if (parsed.data.predicateType !== predicateType) {
    throw new SignatureError(
      "predicate_type_unexpected",
      `the signed statement is a "${parsed.data.predicateType}", not a "${predicateType}"`,
      {
        hint: "check that this is the result file of a repair, written by a version of the same major number",
      },
    );
  }
  return parsed.data;
}
