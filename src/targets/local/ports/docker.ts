import type { ContainerState } from "../facts/fact-values.ts";
import type { EngineImage, MadeSettings } from "./made-settings.ts";

export interface EngineEndpoint {
  /** `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`, `npipe:////./pipe/docker_engine`. */
  readonly address: string;
  /** The setting that named it, in words: `DOCKER_HOST`, `DOCKER_CONTEXT`, `current context`, `default socket`. */
  readonly source: string;
  readonly context?: string;
}

export type EngineStatus =
  | {
      readonly kind: "reachable";
      readonly id: string;
      readonly version: string;
      readonly apiVersion: string;
      readonly os: string;
      readonly arch: string;
      /** Its own clock: the times of its containers are told in it. Missing where the engine does not say. */
      readonly time?: Date;
      /** What a container gets that asks for nothing else; missing where the engine does not say. */
      readonly defaults?: {
        readonly logging?: string;
        readonly runtime?: string;
        readonly cgroup?: "host" | "private";
      };
    }
  | { readonly kind: "unreachable"; readonly error: string }
  | { readonly kind: "permission_denied"; readonly error: string };

export interface Container {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  readonly publishedPorts: readonly { readonly published: number; readonly protocol: string }[];
  /** `source`: name of a volume, or path on the engine's host. */
  readonly mounts?: readonly Mount[];
}

export interface ContainerDetails extends Container {
  /** The host ports it was made with, which it will want whenever it is started. */
  readonly configuredPorts: Container["publishedPorts"];
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly restarts: number;
  /** `State.Error`: why the Engine could not start it; empty when it could. */
  readonly error: string;
  readonly health: string | undefined;
  /** `KEY=value` as the container was made with; holds secrets: redact before it becomes a fact. */
  readonly env: readonly string[];
  /** `aliases`: what it is called there, beside its name. */
  readonly networks: readonly {
    readonly name: string;
    readonly id: string;
    readonly aliases?: readonly string[];
  }[];
  /** `HostConfig.NetworkMode`: the network it was made for, or such as `host`, `none` and `container:ID`. */
  readonly networkMode?: string;
  /** `Config.Cmd`: what it runs, or the arguments of its entrypoint. */
  readonly command?: readonly string[];
  /** When it was last started, by the engine's clock; missing when it never was. */
  readonly startedAt?: Date;
  /** Everything it was made with; holds secrets. */
  readonly made?: MadeSettings;
  /** When its last life ended, by the engine's clock; missing when none has. */
  readonly finishedAt?: Date;
}

export interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  /** It cannot write there. */
  readonly readOnly?: true;
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Containers that use it, running or not: one that is stopped could not start without it. */
  readonly containers: number;
  /** By the engine's clock; missing where the engine does not say. */
  readonly createdAt?: Date;
}

/** What may be asked of a Docker Engine. Every call but `status` throws when the Engine does not answer. */
export interface DockerReader {
  readonly endpoint: EngineEndpoint;
  readonly status: () => Promise<EngineStatus>;
  /** All containers of the engine, running or not. */
  readonly containers: () => Promise<readonly Container[]>;
  readonly inspect: (id: string) => Promise<ContainerDetails>;
  readonly networks: () => Promise<readonly Network[]>;
  readonly volumes: () => Promise<
    readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[]
  >;
  /** The image of this name or id; undefined when the engine has none. */
  readonly image: (nameOrId: string) => Promise<EngineImage | undefined>;
  /** The last `tail` lines of both streams, oldest first, not redacted. */
  readonly logs: (id: string, tail: number) => Promise<readonly string[]>;
}

/** What ends a call before the deadline that it has anyway. */
export interface CallBounds {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The few things that tools may do to the Engine directly; no call for volumes or images exists. */
export interface DockerWriter {
  /**
   * Removes a container that is not running (never forced, volumes kept); gone already is fine.
   * Throws RepairError `plan_stale` when it runs.
   */
  readonly removeContainer: (id: string) => Promise<void>;
  /**
   * Starts a container as it is; one that runs already is fine. Throws with the engine's words when it cannot, and with
   * the signal's reason when it is aborted; what became of the start is not known then.
   */
  readonly startContainer: (id: string, bounds?: CallBounds) => Promise<void>;
  /** Connects a container, running or not, to a network that exists; it keeps everything else. */
  readonly connectNetwork: (
    network: string,
    container: string,
    address: { readonly aliases: readonly string[]; readonly ipv4?: string; readonly ipv6?: string },
  ) => Promise<void>;
  /** Takes it off again: the undo of `connectNetwork`. */
  readonly disconnectNetwork: (network: string, container: string) => Promise<void>;
}
