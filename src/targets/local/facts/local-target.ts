import { z } from "zod";
import type { Target } from "../../../core/target.ts";

/** What makes a Compose project this one and no other; compared before anything is applied. */
const LocalIdentitySchema = z
  .strictObject({
    engineId: z.string().optional().describe("ID of the Docker Engine, as `docker info` gives it"),
    volumes: z.array(z.string()).describe("names of the volumes that hold the project's data"),
  })
  .describe("what makes this deployment the one it is; a plan is never applied to another");
type LocalIdentity = z.infer<typeof LocalIdentitySchema>;

export const LocalTargetSchema = z
  .strictObject({
    kind: z.literal("local").describe("a Compose project on a Docker Engine"),
    directory: z.string().describe("the deployment's directory, relative to where the command runs"),
    project: z.string().optional().describe("Compose project name"),
    identity: LocalIdentitySchema,
  })
  .meta({ title: "Target", description: "the deployment that is to be repaired" });

/** Without an engine and volumes where the target has another form. */
export function localIdentityOf({ identity }: Target): LocalIdentity {
  return LocalIdentitySchema.safeParse(identity).data ?? { volumes: [] };
}
