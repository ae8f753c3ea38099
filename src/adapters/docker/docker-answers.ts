import { z } from "zod";
import type { ContainerState } from "../../targets/local/facts/fact-values.ts";
import type { Container, ContainerDetails, EngineStatus, Mount } from "../../targets/local/ports/docker.ts";
import { toMadeSettings } from "./docker-made.ts";

/**
 * The parts of the Engine API's answers that are used (API 1.24 to 1.52, and Podman's compatible one).
 * They are checked because the address may belong to anything that speaks HTTP.
 */

/** Go writes an empty map as null. */
const stringMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

/** Podman has states of its own. */
const podmanStates: Readonly<Record<string, ContainerState>> = {
  configured: "created",
  initialized: "created",
  stopping: "running",
  stopped: "exited",
};
const state = z.preprocess(
  (value) => podmanStates[String(value)] ?? value,
  z.enum(["created", "running", "paused", "restarting", "removing", "exited", "dead"]),
);

const VersionSchema = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string(),
  Arch: z.string(),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
});
const InfoSchema = z.object({
  ID: z.string(),
  Name: z.string().default(""),
  DockerRootDir: z.string().default(""),
  SystemTime: z.string().nullish(),
  LoggingDriver: z.string().nullish(),
  DefaultRuntime: z.string().nullish(),
  CgroupVersion: z.string().nullish(),
});

/** Throws a ZodError when either answer is not an Engine's. */
export function toStatus(info: unknown, version: unknown): Extract<EngineStatus, { kind: "reachable" }> {
  const parsed = InfoSchema.parse(info);
  const { ID, Name, DockerRootDir, SystemTime } = parsed;
  const { Version, ApiVersion, Os, Arch, Components } = VersionSchema.parse(version);
  // Podman makes up a new ID for every answer (pkg/api/handlers/compat/info.go): host and store stay.
  const isPodman = Components?.some((component) => component.Name === "Podman Engine") === true;
  const id = isPodman ? `podman:${Name}:${DockerRootDir}` : ID;
  const time = timeOf(SystemTime);
  return {
    kind: "reachable",
    id,
    version: Version,
    apiVersion: ApiVersion,
    os: Os,
    arch: Arch,
    ...(time !== undefined && { time }),
    ...defaultsOf(parsed),
  };
}

/** A container has its own control groups by default where those are of version 2 (moby `daemon/config`). */
function defaultsOf({
  LoggingDriver,
  DefaultRuntime,
  CgroupVersion,
}: z.infer<typeof InfoSchema>): Pick<Extract<EngineStatus, { kind: "reachable" }>, "defaults"> {
  const defaults = {
    ...(LoggingDriver && { logging: LoggingDriver }),
    ...(DefaultRuntime && { runtime: DefaultRuntime }),
    ...(CgroupVersion && { cgroup: CgroupVersion === "2" ? ("private" as const) : ("host" as const) }),
  };
  return Object.keys(defaults).length > 0 ? { defaults } : {};
}

/** Go writes `0001-01-01T00:00:00Z` for "never". */
function timeOf(text: string | null | undefined): Date | undefined {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) || time.getTime() <= 0 ? undefined : time;
}

const mounts = z
  .array(
    z.object({
      Type: z.string().default("bind"),
      Name: z.string().nullish(),
      Source: z.string().nullish(),
      Destination: z.string(),
      RW: z.boolean().nullish(),
    }),
  )
  .nullish();

function toMounts(listed: z.infer<typeof mounts>): readonly Mount[] {
  return (listed ?? []).map((mount) => ({
    type: mount.Type,
    source: mount.Name || mount.Source || "",
    target: mount.Destination,
    ...(mount.RW === false && { readOnly: true as const }),
  }));
}

const ListedContainersSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Image: z.string(),
    Labels: stringMap,
    State: state,
    Ports: z.array(z.object({ PublicPort: z.int().optional(), Type: z.string().default("tcp") })).nullish(),
    NetworkSettings: z
      .object({ Networks: z.record(z.string(), z.object({ NetworkID: z.string().nullish() })).nullish() })
      .nullish(),
    Mounts: mounts,
  }),
);

export interface ListedContainer extends Container {
  /** Networks that it is or was on; the id is empty while it has never run. */
  readonly networks: readonly { readonly name: string; readonly id: string }[];
}

export function toContainers(answer: unknown): readonly ListedContainer[] {
  return ListedContainersSchema.parse(answer).map((listed) => ({
    id: listed.Id,
    name: withoutSlash(listed.Names?.[0] ?? listed.Id),
    image: listed.Image,
    labels: listed.Labels,
    state: listed.State,
    publishedPorts: distinctPorts(
      (listed.Ports ?? []).map((port) => ({ published: port.PublicPort ?? 0, protocol: port.Type })),
    ),
    networks: Object.entries(listed.NetworkSettings?.Networks ?? {}).map(([name, network]) => ({
      name,
      id: network.NetworkID ?? "",
    })),
    ...(listed.Mounts?.length && { mounts: toMounts(listed.Mounts) }),
  }));
}

