import type { PublishedPort } from "../../targets/local/facts/fact-values.ts";

// [HOST_IP:]PUBLISHED:TARGET[/PROTOCOL], the address in brackets when it is IPv6.
const shortPort =
  /^(?:(?<ip>\[[^\]]+\]|[^:[\]]+):)?(?<published>\d+):(?<target>\d+)(?:\/(?<protocol>tcp|udp))?$/;

/** A published port in short form, as docker-compose v1 prints it; undefined when no single host port is fixed. */
export function publishedPortOf(entry: string): PublishedPort | undefined {
  const groups = shortPort.exec(entry)?.groups;
  if (groups === undefined) return undefined;
  const hostIp = groups["ip"]?.replaceAll(/[[\]]/g, "");
  return {
    published: Number(groups["published"]),
    target: Number(groups["target"]),
    protocol: groups["protocol"] === "udp" ? "udp" : "tcp",
    ...(hostIp !== undefined && { hostIp }),
  };
}

/** The named volume of a `SOURCE:TARGET[:MODE]` entry; undefined for bind mounts and anonymous volumes. */
export function volumeOf(entry: string): string | undefined {
  const source = /^([A-Za-z0-9][\w.-]*):/.exec(entry)?.[1];
  // `C:\data:/data` and `C:/data:/data` are bind mounts of Windows; `v:/data:ro` is a volume named v.
  return /^[A-Za-z]:(?:\\|\/.*:\/)/.test(entry) ? undefined : source;
}
