import { z } from "zod";
import { idPattern } from "./ids.ts";

/** The kinds of targets say which fields an identity has, and what a project is. */
export const TargetSchema = z
  .strictObject({
    kind: z.string().regex(idPattern).describe("kind of the target"),
    directory: z.string().describe("where the deployment is"),
    project: z.string().optional().describe("name of the deployment, where its kind has one"),
    identity: z.record(z.string(), z.json()).describe("what tells it from others"),
  })
  .meta({ id: "Target", title: "Target", description: "the deployment that is to be repaired" });
export type Target = z.infer<typeof TargetSchema>;