const portBindings = z
  .record(z.string(), z.array(z.object({ HostPort: z.string().optional() })).nullable())
  .nullish();

const InspectedContainerSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  RestartCount: z.int().default(0),
  State: z.object({
    Status: state,
    ExitCode: z.int(),
    OOMKilled: z.boolean().default(false),
    Error: z.string().default(""),
    StartedAt: z.string().nullish(),
    FinishedAt: z.string().nullish(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  HostConfig: z
    .object({ PortBindings: portBindings, NetworkMode: z.string().optional() })
    .default({ PortBindings: undefined }),
  Config: z.object({
    Image: z.string(),
    Labels: stringMap,
    Env: z.array(z.string()).nullish(),
    Cmd: z.array(z.string()).nullish(),
    Tty: z.boolean().default(false),
  }),
  NetworkSettings: z.object({
    Ports: portBindings,
    Networks: z
      .record(
        z.string(),
        z.object({
          NetworkID: z.string().nullish(),
          Aliases: z.array(z.string()).nullish(),
          DNSNames: z.array(z.string()).nullish(),
        }),
      )
      .nullish(),
  }),
  Mounts: mounts,
});

function hostPorts(bindings: z.infer<typeof portBindings>): ContainerDetails["publishedPorts"] {
  return distinctPorts(
    Object.entries(bindings ?? {}).flatMap(([target, bound]) =>
      (bound ?? []).map((binding) => ({
        published: Number(binding.HostPort ?? 0),
        protocol: target.split("/")[1] ?? "tcp",
      })),
    ),
  );
}

export function toContainerDetails(answer: unknown): ContainerDetails {
  const { Id, Name, RestartCount, State, HostConfig, Config, NetworkSettings, Mounts } =
    InspectedContainerSchema.parse(answer);
  const startedAt = timeOf(State.StartedAt);
  const made = toMadeSettings(answer);
  const finishedAt = timeOf(State.FinishedAt);
  return {
    id: Id,
    name: withoutSlash(Name),
    image: Config.Image,
    labels: Config.Labels,
    state: State.Status,
    publishedPorts: hostPorts(NetworkSettings.Ports),
    configuredPorts: hostPorts(HostConfig.PortBindings),
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    restarts: RestartCount,
    error: State.Error,
    // Podman and old Engines say so instead of leaving Health out.
    health: ["", "none", undefined].includes(State.Health?.Status) ? undefined : State.Health?.Status,
    env: Config.Env ?? [],
    command: Config.Cmd ?? [],
    networks: Object.entries(NetworkSettings.Networks ?? {}).map(([name, network]) => ({
      name,
      id: network.NetworkID ?? "",
      aliases: [...new Set([...(network.Aliases ?? []), ...(network.DNSNames ?? [])])],
    })),
    ...(startedAt !== undefined && { startedAt }),
    ...(made !== undefined && { made }),
    ...(finishedAt !== undefined && { finishedAt }),
    // An engine tells an empty list; what says nothing of mounts is not known to have none.
    ...(Mounts !== undefined && { mounts: toMounts(Mounts) }),
    ...(HostConfig.NetworkMode !== undefined && { networkMode: HostConfig.NetworkMode }),
  };
}

/** Whether its log is one raw stream instead of frames of stdout and stderr. */
export function hasTerminal(answer: unknown): boolean {
  return InspectedContainerSchema.pick({ Config: true }).parse(answer).Config.Tty;
}

const ListedNetworksSchema = z.array(
  z.object({ Id: z.string(), Name: z.string(), Created: z.string().nullish(), Labels: stringMap }),
);

export function toNetworks(answer: unknown) {
  return ListedNetworksSchema.parse(answer).map(({ Id, Name, Created, Labels }) => {
    const createdAt = timeOf(Created);
    return { id: Id, name: Name, labels: Labels, ...(createdAt !== undefined && { createdAt }) };
  });
}

const ListedVolumesSchema = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Labels: stringMap })).nullish(),
});

export function toVolumes(answer: unknown) {
  return (ListedVolumesSchema.parse(answer).Volumes ?? []).map(({ Name, Labels }) => ({
    name: Name,
    labels: Labels,
  }));
}

/** A port is listed once for each address family; exposed ports that are not published have none. */
function distinctPorts(ports: Container["publishedPorts"]): Container["publishedPorts"] {
  const byKey = new Map(ports.map((port) => [`${port.published}/${port.protocol}`, port]));
  return [...byKey.values()].filter((port) => port.published > 0);
}

function withoutSlash(name: string): string {
  return name.replace(/^\//, "");
}
