import { z } from "zod";
import { idPattern } from "./ids.ts";
import { digestPattern } from "./text/digest.ts";
import { EffectSchema, ReversibleSchema } from "./effect.ts";
import { FactEntrySchema } from "./fact.ts";
import { TakenVariableSchema } from "./taken-variable.ts";
import { FindingSchema } from "./finding.ts";
import { JsonSchema } from "./text/json.ts";
import { PlannerRecordSchema } from "./planner-record.ts";
import { TargetSchema } from "./target.ts";

export const PLAN_API_VERSION = "devlake-repair/v1";
export const MAX_STEPS = 12;

export const OutcomeSchema = z
  .enum(["repair", "healthy", "escalate"])
  .describe(
    "`repair`: the steps below cure what blocks; `healthy`: there is nothing to do; `escalate`: no repair is safe, so a person has to follow nextSteps",
  );
export type PlanOutcome = z.infer<typeof OutcomeSchema>;

/** What is probed after the last step, and has to hold through the settle window. The kinds of targets close the list. */
export const HealthCheckSchema = z
  .string()
  .regex(idPattern)
  .describe(
    "what is asked after the last step, over HTTP and of the engine; plans made before `data_readable` and `services_steady` were asked name neither, and are asked both all the same",
  );

export const StepSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^s\d+$/)
      .meta({ description: "name of the step; approvals and the result refer to it", examples: ["s1"] }),
    tool: z.string().describe("a tool of the catalog: `gh devlake repair tools` lists them"),
    version: z.int().min(1).describe("version of the tool"),
    args: z.record(z.string(), JsonSchema).describe("arguments; each names things that the facts contain"),
    effect: EffectSchema,
    fixes: z
      .array(z.string())
      .meta({ description: "ids of the findings it helps to cure", examples: [["f1"]] }),
    why: z.string().describe("why this step and not another"),
    expects: z
      .record(z.string(), JsonSchema)
      .describe("facts that must still hold when the step's turn comes; long values as sha256 digests"),
    reversible: ReversibleSchema,
    preview: z.string().describe("what the step will change: a unified diff, or the actions it takes"),
  })
  .meta({
    id: "Step",
    title: "Step",
    description: "one tool with its arguments, at its place in the plan",
  });
export type Step = z.infer<typeof StepSchema>;

export const PlanSchema = z
  .strictObject({
    apiVersion: z.literal(PLAN_API_VERSION).describe("what this file is, and its major version"),
    kind: z.literal("RepairPlan").describe("always RepairPlan"),
    metadata: z
      .strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]{0,99}$/)
          .meta({
            description: "date and cause; the run's journal is kept under this name",
            examples: ["2026-11-22-port-8080-held-by-jenkins"],
          }),
        createdAt: z.iso
          .datetime()
          .meta({ description: "when the plan was made, UTC", examples: ["2026-11-22T10:15:00Z"] }),
        validUntil: z.iso
          .datetime()
          .meta({ description: "after this the plan is refused, UTC", examples: ["2026-11-23T10:15:00Z"] }),
        planner: PlannerRecordSchema,
        target: TargetSchema,
        factsDigest: z
          .string()
          .regex(digestPattern)
          .describe("sha256 of all facts that the plan was made from"),
      })
      .describe("when, by whom and for which deployment the plan was made"),
    outcome: OutcomeSchema,
    findings: z.array(FindingSchema).describe("what is wrong, with the facts that prove it"),
    steps: z
      .array(StepSchema)
      .max(MAX_STEPS)
      .describe("what will be done, in this order; the facts are read again before each step"),
    verify: z
      .array(HealthCheckSchema)
      .describe("what has to hold, for a while, after the last step; else the run is no success"),
    summary: z
      .strictObject({
        steps: z.int().describe("how many steps there are"),
        needApproval: z.int().describe("how many of them need approval"),
        irreversible: z.int().describe("how many of them cannot be taken back"),
        downtime: z.string().meta({ description: "estimate", examples: ["about 20 s", "none"] }),
        ifNothingIsDone: z
          .string()
          .meta({ description: "what follows when nobody acts", examples: ["DevLake stays down"] }),
      })
      .describe("the plan in a few numbers; the compiler refuses a plan whose steps say otherwise"),
    shellVariables: z
      .array(TakenVariableSchema)
      .optional()
      .describe(
        "what the steps take from the shell that the plan was made in, by name, never by value; left out where they take nothing. It has to be the same where the plan is run",
      ),
    rejected: z
      .array(
        z.strictObject({
          tool: z.string().describe("the tool that was not chosen"),
          why: z.string().describe("why it was not chosen"),
        }),
      )
      .describe("what else was considered"),
    nextSteps: z.array(z.string()).describe("what a person should do next, in order"),
    facts: z
      .record(z.string(), FactEntrySchema)
      .optional()
      .describe(
        "the facts that findings and steps rest on, as they were when the plan was made, secrets masked; `gh devlake repair lint` proves the plan with them, and a run reads them anew",
      ),
  })
  .meta({
    title: "Repair plan",
    description:
      "A repair of a DevLake deployment as a file: what is wrong, what will be changed, and what must still be true when it is. Review it like code, then run `gh devlake repair --apply FILE`. Every edit changes the plan's digest, and with it voids approvals.",
  });
export type Plan = z.infer<typeof PlanSchema>;
