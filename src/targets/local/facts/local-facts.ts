import { z } from "zod";
import { factKind, type FactKind } from "../../../core/fact.ts";
import {
  ContainerStateSchema,
  EndpointsSchema,
  PortHolderSchema,
  PublishedPortSchema,
  StateTextSchema,
} from "./fact-values.ts";
import { TakenVariableSchema } from "../../../core/taken-variable.ts";
import { containerFactKinds } from "./container-facts.ts";
import { changeFactKinds } from "./change-facts.ts";
import { wellBeingFactKinds } from "./well-being-facts.ts";

export * from "./change-facts.ts";
export * from "./container-facts.ts";
export * from "./well-being-facts.ts";

const text = z.string();

export const engineStatus = factKind(
  "local.engine.status",
  z.enum(["reachable", "unreachable", "permission_denied"]),
  "whether the Docker Engine answers",
);
export const engineError = factKind(
  "local.engine.error",
  text,
  "what the Engine or its socket answered instead",
);
export const engineEndpoint = factKind(
  "local.engine.endpoint",
  z.strictObject({
    address: text.describe("URL of the Engine's socket or host"),
    source: text.describe("the setting that names it, such as DOCKER_HOST"),
    context: text.optional().describe("the Docker context, when one names it"),
  }),
  "where the Engine is looked for, and which setting says so",
);
export const engineVersion = factKind(
  "local.engine.version",
  z.strictObject({
    version: text.describe("version of the Engine"),
    apiVersion: text.describe("highest version of its API"),
    os: text.describe("operating system that it runs on"),
    arch: text.describe("architecture that it runs on"),
  }),
  "version of the Docker Engine",
);
export const engineId = factKind(
  "local.engine.id",
  text,
  "identity of the Docker Engine, part of the target's identity",
);
export const composeCommand = factKind(
  "local.compose.command",
  z.strictObject({
    flavour: z
      .enum(["plugin", "standalone"])
      .describe("`plugin`: docker compose; `standalone`: docker-compose"),
    version: text.describe("its version"),
  }),
  "the Compose command that will be used: `docker compose` or `docker-compose`",
);
export const composeStatus = factKind(
  "local.compose.status",
  z.discriminatedUnion("status", [
    z.strictObject({ status: z.literal("valid") }),
    z.strictObject({ status: z.literal("missing") }),
    z.strictObject({
      status: z.literal("env_file_missing"),
      path: text.describe("the file that `env_file` names"),
      message: text.describe("what Compose said"),
    }),
    z.strictObject({ status: z.literal("invalid"), message: text.describe("what Compose said") }),
    z.strictObject({
      status: z.literal("unavailable"),
      message: text.describe("why Compose could not be asked"),
    }),
  ]),
  "whether Compose can read the deployment's files",
);
export const composeProject = factKind("local.compose.project", text, "Compose project name");
export const composeSource = factKind(
  "local.compose.source.{path}",
  z.strictObject({ text: text.describe("the file, line for line") }),
  "a Compose source file or `.env`, line for line, with secret values masked",
);
export const composeSources = factKind(
  "local.compose.sources",
  z.array(
    z.strictObject({
      path: text.describe("path as seen from the deployment's directory"),
      role: z.enum(["compose", "env"]).describe("a Compose file, or one that variables are read from"),
    }),
  ),
  "the files that make up the Compose model, in Compose's order",
);
export const shellVariables = factKind(
  "local.compose.shell-variables",
  z.record(text, text),
  "variables of the caller's environment that the Compose files interpolate (secret values masked)",
);
export const takenFromShell = factKind(
  "local.compose.taken-from-shell",
  z.array(TakenVariableSchema),
  "variables that the Compose files take from the caller's environment, by name; left out where there are none",
);
export const services = factKind(
  "local.compose.services",
  z.array(text),
  "names of the services in the Compose model",
);
export const serviceModel = factKind(
  "local.service.{service}.model",
  z.strictObject({
    image: text.optional().describe("image; left out when it is built here"),
    ports: z.array(PublishedPortSchema).describe("published ports"),
    dependsOn: z.array(text).describe("services that it is started after"),
    restart: text.optional().describe("restart policy"),
    volumes: z.array(text).describe("named volumes that it mounts"),
    provider: text
      .optional()
      .describe("type of its `provider`: a program that Compose would start in place of a container"),
    buildsImage: z
      .literal(true)
      .optional()
      .describe("its image is built here, whatever name it is given; no registry has it"),
    runsOnce: z
      .literal(true)
      .optional()
      .describe("another service starts only when this one has ended, and well: it is a job"),
  }),
  "what the Compose model wants of a service",
);
export const serviceRole = factKind(
  "local.service.{service}.role",
  z.enum(["database", "backend", "grafana", "config-ui", "other"]),
  "which part of DevLake a service is, by its image, then its name",
);
export const strayContainers = factKind(
  "local.project.stray-containers",
  z.array(
    z.strictObject({
      name: text.describe("name of the container"),
      service: text.describe("service that its label names"),
      state: ContainerStateSchema.describe("state of the container"),
    }),
  ),
  "containers of this project beyond one per service of the model",
);
export const projectNetworks = factKind(
  "local.project.networks",
  z.array(
    z.strictObject({
      name: text.describe("name of the network"),
      id: text.describe("id of the network"),
      containers: z.int().describe("containers connected to it"),
    }),
  ),
  "networks that this project owns, with the number of containers on each",
);
export const projectVolumes = factKind("local.project.volumes", z.array(text), "volumes of this project");
export const portHolder = factKind(
  "local.port.{port}.holder",
  PortHolderSchema,
  "who listens on a host port",
);
export const portHolderPid = factKind(
  "local.port.{port}.holder-pid",
  z.int(),
  "process id of the holder; apart from the holder because it may change while the holder stays the same",
);
export const probeHost = factKind(
  "local.engine.probe-host",
  text,
  "the host on which published ports are reached: loopback, or the remote engine's host",
);
export const backendPhase = factKind(
  "local.backend.phase",
  z.enum(["ready", "waiting_for_migration", "migrating", "unhealthy", "no_answer"]),
  "what the backend says over HTTP",
);
export const grafanaHealth = factKind(
  "local.grafana.health",
  z.enum(["healthy", "failing", "no_answer"]),
  "what Grafana says at /grafana/api/health",
);
export const configUiHealth = factKind(
  "local.config-ui.health",
  z.enum(["reaches_backend", "backend_unreachable", "no_answer"]),
  "whether config-ui answers and its /api reaches the backend",
);
export const backendSecret = factKind(
  "local.backend.encryption-secret",
  z.enum(["set", "empty", "absent"]),
  "whether the backend will get a non-empty ENCRYPTION_SECRET (or ENCODE_KEY), never its value",
);
export const envFile = factKind(
  "local.env-file.status",
  z.enum(["present", "absent", "directory", "unreadable"]),
  "the deployment's .env",
);
export const stateFile = factKind(
  "local.state-file",
  z.discriminatedUnion("status", [
    z.strictObject({ status: z.literal("absent") }),
    z.strictObject({ status: z.literal("unreadable"), reason: text.describe("why it cannot be read") }),
    z.strictObject({
      status: z.literal("present"),
      text: StateTextSchema,
      endpoints: EndpointsSchema.describe("where it says that DevLake answers"),
    }),
  ]),
  "gh-devlake's .devlake-local.json, with secret values masked, and the endpoints it names",
);
export const logLine = factKind("local.log.{service}.{line}", text, "a redacted log line");

/** Every kind of fact about a local target; a fact of another kind is refused. */
export const localFactKinds: readonly FactKind<unknown>[] = [
  engineStatus,
  engineError,
  engineEndpoint,
  engineVersion,
  engineId,
  composeCommand,
  composeStatus,
  composeProject,
  composeSource,
  composeSources,
  shellVariables,
  takenFromShell,
  services,
  serviceModel,
  serviceRole,
  ...containerFactKinds,
  strayContainers,
  projectNetworks,
  projectVolumes,
  portHolder,
  portHolderPid,
  probeHost,
  backendPhase,
  grafanaHealth,
  configUiHealth,
  ...wellBeingFactKinds,
  ...changeFactKinds,
  backendSecret,
  envFile,
  stateFile,
  logLine,
];
