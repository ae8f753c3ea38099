import { z } from "zod";
import { digestPattern } from "../text/digest.ts";
import { EffectSchema } from "../effect.ts";
import { JsonSchema } from "../text/json.ts";
import { PlannerRecordSchema } from "../planner-record.ts";
import { signedAccountFields } from "./signed-account.ts";
import { TargetSchema } from "../target.ts";

export const StepStateSchema = z
  .enum(["done", "skipped", "declined", "stale", "failed", "restored", "unknown", "not-run"])
  .describe(
    "how the step ended: `restored` was undone and seen to be; `unknown` may or may not have acted; `not-run` was never begun",
  );
export type StepState = z.infer<typeof StepStateSchema>;

/** How a run ended; `repaired` only when health was seen at the end. */
export const RunOutcomeSchema = z
  .enum(["repaired", "unhealthy", "declined", "stale", "failed-restored", "failed", "interrupted"])
  .describe("how the run ended; `repaired` only when DevLake was seen healthy at the end");
export type RunOutcome = z.infer<typeof RunOutcomeSchema>;

/** Who approved what, how and when, and what they were shown. */
export const ApprovalRecordSchema = z
  .strictObject({
    planDigest: z.string().regex(digestPattern).describe("sha256 of the plan file that was approved"),
    step: z.string().describe("id of the step that was approved"),
    target: TargetSchema,
    approver: z
      .strictObject({
        osUser: z.string().describe("name of the user on the machine where the command ran"),
        gitEmail: z.string().optional().describe("`git config user.email` there"),
        gh: z
          .strictObject({
            host: z.string().meta({ description: "where the account is", examples: ["github.com"] }),
            login: z.string().describe("name of the account"),
          })
          .optional()
          .describe("account that `gh` is logged in with, or that a GitHub Actions run was started by"),
      })
      .describe("who approved; stated by that machine, not proven"),
    how: z.enum(["terminal", "flag"]).describe("answered at a terminal, or given with --approve"),
    at: z.iso.datetime().describe("when, UTC"),
    shownDigest: z.string().regex(digestPattern).describe("sha256 of the text that the approver was shown"),
    action: z
      .enum(["run", "undo"])
      .optional()
      .describe("what was approved: to run the step, which it is when left out, or to take it back"),
    policies: z
      .array(z.string().regex(digestPattern))
      .optional()
      .describe("sha256 of each policy file that held, the strongest first"),
  })
  .meta({
    id: "ApprovalRecord",
    title: "Approval",
    description: "who approved which step of which plan, and what they were shown",
  });
export type ApprovalRecord = z.infer<typeof ApprovalRecordSchema>;

/** A policy file that held, for the record. */
export const PolicySourceSchema = z.strictObject({
  path: z.string().describe("where it stood"),
  digest: z.string().regex(digestPattern).describe("sha256 of its bytes"),
});
export type PolicySource = Readonly<z.infer<typeof PolicySourceSchema>>;

export const HealthReportSchema = z
  .strictObject({
    check: z.string().meta({ description: "name of the check", examples: ["backend_ready"] }),
    healthy: z.boolean().describe("whether it held at the end"),
    observed: z.string().describe("what was seen"),
  })
  .meta({ id: "HealthReport", title: "Health check", description: "what one health check saw" });
export type HealthReport = z.infer<typeof HealthReportSchema>;

const AttemptReportSchema = z
  .strictObject({
    attempt: z.int().min(1).describe("counts from 1"),
    startedAt: z.iso.datetime().describe("when the intent was recorded, UTC"),
    endedAt: z.iso.datetime().optional().describe("when its end was recorded, UTC; left out when none was"),
    state: StepStateSchema,
    reason: z.string().describe("why it ended so, or the error, redacted"),
  })
  .meta({ id: "AttemptReport", title: "Attempt", description: "one try of a step, as the journal has it" });
export type AttemptReport = z.infer<typeof AttemptReportSchema>;

