import { z } from "zod";
import { digestPattern, sha256Hex } from "../text/digest.ts";
import { RepairError } from "../errors.ts";
import { FootprintSchema } from "../footprint.ts";
import type { Seal } from "./journal-seal.ts";
import { JsonSchema, sameJson } from "../text/json.ts";
import {
  ApprovalRecordSchema,
  HealthReportSchema,
  ResultSchema,
  RunOutcomeSchema,
  StepStateSchema,
} from "./result.ts";
import { TargetSchema } from "../target.ts";

const AttemptSchema = z.int().min(1).describe("which attempt at the step, from 1");
const stepId = z.string().describe("id of the step in the plan");
const reason = z.string().describe("why, for people");

/** A result without what is known only once its journal has ended: its anchor, and who signs it. */
export const EndedAccountSchema = ResultSchema.omit({ journal: true, signer: true });
export type EndedAccount = z.infer<typeof EndedAccountSchema>;

/** What happened. Every text in it has been redacted by the caller: the journal writes what it is given. */
export const JournalEntrySchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("run_started"),
    planDigest: z.string().regex(digestPattern).describe("sha256 of the plan file's bytes"),
    planName: z.string().describe("name of the plan, which the run's directory has too"),
    target: TargetSchema,
    executor: z
      .strictObject({
        version: z.string().describe("version of this program"),
        node: z.string().describe("version of Node.js"),
      })
      .describe("the program that ran"),
    directory: z
      .string()
      .optional()
      .describe(
        "the deployment's directory on this machine; an undo or a resumed run elsewhere would change other files",
      ),
    resumed: z.boolean().describe("whether this run goes on where an earlier one of the same plan stopped"),
    before: z
      .strictObject({
        facts: z.string().regex(digestPattern).describe("sha256 of all facts"),
        footprint: FootprintSchema.describe("the things that steps can change"),
      })
      .optional()
      .describe("what the deployment was like before the first step; not in records of a resumed run"),
  }),
  z.strictObject({ kind: z.literal("approval"), record: ApprovalRecordSchema }),
  z.strictObject({
    kind: z.literal("step_intent"),
    step: stepId,
    tool: z.string().describe("tool of the step"),
    version: z.int().describe("version of the tool"),
    args: z.record(z.string(), JsonSchema).describe("arguments of the step"),
    attempt: AttemptSchema,
    previewDigest: z.string().regex(digestPattern).describe("sha256 of the preview that was approved"),
    undo: JsonSchema.describe("what the tool's undo needs; null when the step has none"),
  }),
  z.strictObject({
    kind: z.literal("step_outcome"),
    step: stepId,
    attempt: AttemptSchema,
    state: StepStateSchema,
    reason,
    transient: z
      .literal(true)
      .optional()
      .describe("set when the failure may pass, so that it may be tried again"),
  }),
  z.strictObject({
    kind: z.literal("health"),
    reports: z.array(HealthReportSchema).describe("each health check and what was observed"),
  }),
  z.strictObject({ kind: z.literal("undo_intent"), step: stepId }),
  z.strictObject({
    kind: z.literal("undo_outcome"),
    step: stepId,
    outcome: z.enum(["restored", "not-restored"]).describe("whether all is as it was before the step"),
    reason,
  }),
  z.strictObject({
    kind: z.literal("interrupted"),
    signal: z.string().describe("what ended the run, such as SIGINT"),
  }),
  z.strictObject({
    kind: z.literal("run_ended"),
    outcome: RunOutcomeSchema,
    reason,
    account: EndedAccountSchema.optional().describe("what is signed, should signing be cut off"),
  }),
]);
export type JournalEntry = z.infer<typeof JournalEntrySchema>;

export const JournalRecordSchema = z.strictObject({
  seq: z.int().min(1).describe("counts from 1 without gaps, so it is also the line in the file"),
  at: z.iso.datetime().describe("when it was written, UTC"),
  entry: JournalEntrySchema.describe("what happened"),
});
export type JournalRecord = z.infer<typeof JournalRecordSchema>;

/** A record as it stands in a journal; `hash` covers it and all before it. */
export type ChainedRecord = JournalRecord & { readonly hash: string };

/** How much of a journal there was and what it said: only such an anchor outside shows a dropped last record. */
export interface JournalAnchor {
  readonly length: number;
  readonly head: string;
}

/** The hash before the first record. */
export const GENESIS_HASH = "0".repeat(64);

/** `records` are the sound ones from the start; `head` and `soundBytes` are where they end. */
export type DecodedJournal = {
  readonly records: readonly ChainedRecord[];
  readonly head: string;
  readonly soundBytes: number;
} & (
  | { readonly kind: "whole" }
  /** What follows is one record whose writing was cut off; it was never acknowledged. `line` counts from 1. */
  | { readonly kind: "torn"; readonly line: number }
  | { readonly kind: "corrupt"; readonly line: number; readonly reason: string }
);

