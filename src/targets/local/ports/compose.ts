import type { PublishedPort } from "../facts/fact-values.ts";
import type { Json } from "../../../core/text/json.ts";
import type { Mount } from "./docker.ts";

export interface ComposeCommand {
  readonly flavour: "plugin" | "standalone";
  readonly version: string;
}

export interface ComposeService {
  readonly name: string;
  readonly image: string | undefined;
  readonly ports: readonly PublishedPort[];
  readonly dependsOn: readonly string[];
  /** Those of `dependsOn` that have to end, and well, before it starts: jobs that run once. */
  readonly dependsOnEndOf?: readonly string[];
  readonly restart: string | undefined;
  /** Names of the named volumes it mounts, as the model names them. */
  readonly volumes: readonly string[];
  /** What it mounts where: `source` is the real name of a volume, or a path. */
  readonly mounts?: readonly Mount[];
  /** Real names of the networks that it is put on, such as `devlake_default`; missing where none is named. */
  readonly networks?: readonly string[];
  /** Effective environment; holds secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** It has a `build:`, also where its image has a name. */
  readonly buildsImage?: true;
  /** The type of its `provider:`, which is the name of a program that Compose would start (2.36 on). */
  readonly provider?: string | undefined;
  /** All that Compose prints of it, with `$$` as `$`; holds secrets. */
  readonly printed?: Readonly<Record<string, Json>>;
}

/** A network or volume of the files. */
export interface ComposeObject {
  readonly key: string;
  /** Its real name, such as `devlake_default`. */
  readonly name: string;
  readonly isExternal: boolean;
  /** As Compose prints it; missing where it prints another form than the one that its labels are made from (1.x). */
  readonly printed?: Readonly<Record<string, Json>>;
}

/** The effective model: `docker compose config --format json`, reduced to what we read. */
export interface ComposeModel {
  readonly project: string;
  readonly services: readonly ComposeService[];
  /** Real names of the volumes, such as `devlake_mysql-storage`. */
  readonly volumes: readonly string[];
  readonly networkEntries?: readonly ComposeObject[];
  readonly volumeEntries?: readonly ComposeObject[];
  /** Entries of the files' `secrets` and `configs` by key, with `$$` as `$`. */
  readonly fileEntries?: Readonly<
    Record<"secrets" | "configs", Readonly<Record<string, Readonly<Record<string, Json>>>>>
  >;
  /** Names and values of build arguments, texts of configs, and extensions; all may be secrets. */
  readonly settings?: readonly (readonly [name: string, value: string])[];
}

/** A `message` is Compose's own and may quote the files: it has to be masked before anybody sees it. */
export type ComposeConfigOutcome =
  | { readonly kind: "valid"; readonly model: ComposeModel }
  | { readonly kind: "env_file_missing"; readonly path: string; readonly message: string }
  | { readonly kind: "no_compose_file"; readonly message: string }
  | { readonly kind: "invalid"; readonly message: string }
  /** Compose could not be asked: none installed, no answer in time, an unusable Docker context. */
  | { readonly kind: "unavailable"; readonly message: string };

export interface ComposeReader {
  /** The installed Compose, plugin preferred; undefined when there is none. */
  readonly command: () => Promise<ComposeCommand | undefined>;
  readonly config: (directory: string) => Promise<ComposeConfigOutcome>;
}

export interface ComposeRunOptions {
  readonly directory: string;
  readonly project: string;
  /** Whole milliseconds: what starts processes refuses fractions. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** One line of Compose's own progress, not redacted. */
  readonly onLine: (line: string) => void;
}

export type ComposeRunOutcome =
  | { readonly kind: "ok" }
  | { readonly kind: "failed"; readonly exitCode: number; readonly stderr: string }
  | { readonly kind: "timed_out" }
  | { readonly kind: "interrupted" };

/** No call of these is a plain `up`, which recreates every container that differs from the files. */
export interface ComposeWriter {
  /**
   * Creates what is missing of the named services and starts them, and recreates nothing: `up -d --no-recreate --no-deps
   * --no-build --pull never --remove-orphans=false SERVICE...`; refused where a service has a `provider`.
   */
  readonly createMissing: (
    options: ComposeRunOptions,
    services: readonly string[],
  ) => Promise<ComposeRunOutcome>;
  /** `up -d --force-recreate --no-deps --no-build --pull never --remove-orphans=false SERVICE...`; refused like `createMissing`. */
  readonly recreate: (options: ComposeRunOptions, services: readonly string[]) => Promise<ComposeRunOutcome>;
  /** `compose pull SERVICE...`: their images alone, and no container is touched; refused like `createMissing`. */
  readonly pull: (options: ComposeRunOptions, services: readonly string[]) => Promise<ComposeRunOutcome>;
}