const EarlierRunSchema = z
  .strictObject({
    number: z.int().min(1).describe("counts from 1"),
    startedAt: z.iso.datetime().describe("when it began, UTC"),
    lastRecordAt: z.iso.datetime().describe("when it was last heard of, UTC"),
    records: z
      .strictObject({
        first: z.int().min(1).describe("number of its first record"),
        last: z.int().min(1).describe("number of its last one"),
      })
      .describe("where it stands in the journal"),
    executor: z
      .strictObject({
        version: z.string().describe("version of gh devlake repair"),
        node: z.string().describe("version of Node"),
      })
      .describe("the program that ran it"),
  })
  .meta({ id: "EarlierRun", title: "Earlier run", description: "a run of the plan that was cut off" });
export type EarlierRun = z.infer<typeof EarlierRunSchema>;

export const StepReportSchema = z
  .strictObject({
    id: z.string().describe("id of the step in the plan"),
    tool: z.string().describe("the tool that was run"),
    version: z.int().describe("its version"),
    args: z.record(z.string(), JsonSchema).describe("its arguments"),
    effect: EffectSchema,
    state: StepStateSchema,
    reason: z.string().describe("why it ended so"),
    attempts: z.int().describe("how often it was tried; 0 when it was never begun"),
    startedAt: z.iso.datetime().optional().describe("when the first attempt began, UTC"),
    endedAt: z.iso.datetime().optional().describe("when the last attempt ended, UTC"),
    previewDigest: z.string().regex(digestPattern).describe("sha256 of the step's preview"),
    undoDigest: z
      .string()
      .regex(digestPattern)
      .optional()
      .describe("sha256 of the undo record in the journal, as canonical JSON; left out when there is none"),
    attemptLog: z.array(AttemptReportSchema).optional().describe("every try, from the journal"),
    approval: ApprovalRecordSchema.optional(),
    earlierRun: z
      .int()
      .min(1)
      .optional()
      .describe("number of the run in `earlierRuns` in which the step ended; left out when this run did it"),
  })
  .meta({ id: "StepReport", title: "Step", description: "what became of one step of the plan" });
export type StepReport = z.infer<typeof StepReportSchema>;

/** The predicate of the signed result: the whole account of one run. */
export const ResultSchema = z
  .strictObject({
    apiVersion: z.literal("devlake-repair.result/v1").describe("what this is, and its major version"),
    plan: z
      .strictObject({
        name: z.string().describe("the plan's metadata.name"),
        path: z.string().describe("where the plan file stood, as it was named on the command line"),
        digest: z.string().regex(digestPattern).describe("sha256 of the plan file's bytes"),
        commit: z
          .string()
          .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
          .optional()
          .describe(
            "git commit of the plan file, in older results; newer ones leave it out, as its digest names the content",
          ),
      })
      .describe("the plan that was run"),
    planner: PlannerRecordSchema.optional(),
    policies: z
      .array(PolicySourceSchema)
      .optional()
      .describe(
        "the policy files that held: what the user chose, the strongest first, then the one of the directory",
      ),
    target: TargetSchema,
    executor: z
      .strictObject({
        version: z.string().describe("version of gh devlake repair"),
        node: z.string().describe("version of Node"),
      })
      .describe("the program that ran the plan"),
    earlierRuns: z
      .array(EarlierRunSchema)
      .optional()
      .describe("the runs that were cut off, such as by a power failure, and that this one went on from"),
    startedAt: z.iso.datetime().describe("when the run began, or the first of the earlier runs, UTC"),
    endedAt: z.iso.datetime().describe("when the run ended, UTC"),
    outcome: RunOutcomeSchema,
    reason: z.string().describe("the outcome in one sentence"),
    steps: z.array(StepReportSchema).describe("every step of the plan, also those that did not run"),
    health: z.array(HealthReportSchema).describe("what the health checks saw at the end"),
    factsBefore: z.string().regex(digestPattern).describe("sha256 of all facts before the first step"),
    factsAfter: z.string().regex(digestPattern).optional().describe("sha256 of all facts at the end"),
    ...signedAccountFields,
  })
  .meta({
    title: "Repair result",
    description:
      "The account of one run: the predicate of the in-toto statement in a signed `*.result.json` file. `gh devlake repair verify FILE` checks and shows it.",
  });
export type Result = z.infer<typeof ResultSchema>;
