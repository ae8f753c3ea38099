import { z } from "zod";

/** A variable of the shell that the deployment's files take in. Never its value, nor a digest of it. */
export const TakenVariableSchema = z.strictObject({
  name: z.string().describe("name of the variable"),
  set: z.boolean().describe("whether the shell sets it; when not, a blank stands in its place"),
  overEnvFile: z
    .literal(true)
    .optional()
    .describe("`.env` sets it too, and the shell's value counts; left out when it does not"),
});
export type TakenVariable = z.infer<typeof TakenVariableSchema>;
