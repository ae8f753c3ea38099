import { z } from "zod";
import { factKind, type FactKind, type FactRef, type Facts } from "./fact.ts";

const text = z.string();
const port = z.int().min(1).max(65_535);

export const PublishedPortSchema = z.strictObject({
  /** Host port. */
  published: port,
  /** Container port. */
  target: port,
  protocol: z.enum(["tcp", "udp"]),
  hostIp: text.optional(),
});
export type PublishedPort = z.infer<typeof PublishedPortSchema>;

export const PortHolderSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("free") }),
  z.strictObject({ kind: z.literal("own"), service: text }),
  z.strictObject({
    kind: z.literal("container"),
    name: text,
    project: text.optional(),
    directory: text.optional(),
    image: text.optional(),
  }),
  z.strictObject({ kind: z.literal("process"), name: text.optional() }),
  z.strictObject({ kind: z.literal("unknown"), reason: text }),
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
  backend: text.optional(),
  grafana: text.optional(),
  configUi: text.optional(),
});
export type Endpoints = z.infer<typeof EndpointsSchema>;

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
  z.strictObject({ address: text, source: text, context: text.optional() }),
  "where the Engine is looked for, and which setting says so",
);
export const engineVersion = factKind(
  "local.engine.version",
  z.strictObject({ version: text, apiVersion: text, os: text, arch: text }),
  "version of the Docker Engine",
);
export const engineId = factKind(
  "local.engine.id",
  text,
  "identity of the Docker Engine, part of the target's identity",
);
export const composeCommand = factKind(
  "local.compose.command",
  z.strictObject({ flavour: z.enum(["plugin", "standalone"]), version: text }),
  "the Compose command that will be used: `docker compose` or `docker-compose`",
);
export const composeStatus = factKind(
  "local.compose.status",
  z.discriminatedUnion("status", [
    z.strictObject({ status: z.literal("valid") }),
    z.strictObject({ status: z.literal("missing") }),
    z.strictObject({ status: z.literal("env_file_missing"), path: text, message: text }),
    z.strictObject({ status: z.literal("invalid"), message: text }),
    z.strictObject({ status: z.literal("unavailable"), message: text }),
  ]),
  "whether Compose can read the deployment's files",
);
export const composeProject = factKind("local.compose.project", text, "Compose project name");
export const composeSource = factKind(
  "local.compose.source.{path}",
  z.strictObject({ text }),
  "a Compose source file or `.env`, line for line, with secret values masked",
);
export const composeSources = factKind(
  "local.compose.sources",
  z.array(z.strictObject({ path: text, role: z.enum(["compose", "env"]) })),
  "the files that make up the Compose model, in Compose's order",
);
export const shellVariables = factKind(
  "local.compose.shell-variables",
  z.record(text, text),
  "variables of the caller's environment that the Compose files interpolate (secret values masked)",
);
export const services = factKind(
  "local.compose.services",
  z.array(text),
  "names of the services in the Compose model",
);
export const serviceModel = factKind(
  "local.service.{service}.model",
  z.strictObject({
    image: text.optional(),
    ports: z.array(PublishedPortSchema),
    dependsOn: z.array(text),
    restart: text.optional(),
    volumes: z.array(text),
  }),
  "what the Compose model wants of a service",
);
export const serviceRole = factKind(
  "local.service.{service}.role",
  z.enum(["database", "backend", "grafana", "config-ui", "other"]),
  "which part of DevLake a service is, by its image, then its name",
);
export const containerState = factKind(
  "local.container.{service}.state",
  ContainerStateSchema,
  "state of the service's container",
);
export const containerId = factKind("local.container.{service}.id", text, "id of the service's container");
export const containerName = factKind(
  "local.container.{service}.name",
  text,
  "name of the service's container",
);
export const containerExitCode = factKind("local.container.{service}.exit-code", z.int(), "last exit code");
export const containerOomKilled = factKind(
  "local.container.{service}.oom-killed",
  z.boolean(),
  "whether the kernel ended it for want of memory",
);
export const containerError = factKind(
  "local.container.{service}.error",
  text,
  "State.Error: why the Engine could not start it",
);
export const containerRestarts = factKind("local.container.{service}.restarts", z.int(), "restart count");
export const containerPorts = factKind(
  "local.container.{service}.ports",
  z.array(port),
  "TCP host ports that the container was made with, which it will want whenever it is started",
);
export const containerHealth = factKind("local.container.{service}.health", text, "health check status");
export const containerNetworkMissing = factKind(
  "local.container.{service}.network-missing",
  z.boolean(),
  "whether it refers to a network that no longer exists, so that it cannot start",
);
export const strayContainers = factKind(
  "local.project.stray-containers",
  z.array(z.strictObject({ name: text, service: text, state: ContainerStateSchema })),
  "containers of this project beyond one per service of the model",
);
export const projectNetworks = factKind(
  "local.project.networks",
  z.array(z.strictObject({ name: text, id: text, containers: z.int() })),
  "networks that this project owns, with the number of containers on each",
);
export const projectVolumes = factKind(
  "local.project.volumes",
  z.array(text),
  "volumes that this project owns",
);
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
    z.strictObject({ status: z.literal("unreadable"), reason: text }),
    z.strictObject({ status: z.literal("present"), text, endpoints: EndpointsSchema }),
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
  services,
  serviceModel,
  serviceRole,
  containerState,
  containerId,
  containerName,
  containerExitCode,
  containerOomKilled,
  containerError,
  containerRestarts,
  containerPorts,
  containerHealth,
  containerNetworkMissing,
  strayContainers,
  projectNetworks,
  projectVolumes,
  portHolder,
  portHolderPid,
  probeHost,
  backendPhase,
  grafanaHealth,
  configUiHealth,
  backendSecret,
  envFile,
  stateFile,
  logLine,
];

/** The refs of one kind that `facts` holds, with the parameter of each: all ports, all containers. */
export function parametersOf(facts: Facts, kind: FactKind<unknown>): readonly string[] {
  const pattern = patternOf(kind);
  return [...facts.keys()].flatMap((id) => pattern.exec(id)?.[1] ?? []);
}

/** The log lines of a service that the facts hold, the oldest first; lines may be missing. */
export function logLinesOf(facts: Facts, service: string): readonly FactRef<string>[] {
  const prefix = logLine(service, "").id;
  return [...facts.keys()]
    .filter((id) => id.startsWith(prefix) && /^\d+$/.test(id.slice(prefix.length)))
    .map((id) => Number(id.slice(prefix.length)))
    .sort((a, b) => a - b)
    .map((number) => logLine(service, number));
}

/** The kind that an id belongs to, if any. */
export function factKindOf(id: string): FactKind<unknown> | undefined {
  return localFactKinds.find((kind) => patternOf(kind).test(id));
}

function patternOf(kind: FactKind<unknown>): RegExp {
  const escaped = kind.pattern.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll(/\{[a-z]+\}/g, "(.+)")}$`);
}
