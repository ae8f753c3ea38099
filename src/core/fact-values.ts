import { z } from "zod";

const text = z.string();
const port = z.int().min(1).max(65_535);

export const PublishedPortSchema = z.strictObject({
  published: port.describe("host port"),
  target: port.describe("container port"),
  protocol: z.enum(["tcp", "udp"]).describe("transport protocol"),
  hostIp: text.optional().describe("address of the host that it is bound to; all of them when left out"),
});
export type PublishedPort = z.infer<typeof PublishedPortSchema>;

export const PortHolderSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("free") }),
  z.strictObject({
    kind: z.literal("own"),
    service: text.describe("the service of this project whose container publishes it"),
  }),
  z.strictObject({
    kind: z.literal("container"),
    name: text.describe("name of the container"),
    project: text.optional().describe("Compose project of the container"),
    directory: text.optional().describe("directory from which that project was started"),
    image: text.optional().describe("image of the container"),
  }),
  z.strictObject({
    kind: z.literal("process"),
    name: text.optional().describe("name of the process; left out when this user may not see it"),
  }),
  z.strictObject({ kind: z.literal("unknown"), reason: text.describe("why nobody could look") }),
]);
export type PortHolder = z.infer<typeof PortHolderSchema>;

/** Container states as the Engine reports them, and `absent` when the service has no container. */
export const ContainerStateSchema = z.enum([
  "absent",
  "created",
  "running",
  "paused",
  "restarting",
  "removing",
  "exited",
  "dead",
]);
export type ContainerState = z.infer<typeof ContainerStateSchema>;

/** A variable of the shell that the Compose files take in. Never its value, nor a digest of it. */
export const TakenVariableSchema = z.strictObject({
  name: text.describe("name of the variable"),
  set: z.boolean().describe("whether the shell sets it; when not, Compose puts a blank in its place"),
  overEnvFile: z
    .literal(true)
    .optional()
    .describe("`.env` sets it too, and the shell's value counts; left out when it does not"),
});
export type TakenVariable = z.infer<typeof TakenVariableSchema>;

export const EndpointsSchema = z.strictObject({
  backend: text.optional().describe("URL of the backend"),
  grafana: text.optional().describe("URL of Grafana"),
  configUi: text.optional().describe("URL of config-ui"),
});
export type Endpoints = z.infer<typeof EndpointsSchema>;

/** gh-devlake's state file; masking must have left it a JSON object, since its endpoints are edited. */
export const StateTextSchema = text
  .refine(isJsonObject, "must be the text of a JSON object")
  .describe("the file, with secret values masked");

function isJsonObject(value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}
