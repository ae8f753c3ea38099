import type { Json } from "../../src/core/text/json.ts";
import type { ComposeService } from "../../src/targets/local/ports/compose.ts";
import type { EngineImage, MadeMount, MadeSettings } from "../../src/targets/local/ports/made-settings.ts";
import { sha256Hex } from "../../src/core/text/digest.ts";

/** An image that sets nothing of its own. */
export function fakeImage(name: string): EngineImage {
  return {
    id: `sha256:${sha256Hex(name)}`,
    os: "linux",
    architecture: "amd64",
    variant: "",
    cmd: [],
    entrypoint: undefined,
    user: "",
    workingDir: "",
    stopSignal: "",
    env: [],
    labels: {},
    healthcheck: undefined,
    exposed: [],
    volumes: [],
  };
}

/** Keys whose values {@link fakeMade} gives a container, and those that say nothing of one. */
const known = new Set(
  (
    "command entrypoint user working_dir labels restart privileged cap_add environment volumes networks hostname image " +
    "ports depends_on env_file build expose profiles container_name scale deploy provider"
  ).split(" "),
);

/**
 * What `inspect` shows of a container that Compose has just made of a service: all that the files say, and the
 * engine's defaults. Throws for a key that it cannot turn into a container's setting.
 */
export function fakeMade(
  { printed = {}, ports, name, mounts = [] }: ComposeService,
  made: {
    readonly env: readonly string[];
    readonly project: string;
    readonly imageId: string;
    readonly networks: readonly string[];
  },
): MadeSettings {
  const unread = Object.keys(printed).find((key) => !known.has(key) && !key.startsWith("x-"));
  if (unread !== undefined) throw new Error(`fake-made.ts does not know the key ${unread}: teach it`);
  const bound = ports.map(({ target, protocol }) => `${target}/${protocol}`);
  return {
    ...bare,
    imageId: made.imageId,
    env: made.env,
    cmd: words(printed["command"]),
    entrypoint: printed["entrypoint"] === undefined ? undefined : words(printed["entrypoint"]),
    user: text(printed["user"]),
    workingDir: text(printed["working_dir"]),
    hostname: text(printed["hostname"]),
    privileged: printed["privileged"] === true,
    capAdd: words(printed["cap_add"]),
    labels: Object.fromEntries(
      Object.entries(printed["labels"] ?? {}).map(([key, set]) => [key, String(set)]),
    ),
    restart: { name: text(printed["restart"]) || "no", retries: 0 },
    mounts: mounts.map(({ type, source, target }) => mount(type, source, target)),
    exposed: [...bound, ...words(printed["expose"])],
    bound,
    published: ports.map((port) => ({ ...port, hostIp: port.hostIp ?? "" })),
    endpoints: Object.fromEntries(
      made.networks.map((network) => [
        network,
        {
          aliases: [`${made.project}-${name}-1`, name],
          links: [],
          ipv4: "",
          ipv6: "",
          linkLocal: [],
          macAddress: "",
          driverOpts: {},
        },
      ]),
    ),
  };
}

function mount(type: string, source: string, target: string): MadeMount {
  const propagation = type === "bind" ? "rprivate" : "";
  const rest = { readOnly: false, mode: [], noCopy: false, subpath: "", tmpfsSize: 0, tmpfsMode: 0 };
  return { type, source, target, propagation, ...rest };
}

function words(json: Json | undefined): readonly string[] {
  if (json === undefined || json === null) return [];
  return Array.isArray(json) ? json.map(String) : text(json).split(" ");
}

function text(json: Json | undefined): string {
  return typeof json === "string" || typeof json === "number" ? String(json) : "";
}

/** A container of which nothing was asked. */
const bare: MadeSettings = {
  imageId: "",
  cmd: [],
  entrypoint: undefined,
  user: "",
  workingDir: "",
  stopSignal: "",
  env: [],
  labels: {},
  healthcheck: undefined,
  exposed: [],
  volumes: [],
  hostname: "",
  domainname: "",
  macAddress: "",
  tty: false,
  stdinOpen: false,
  stopTimeout: undefined,
  init: undefined,
  privileged: false,
  readOnly: false,
  capAdd: [],
  capDrop: [],
  securityOpt: [],
  hasMaskedPaths: true,
  groupAdd: [],
  devices: [],
  deviceCgroupRules: [],
  deviceRequests: [],
  ipc: "private",
  pid: "",
  uts: "",
  cgroup: "private",
  userns: "",
  isolation: "",
  runtime: "runc",
  cgroupParent: "",
  extraHosts: [],
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  tmpfs: {},
  volumesFrom: [],
  volumeDriver: "",
  storageOpt: {},
  restart: { name: "no", retries: 0 },
  logging: { driver: "json-file", options: {} },
  annotations: {},
  sysctls: {},
  ulimits: [],
  numbers: { ShmSize: 64 * 2 ** 20 },
  cpuset: "",
  oomKillDisable: false,
  blkio: {},
  mounts: [],
  endpoints: {},
  published: [],
  bound: [],
  unfixed: {},
};
