import { z } from "zod";
import { digestPattern } from "./text/digest.ts";
import { JsonSchema } from "./text/json.ts";

const count = z.int().min(0);

/** Steps by tool and arguments alone, as planners are compared. */
const BareStepSchema = z.strictObject({
  tool: z.string().describe("the tool"),
  args: z.record(z.string(), JsonSchema).describe("its arguments"),
});

/**
 * Who proposed a plan, and what a model that was asked said and cost. All but `kind` is only there
 * when a model was asked, so plans by rules alone stay as they were.
 */
export const PlannerRecordSchema = z
  .strictObject({
    kind: z
      .enum(["offline", "copilot"])
      .describe(
        "whose decision the plan follows: `offline`, by rules without any model; `copilot`, a model's that the compiler accepted",
      ),
    model: z.string().optional().describe("the model that was asked"),
    provider: z.string().optional().describe("who answered for it, never a key"),
    turns: count.optional().describe("turns of the conversation"),
    tokens: z
      .strictObject({
        input: count.describe("tokens sent"),
        output: count.describe("tokens received"),
      })
      .optional()
      .describe("as the provider counts them; 0 when it does not"),
    durationMs: count.optional().describe("milliseconds of the whole conversation"),
    callsMs: z.array(count).optional().describe("milliseconds of each call of the provider"),
    submissions: z
      .array(
        z.strictObject({
          accepted: z.boolean().describe("whether the compiler took it"),
          diagnostics: z
            .array(
              z.strictObject({
                code: z.string().describe("docs/diagnostics.md and docs/planners.md explain the codes"),
                message: z.string().describe("what is wrong with the decision"),
              }),
            )
            .describe("why it was refused; the model was told the same"),
        }),
      )
      .optional()
      .describe("every decision that the model handed in, in order"),
    promptDigest: z.string().regex(digestPattern).optional().describe("sha256 of what the model was told"),
    catalogDigest: z.string().regex(digestPattern).optional().describe("sha256 of the catalog it was shown"),
    agreesWithOffline: z
      .boolean()
      .optional()
      .describe("whether the model and the offline planner came to the same steps"),
    confidence: z.number().min(0).max(1).optional().describe("how sure the model says it is"),
    diagnosis: z
      .strictObject({
        summary: z.string().describe("what is wrong, in the model's words"),
        evidence: z.array(z.string()).describe("ids of the facts that it cites; each exists"),
        refutedBy: z.string().describe("what would prove it wrong, in the model's words"),
      })
      .optional()
      .describe("the model's explanation; text to judge, nothing that was proven"),
    notTaken: z.array(BareStepSchema).optional().describe("the other planner's steps, where they differ"),
    note: z.string().optional().describe("why the plan is not the model's, or not the rules' alone"),
  })
  .describe("who proposed the steps; the compiler checked them either way");
export type PlannerRecord = z.infer<typeof PlannerRecordSchema>;
