import { z } from "zod";
import { digestPattern } from "./digest.ts";
import { EffectSchema } from "./effect.ts";
import { JsonSchema } from "./json.ts";
import { TargetSchema } from "./target.ts";

export const StepStateSchema = z.enum([
  "done",
  "skipped",
  "declined",
  "stale",
  "failed",
  "restored",
  "unknown",
  "not-run",
]);
export type StepState = z.infer<typeof StepStateSchema>;

/** How a run ended; `repaired` only when health was seen at the end. */
export const RunOutcomeSchema = z.enum([
  "repaired",
  "unhealthy",
  "declined",
  "stale",
  "failed-restored",
  "failed",
  "interrupted",
]);
export type RunOutcome = z.infer<typeof RunOutcomeSchema>;

/** Who approved what, how and when, and what they were shown. */
export const ApprovalRecordSchema = z.strictObject({
  planDigest: z.string().regex(digestPattern),
  step: z.string(),
  target: TargetSchema,
  approver: z.strictObject({ osUser: z.string(), gitEmail: z.string().optional() }),
  how: z.enum(["terminal", "flag"]),
  at: z.iso.datetime(),
  shownDigest: z.string().regex(digestPattern).describe("sha256 of the text that the approver was shown"),
});
export type ApprovalRecord = z.infer<typeof ApprovalRecordSchema>;

export const HealthReportSchema = z.strictObject({
  check: z.string(),
  healthy: z.boolean(),
  observed: z.string(),
});
export type HealthReport = z.infer<typeof HealthReportSchema>;

export const StepReportSchema = z.strictObject({
  id: z.string(),
  tool: z.string(),
  version: z.int(),
  args: z.record(z.string(), JsonSchema),
  effect: EffectSchema,
  state: StepStateSchema,
  reason: z.string(),
  attempts: z.int(),
  startedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  previewDigest: z.string().regex(digestPattern),
  approval: ApprovalRecordSchema.optional(),
});
export type StepReport = z.infer<typeof StepReportSchema>;

/** The predicate of the signed result: the whole account of one run. */
export const ResultSchema = z.strictObject({
  apiVersion: z.literal("devlake-repair.result/v1"),
  plan: z.strictObject({ name: z.string(), path: z.string(), digest: z.string().regex(digestPattern) }),
  target: TargetSchema,
  executor: z.strictObject({ version: z.string(), node: z.string() }),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: RunOutcomeSchema,
  reason: z.string(),
  steps: z.array(StepReportSchema),
  health: z.array(HealthReportSchema),
  factsBefore: z.string().regex(digestPattern),
  factsAfter: z.string().regex(digestPattern).optional(),
  journal: z.strictObject({ path: z.string(), length: z.int(), head: z.string() }),
  signer: z.strictObject({ keyId: z.string(), publicKeyPem: z.string() }),
});
export type Result = z.infer<typeof ResultSchema>;
