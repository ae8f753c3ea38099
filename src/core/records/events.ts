import { z } from "zod";
import { FindingSchema } from "../finding.ts";
import { StepSchema } from "../plan.ts";
import { HealthReportSchema, RunOutcomeSchema, StepStateSchema } from "./result.ts";
import { UndoOutcomeSchema, UndoStateSchema } from "./undo-account.ts";

const stage = z.enum(["inspect", "plan", "verify", "undo"]).describe("the part of the work");

const text = z.string();
const said = text.describe("what to tell a person");
const reason = text.describe("why, for people");
const tool = text.describe("tool of the step");
const stepId = z.string().describe("id of the step in the plan");
const ms = z.number().min(0).describe("milliseconds that it took");
const place = {
  index: z.int().min(0).describe("place of the step, counted from 0"),
  of: z.int().min(1).describe("how many steps there are"),
};

/** What a run tells while it goes on; texts are already redacted, control characters not yet escaped. */
const RunEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("stage_started"), stage, text: said }),
  z.object({ type: z.literal("stage_done"), stage, text: said, ms }),
  z.object({ type: z.literal("finding"), finding: FindingSchema }),
  z.object({
    type: z.literal("step_started"),
    step: StepSchema.describe("the step as in the plan file"),
    ...place,
  }),
  z.object({
    type: z.literal("step_waiting"),
    step: stepId,
    text: text.describe("the last line of progress, such as one of a program that it waits for"),
  }),
  z.object({
    type: z.literal("step_retrying"),
    step: stepId,
    attempt: z.int().min(2).describe("the attempt that comes next"),
    reason: text.describe("why the last one failed"),
  }),
  z.object({
    type: z.literal("step_ended"),
    step: stepId,
    tool,
    state: StepStateSchema,
    reason,
    ms,
  }),
  z.object({
    type: z.literal("health"),
    reports: z.array(HealthReportSchema).readonly().describe("each health check and what was observed"),
    healthy: z.boolean().describe("whether all checks hold"),
    text: said,
  }),
  z.object({
    type: z.literal("run_ended"),
    outcome: RunOutcomeSchema,
    reason,
    resultPath: text.describe("the signed result"),
  }),
  z.object({ type: z.literal("undo_started"), step: stepId, tool, ...place }),
  z.object({
    type: z.literal("undo_ended"),
    step: stepId,
    tool,
    state: UndoStateSchema,
    reason,
    ms,
  }),
  z.object({
    type: z.literal("undo_done"),
    outcome: UndoOutcomeSchema,
    reason,
    accountPath: text.describe("the signed account"),
  }),
  z.object({ type: z.literal("note"), text: said }),
]);
export type RunEvent = Readonly<z.infer<typeof RunEventSchema>>;

/** One line of `--json`: an event and when it was. */
export const EventLineSchema = RunEventSchema.and(
  z.object({ at: z.iso.datetime().describe("when, UTC") }),
).meta({
  title: "Repair event",
  description:
    "One line of what `--json` writes to standard error while it works. Readers skip types and members that they do not know: a later version may add some. The last line of a run is `run_ended`, of an undo `undo_done`.",
});
