import { z } from "zod";
import type { MadeEndpoint, MadeSettings, ProcessSettings } from "../../targets/local/ports/made-settings.ts";
import { WishedMountSchema } from "./docker-mounts.ts";
import { flag, number, text, textMap, texts } from "./docker-values.ts";

/** Numbers that Compose sets, by the engine's names. */
const numberNames = [
  "ShmSize",
  "Memory",
  "MemorySwap",
  "MemoryReservation",
  "MemorySwappiness",
  "NanoCpus",
  "CpuShares",
  "CpuPeriod",
  "CpuQuota",
  "CpuRealtimePeriod",
  "CpuRealtimeRuntime",
  "CpuCount",
  "CpuPercent",
  "PidsLimit",
  "OomScoreAdj",
] as const;

/** Limits of block devices: a weight, and lists for each device. */
const blkioNames = [
  "BlkioWeight",
  "BlkioWeightDevice",
  "BlkioDeviceReadBps",
  "BlkioDeviceWriteBps",
  "BlkioDeviceReadIOps",
  "BlkioDeviceWriteIOps",
] as const;

const unread = z.unknown().optional();

const PortBindingsSchema = z
  .record(z.string(), z.array(z.object({ HostIp: text, HostPort: text })).nullable())
  .nullish();

export const HostConfigSchema = z.looseObject({
  PortBindings: PortBindingsSchema,
  RestartPolicy: z.object({ Name: text, MaximumRetryCount: number }).nullish(),
  LogConfig: z.object({ Type: text, Config: textMap }).nullish(),
  Init: z.boolean().nullish(),
  Privileged: flag,
  ReadonlyRootfs: flag,
  OomKillDisable: flag,
  CapAdd: texts,
  CapDrop: texts,
  SecurityOpt: texts,
  MaskedPaths: z.array(z.string()).nullish(),
  GroupAdd: texts,
  Devices: z.array(z.object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })).nullish(),
  DeviceCgroupRules: texts,
  DeviceRequests: z
    .array(
      z.object({
        Driver: text,
        Count: number,
        DeviceIDs: texts,
        Capabilities: z.array(z.array(z.string())).nullish(),
        Options: textMap,
      }),
    )
    .nullish(),
  IpcMode: text,
  PidMode: text,
  UTSMode: text,
  CgroupnsMode: text,
  UsernsMode: text,
  Isolation: text,
  Runtime: text,
  CgroupParent: text,
  ExtraHosts: texts,
  Dns: texts,
  DnsSearch: texts,
  DnsOptions: texts,
  Tmpfs: textMap,
  VolumesFrom: texts,
  VolumeDriver: text,
  StorageOpt: textMap,
  Annotations: textMap,
  Sysctls: textMap,
  Ulimits: z.array(z.object({ Name: text, Soft: number, Hard: number })).nullish(),
  CpusetCpus: text,
  Mounts: z.array(WishedMountSchema).nullish(),
  BlkioWeight: unread,
});

type HostConfig = z.infer<typeof HostConfigSchema>;

export function hostSettingsOf(
  host: HostConfig,
): Omit<
  MadeSettings,
  | keyof ProcessSettings
  | "imageId"
  | "hostname"
  | "domainname"
  | "macAddress"
  | "tty"
  | "stdinOpen"
  | "stopTimeout"
  | "mounts"
  | "endpoints"
  | "published"
  | "bound"
  | "unfixed"
