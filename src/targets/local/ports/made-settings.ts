/** A mount as the engine has it: what the container sees, with what only its wish says. */
export interface MadeMount {
  readonly type: string;
  /** Name of a volume, or path on the engine's host; empty for tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Of a bind mount; `rprivate` by default. */
  readonly propagation: string;
  /** Words such as `z`, `ro`, `nocopy`. */
  readonly mode: readonly string[];
  readonly noCopy: boolean;
  readonly subpath: string;
  /** Of a tmpfs mount, in bytes and as a number; 0 where none is set. */
  readonly tmpfsSize: number;
  readonly tmpfsMode: number;
}

/** A health check; times in nanoseconds, 0 where none is set. */
export interface MadeHealthcheck {
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

/** What an image and a container both say of the process. */
export interface ProcessSettings {
  readonly cmd: readonly string[];
  /** undefined where none is set, which an image's replaces; an empty one is not replaced. */
  readonly entrypoint: readonly string[] | undefined;
  readonly user: string;
  readonly workingDir: string;
  readonly stopSignal: string;
  /** `KEY=value`, or `KEY` alone for one that is taken away. */
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck: MadeHealthcheck | undefined;
  /** `8080/tcp`. */
  readonly exposed: readonly string[];
  /** Paths that get an anonymous volume where nothing else is mounted. */
  readonly volumes: readonly string[];
}

export interface EngineImage extends ProcessSettings {
  readonly id: string;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/**
 * The settings that a container was made with, as `inspect` shows them (Engine API 1.40 to 1.52): those of the files,
 * those of the image and the engine's defaults together.
 */
export interface MadeSettings extends ProcessSettings {
  /** Of the image that it was made from, whatever bears its name now. */
  readonly imageId: string;
  readonly hostname: string;
  readonly domainname: string;
  readonly macAddress: string;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  /** Seconds. */
  readonly stopTimeout: number | undefined;
  readonly init: boolean | undefined;
  readonly privileged: boolean;
  readonly readOnly: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  /** False where the container may see all of /proc and /sys. */
  readonly hasMaskedPaths: boolean;
  readonly groupAdd: readonly string[];
  /** `SOURCE:TARGET:PERMISSIONS`. */
  readonly devices: readonly string[];
  readonly deviceCgroupRules: readonly string[];
  readonly deviceRequests: readonly {
    readonly driver: string;
    readonly count: number;
    readonly ids: readonly string[];
    readonly capabilities: readonly string[];
    readonly options: Readonly<Record<string, string>>;
  }[];
  readonly ipc: string;
  readonly pid: string;
  readonly uts: string;
  readonly cgroup: string;
  readonly userns: string;
  readonly isolation: string;
  readonly runtime: string;
  readonly cgroupParent: string;
  /** `HOST:ADDRESS`. */
  readonly extraHosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly volumesFrom: readonly string[];
  readonly volumeDriver: string;
  readonly storageOpt: Readonly<Record<string, string>>;
  readonly restart: { readonly name: string; readonly retries: number };
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly annotations: Readonly<Record<string, string>>;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  /** Numbers of HostConfig by their names there, such as `Memory`, `NanoCpus` and `ShmSize`; 0 where none is set. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly cpuset: string;
  readonly oomKillDisable: boolean;
  /** Whether HostConfig has any limit of block devices. */
  readonly blkio: Readonly<Record<string, string>>;
  /** undefined: the engine did not say. */
  readonly mounts: readonly MadeMount[] | undefined;
  /** What it is called and which addresses are fixed on each network, by the network's name. */
  readonly endpoints: Readonly<Record<string, MadeEndpoint>>;
  /** Container ports that it publishes, such as `8080/tcp`, on whatever host port. */
  readonly bound: readonly string[];
  /** Of those, what is not on one host port alone, as `IP:PORTS` by the container port. */
  readonly unfixed: Readonly<Record<string, string>>;
  /** Host ports that it was made to publish, one by one. */
  readonly published: readonly {
    readonly published: number;
    readonly target: number;
    readonly protocol: string;
    readonly hostIp: string;
  }[];
}

export interface MadeEndpoint {
  readonly aliases: readonly string[];
  /** `CONTAINER:ALIAS`. */
  readonly links: readonly string[];
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocal: readonly string[];
  readonly macAddress: string;
  readonly driverOpts: Readonly<Record<string, string>>;
}
