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

export const EndpointsSchema = z.strictObject({
  backend: text.optional().describe("URL of the backend"),
  grafana: text.optional().describe("URL of Grafana"),
  configUi: text.optional().describe("URL of config-ui"),
});
export type Endpoints = z.infer<typeof EndpointsSchema>;

/** What became of one question about data: its status and the kind of its body, never the body. */
export const DataAnswerSchema = z
  .enum(["good", "secret", "database", "silent", "nothing", "login", "absent", "failing"])
  .describe(
    "`good`: data; `secret`: rows do not decrypt; `database`: the database failed; `silent`: no answer in time; `nothing`: an error without a word; `login`: it asks for one; `absent`: this version has no such path; `failing`: another error",
  );
export type DataAnswer = z.infer<typeof DataAnswerSchema>;

export const BackendDataSchema = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("not_asked").describe("the backend was not ready") }),
  z.strictObject({
    status: z.literal("asked"),
    health: DataAnswerSchema.describe("/health, which reads the first pipeline; absent before v1.0.0"),
    blueprints: DataAnswerSchema.describe("/blueprints"),
    pipelines: DataAnswerSchema.describe("/pipelines"),
    plugins: DataAnswerSchema.describe("/plugins, whose connections are then asked for"),
    connections: z
      .record(z.string().regex(/^[\w-]{1,64}$/), DataAnswerSchema)
      .describe("connections of each plugin that could not list them"),
    unread: z.int().min(0).describe("plugins whose connections were not asked for, for want of time"),
  }),
]);
export type BackendData = z.infer<typeof BackendDataSchema>;

const AppliedSchema = z
  .enum(["same", "differs", "only_container", "only_files", "neither"])
  .describe("`only_container`, `only_files`: the other has none, or an empty one");
export type Applied = z.infer<typeof AppliedSchema>;

export const FilesAppliedSchema = z.strictObject({
  secret: AppliedSchema.describe("ENCRYPTION_SECRET, or ENCODE_KEY of older versions"),
  databaseUrl: AppliedSchema.describe("DB_URL"),
  parts: z
    .strictObject({
      scheme: AppliedSchema,
      user: AppliedSchema,
      password: AppliedSchema,
      host: AppliedSchema,
      port: AppliedSchema,
      database: AppliedSchema,
      parameters: AppliedSchema,
    })
    .optional()
    .describe("in which parts of DB_URL, where both can be read"),
});
export type FilesApplied = z.infer<typeof FilesAppliedSchema>;

export const DatabaseHostSchema = z.strictObject({
  host: text.describe("host of DB_URL"),
  bearer: z
    .enum(["service", "container", "elsewhere", "nobody"])
    .describe(
      "`service`: one of the files; `container`: another container of the engine; `elsewhere`: an address, or a name with dots; `nobody`: no container, alias or service bears the name",
    ),
});

export const DatabaseServiceSchema = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("named"), service: text.describe("the service of the Compose files") }),
  z.strictObject({
    status: z.literal("unknown").describe("DB_URL names none of them, or more than one"),
    services: z.array(text).describe("those that it may be"),
  }),
]);
export type DatabaseService = z.infer<typeof DatabaseServiceSchema>;

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
