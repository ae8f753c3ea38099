import { z } from "zod";
import { digestPattern } from "../text/digest.ts";
import { fileDigestPattern } from "../text/keyed-digest.ts";
import { ApprovalRecordSchema, PolicySourceSchema } from "./result.ts";
import { signedAccountFields } from "./signed-account.ts";
import { TargetSchema } from "../target.ts";

/** How taking back a run ended; `restored` only when it was read back. */
export const UndoOutcomeSchema = z
  .enum(["restored", "partly-restored", "not-restored"])
  .describe("what of the run is taken back, each step of it read back: all, some, or none");
export type UndoOutcome = z.infer<typeof UndoOutcomeSchema>;

export const UndoStateSchema = z
  .enum(["restored", "failed", "stale", "declined", "skipped", "not-run"])
  .describe(
    "what became of the step: `restored` was taken back and seen to be; `stale` has moved since the run, so nothing of it was touched; `skipped` has nothing to take back",
  );
export type UndoState = z.infer<typeof UndoStateSchema>;

const FileDigestSchema = z
  .string()
  .regex(fileDigestPattern)
  .nullable()
  .describe(
    "digest of its text under a key that is kept nowhere: equal ones are equal texts, within this account; null when there is no such file",
  );

const UndoneFileSchema = z
  .strictObject({
    path: z.string().describe("relative to the deployment's directory"),
    original: FileDigestSchema.describe("before the run; null when there was none"),
    left: FileDigestSchema.describe("as the run left it"),
    found: FileDigestSchema.describe("as it was found before it was taken back"),
    now: FileDigestSchema.describe("as it was read back at the end"),
  })
  .meta({ id: "UndoneFile", title: "File", description: "one file that the step had written" });
export type UndoneFile = z.infer<typeof UndoneFileSchema>;

export const UndoStepSchema = z
  .strictObject({
    id: z.string().describe("id of the step in the plan"),
    tool: z.string().describe("the tool that was run"),
    version: z.int().describe("its version"),
    state: UndoStateSchema,
    reason: z.string().describe("why it ended so"),
    files: z.array(UndoneFileSchema).describe("the files that it had written"),
    approval: ApprovalRecordSchema.optional(),
  })
  .meta({ id: "UndoStep", title: "Step", description: "what became of one step of the run" });
export type UndoStepReport = z.infer<typeof UndoStepSchema>;

/** The predicate of a signed account of `repair undo`. */
export const UndoAccountSchema = z
  .strictObject({
    apiVersion: z.literal("devlake-repair.undo/v1").describe("what this is, and its major version"),
    result: z
      .strictObject({
        path: z.string().describe("where the result stood, as it was named on the command line"),
        digest: z.string().regex(digestPattern).describe("sha256 of its bytes"),
      })
      .describe("the result of the run that was taken back"),
    plan: z
      .strictObject({
        name: z.string().describe("the plan's metadata.name"),
        digest: z.string().regex(digestPattern).describe("sha256 of the plan file's bytes"),
      })
      .describe("the plan of that run"),
    target: TargetSchema,
    executor: z
      .strictObject({
        version: z.string().describe("version of gh devlake repair"),
        node: z.string().describe("version of Node"),
      })
      .describe("the program that took the run back"),
    policies: z.array(PolicySourceSchema).optional().describe("the policy files that held"),
    startedAt: z.iso.datetime().describe("when it began, UTC"),
    endedAt: z.iso.datetime().describe("when it ended, UTC"),
    outcome: UndoOutcomeSchema,
    interrupted: z.boolean().describe("whether Ctrl-C or a signal ended it before the last step"),
    reason: z.string().describe("the outcome in one sentence"),
    steps: z.array(UndoStepSchema).describe("every step of the run, the last first"),
    stillRunning: z
      .array(
        z.strictObject({
          service: z.string().describe("name of the service"),
          on: z.array(z.int()).describe("host ports that it has"),
          files: z.array(z.int()).describe("host ports that the files want by now"),
        }),
      )
      .describe("what was left running on other ports than the files want"),
    ...signedAccountFields,
  })
  .meta({
    title: "Undo account",
    description:
      "What `gh devlake repair undo RESULT` took back: the predicate of the in-toto statement in a signed `*.undo.json` file. `gh devlake repair verify FILE` checks it.",
  });
export type StillRunning = z.infer<typeof UndoAccountSchema>["stillRunning"];
export type UndoAccount = z.infer<typeof UndoAccountSchema>;
