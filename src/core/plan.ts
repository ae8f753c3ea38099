import { z } from "zod";
import { digestPattern } from "./digest.ts";
import { EffectSchema, ReversibleSchema } from "./effect.ts";
import { FindingSchema } from "./finding.ts";
import { JsonSchema } from "./json.ts";
import { TargetSchema } from "./target.ts";

export const PLAN_API_VERSION = "devlake-repair/v1";
export const MAX_STEPS = 12;

export const OutcomeSchema = z.enum(["repair", "healthy", "escalate"]);
export type PlanOutcome = z.infer<typeof OutcomeSchema>;

/** What is probed after the last step, and has to hold through the settle window. */
export const HealthCheckSchema = z.enum(["backend_ready", "grafana_healthy", "config_ui_reaches_backend"]);
export type HealthCheck = z.infer<typeof HealthCheckSchema>;

export const StepSchema = z.strictObject({
  id: z.string().regex(/^s\d+$/),
  tool: z.string().describe("name of a tool of the catalog: `repair tools` lists them"),
  version: z.int().min(1).describe("version of the tool"),
  args: z.record(z.string(), JsonSchema).describe("arguments; each names things that the facts contain"),
  effect: EffectSchema.describe("what the tool may do; comes from the catalog"),
  fixes: z.array(z.string()).describe("ids of the findings it helps to cure"),
  why: z.string().describe("why this step and not another"),
  expects: z
    .record(z.string(), JsonSchema)
    .describe("facts that must still hold when the step's turn comes; long values as sha256 digests"),
  reversible: ReversibleSchema.describe("how far the step can be taken back"),
  preview: z.string().describe("what the step will change: a unified diff, or the actions it takes"),
});
export type Step = z.infer<typeof StepSchema>;

export const PlanSchema = z.strictObject({
  apiVersion: z.literal(PLAN_API_VERSION),
  kind: z.literal("RepairPlan"),
  metadata: z.strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/),
    createdAt: z.iso.datetime(),
    validUntil: z.iso.datetime(),
    planner: z.strictObject({ kind: z.enum(["offline", "copilot"]) }),
    target: TargetSchema,
    factsDigest: z.string().regex(digestPattern).describe("sha256 of all facts that the plan was made from"),
  }),
  outcome: OutcomeSchema,
  findings: z.array(FindingSchema),
  steps: z.array(StepSchema).max(MAX_STEPS),
  verify: z.array(HealthCheckSchema),
  summary: z.strictObject({
    steps: z.int(),
    needApproval: z.int(),
    irreversible: z.int(),
    downtime: z.string(),
    ifNothingIsDone: z.string(),
  }),
  rejected: z.array(z.strictObject({ tool: z.string(), why: z.string() })),
  nextSteps: z.array(z.string()).describe("what a person should do next, in order"),
});
export type Plan = z.infer<typeof PlanSchema>;
