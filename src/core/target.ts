import { z } from "zod";

/** What makes a deployment this one and no other; compared before anything is applied. */
export const IdentitySchema = z
  .strictObject({
    engineId: z.string().optional().describe("ID of the Docker Engine, as `docker info` gives it"),
    volumes: z.array(z.string()).describe("names of the volumes that hold the project's data"),
  })
  .describe("what makes this deployment the one it is; a plan is never applied to another");

export const TargetSchema = z
  .strictObject({
    kind: z.literal("local").describe("a Compose project on a Docker Engine"),
    directory: z.string().describe("the deployment's directory, relative to where the command runs"),
    project: z.string().optional().describe("Compose project name"),
    identity: IdentitySchema,
  })
  .meta({ id: "Target", title: "Target", description: "the deployment that is to be repaired" });
export type Target = z.infer<typeof TargetSchema>;