/**
 * One line: `<sha256 of previous hash, LF, body> SP <seal of that hash> SP <body> LF`, the body being JSON. Without a seal,
 * as older versions wrote it, nobody believes the journal by itself.
 * Throws RepairError `internal` for a record that the schema refuses.
 */
export function encodeRecord(
  record: JournalRecord,
  previousHash: string,
  seal?: Seal,
): { readonly line: string; readonly hash: string } {
  const parsed = JournalRecordSchema.safeParse(record);
  if (!parsed.success) {
    throw new RepairError(
      "internal",
      `journal record ${record.seq} is not valid: ${issueText(parsed.error)}`,
    );
  }
  if (!sameJson(parsed.data, record)) {
    throw new RepairError("internal", `journal record ${record.seq} has a member that would be lost`, {
      hint: "a key such as __proto__ cannot be recorded",
    });
  }
  const body = JSON.stringify(parsed.data);
  const hash = sha256Hex(`${previousHash}\n${body}`);
  const sealed = seal === undefined ? "" : `${seal(hash)} `;
  return { line: `${hash} ${sealed}${body}\n`, hash };
}

const sealPattern = /^([0-9a-f]{64}) $/;
const LF = 0x0a;
const NUL = 0x00;

/**
 * Reads a whole journal. Works on bytes: decoding first would make different bytes look the same. With `seal` every record
 * has to bear that seal; without it seals are passed over, which is enough only to hold a journal against a signed anchor.
 */
export function decodeJournal(bytes: Uint8Array, seal?: Seal): DecodedJournal {
  const records: ChainedRecord[] = [];
  let head = GENESIS_HASH;
  let soundBytes = 0;
  while (soundBytes < bytes.length) {
    const end = bytes.indexOf(LF, soundBytes);
    const line = bytes.subarray(soundBytes, end === -1 ? bytes.length : end);
    const position = records.length + 1;
    const read = end === -1 ? "it does not end with a line feed" : decodeLine(line, position, head, seal);
    if (typeof read === "string") {
      const sofar = { records, head, soundBytes, line: position };
      const last = end === -1 || end === bytes.length - 1;
      return last && isTorn(line, end !== -1, position, head, seal)
        ? { kind: "torn", ...sofar }
        : { kind: "corrupt", ...sofar, reason: read };
    }
    records.push(read);
    head = read.hash;
    soundBytes = end + 1;
  }
  return { kind: "whole", records, head, soundBytes };
}

/**
 * Whether a power cut in the middle of a write can have left this last line: it stops early, or it
 * has holes of zeros where blocks did not reach the disk. Any other damage may have hit a record that
 * was acknowledged (a step's intent, say), and to drop that one could run the step twice.
 */
function isTorn(
  line: Uint8Array,
  terminated: boolean,
  position: number,
  head: string,
  seal: Seal | undefined,
): boolean {
  // Only one record at a time is written: where the next begins, this one had been acknowledged.
  if (Buffer.from(line).includes(`{"seq":${position + 1},"at":`)) return false;
  if (line.includes(NUL)) return true;
  // A whole record and one more byte: that byte was its line feed.
  return !terminated && typeof decodeLine(line.subarray(0, -1), position, head, seal) === "string";
}

/** The record, or why the line is none. */
function decodeLine(
  line: Uint8Array,
  position: number,
  previousHash: string,
  seal: Seal | undefined,
): ChainedRecord | string {
  const hash = Buffer.from(line.subarray(0, 64)).toString("latin1");
  const found = sealPattern.exec(Buffer.from(line.subarray(65, 130)).toString("latin1"))?.[1];
  const body = line.subarray(found === undefined ? 65 : 130);
  if (line[64] !== 0x20) return "it does not start with a hash and a space";
  if (sha256Hex(Buffer.concat([Buffer.from(`${previousHash}\n`), body])) !== hash) {
    return "its hash does not fit it and the record before it";
  }
  if (seal !== undefined && found !== seal(hash)) {
    return found === undefined
      ? "it bears no seal of yours, so it was written by somebody else"
      : "its seal is not one that your journal key makes for this deployment and plan";
  }
  // From here on only a forger, or another version of this program, can have written what does not fit.
  const text = Buffer.from(body).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const parsed = JournalRecordSchema.safeParse(value);
  if (!parsed.success) return issueText(parsed.error);
  // Keys twice, for one: what is read here would not be what others read.
  if (JSON.stringify(parsed.data) !== text) return "its JSON is not in the form that this program writes";
  if (parsed.data.seq !== position) return `it has number ${parsed.data.seq}`;
  return { ...parsed.data, hash };
}

/** What is missing or different since the anchor was made, or undefined; records added after it are fine. */
export function findAnchorBreak(
  records: readonly ChainedRecord[],
  { length, head }: JournalAnchor,
): string | undefined {
  if (records.length < length)
    return `${length - records.length} of ${length} records are missing at the end`;
  const hash = length === 0 ? GENESIS_HASH : records[length - 1]?.hash;
  return hash === head ? undefined : `the first ${length} records are not the ones that were signed`;
}

function issueText(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message.toLowerCase()}`).join("; ");
}