> {
  return {
    init: host.Init ?? undefined,
    privileged: host.Privileged,
    readOnly: host.ReadonlyRootfs,
    capAdd: host.CapAdd,
    capDrop: host.CapDrop,
    securityOpt: host.SecurityOpt,
    hasMaskedPaths:
      host.MaskedPaths === undefined || host.MaskedPaths === null || host.MaskedPaths.length > 0,
    groupAdd: host.GroupAdd,
    devices: (host.Devices ?? []).map(
      (device) => `${device.PathOnHost}:${device.PathInContainer}:${device.CgroupPermissions}`,
    ),
    deviceCgroupRules: host.DeviceCgroupRules,
    deviceRequests: (host.DeviceRequests ?? []).map((request) => ({
      driver: request.Driver,
      count: request.Count,
      ids: request.DeviceIDs,
      capabilities: (request.Capabilities ?? []).flat(),
      options: request.Options,
    })),
    ipc: host.IpcMode,
    pid: host.PidMode,
    uts: host.UTSMode,
    cgroup: host.CgroupnsMode,
    userns: host.UsernsMode,
    isolation: host.Isolation,
    runtime: host.Runtime,
    cgroupParent: host.CgroupParent,
    extraHosts: host.ExtraHosts,
    dns: host.Dns,
    dnsSearch: host.DnsSearch,
    dnsOptions: host.DnsOptions,
    tmpfs: host.Tmpfs,
    volumesFrom: host.VolumesFrom,
    volumeDriver: host.VolumeDriver,
    storageOpt: host.StorageOpt,
    restart: {
      name: host.RestartPolicy?.Name ?? "",
      retries: host.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    logging: { driver: host.LogConfig?.Type ?? "", options: host.LogConfig?.Config ?? {} },
    annotations: host.Annotations,
    sysctls: host.Sysctls,
    ulimits: (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
    numbers: Object.fromEntries(numberNames.map((name) => [name, number.parse(host[name])])),
    cpuset: host.CpusetCpus,
    oomKillDisable: host.OomKillDisable,
    blkio: Object.fromEntries(
      blkioNames.flatMap((name) => {
        const value = host[name];
        const isSet = Array.isArray(value) ? value.length > 0 : typeof value === "number" && value !== 0;
        return isSet ? [[name, JSON.stringify(value)]] : [];
      }),
    ),
  };
}

export const EndpointsSchema = z
  .record(
    z.string(),
    z.object({
      Aliases: texts,
      DNSNames: texts,
      Links: texts,
      MacAddress: text,
      DriverOpts: textMap,
      IPAMConfig: z.object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts }).nullish(),
    }),
  )
  .nullish();

export function endpointsOf(
  endpoints: z.infer<typeof EndpointsSchema>,
): Readonly<Record<string, MadeEndpoint>> {
  return Object.fromEntries(
    Object.entries(endpoints ?? {}).map(([name, endpoint]) => [
      name,
      {
        aliases: [...new Set([...endpoint.Aliases, ...endpoint.DNSNames])],
        links: endpoint.Links,
        ipv4: endpoint.IPAMConfig?.IPv4Address ?? "",
        ipv6: endpoint.IPAMConfig?.IPv6Address ?? "",
        linkLocal: endpoint.IPAMConfig?.LinkLocalIPs ?? [],
        macAddress: endpoint.MacAddress,
        driverOpts: endpoint.DriverOpts,
      },
    ]),
  );
}

/** Ports with one fixed host port apart from the others: of a range, or where the engine chooses, there is none. */
export function portsOf(
  bindings: z.infer<typeof PortBindingsSchema>,
): Pick<MadeSettings, "published" | "bound" | "unfixed"> {
  const published: MadeSettings["published"][number][] = [];
  const unfixed: Record<string, string> = {};
  for (const [target, bound] of Object.entries(bindings ?? {})) {
    const [port = "", protocol = "tcp"] = target.split("/");
    for (const { HostIp, HostPort } of bound ?? []) {
      if (/^[1-9]\d{0,4}$/.test(HostPort) && /^\d{1,5}$/.test(port) && ["tcp", "udp"].includes(protocol))
        published.push({ published: Number(HostPort), target: Number(port), protocol, hostIp: HostIp });
      else unfixed[target] = `${HostIp}:${HostPort === "0" ? "" : HostPort}`;
    }
  }
  return { published, unfixed, bound: Object.keys(bindings ?? {}) };
}
