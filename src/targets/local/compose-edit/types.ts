/**
 * One file of a Compose project, already read. `path` is relative to the project directory, as users see it.
 * `compose`: a Compose file, in the order Compose merges them. `env`: what Compose interpolates from (`.env`;
 * services may load it as well). `env-file`: only loaded into containers by `env_file:`.
 */
export interface ComposeSource {
  readonly path: string;
  readonly text: string;
  readonly role: "compose" | "env" | "env-file";
}

type Protocol = "tcp" | "udp";

/** Moves host port `from` of container port `target` to `to`; without `protocol`, for every protocol. */
export interface PortMove {
  readonly service: string;
  readonly from: number;
  readonly to: number;
  readonly target: number;
  readonly protocol?: Protocol | undefined;
}

export interface EditRequest {
  readonly sources: readonly ComposeSource[];
  readonly moves: readonly PortMove[];
  /** Variables of the process that runs Compose; they beat `.env`. */
  readonly environment: ReadonlyMap<string, string>;
  /** Services whose moves `GF_SERVER_ROOT_URL` follows, such as `config-ui`; none when absent. */
  readonly rootUrlFollows?: readonly string[] | undefined;
  /**
   * How the outcome is read again to see that nothing else changes: all of it, or where that is enough only the
   * scalars edited, which comes to the same at a fraction of the time. Whole files when absent.
   */
  readonly reading?: "whole files" | "edited scalars" | undefined;
}

/** One replaced stretch of text: `from` became `to` at this 1-based line and column of the text before. */
interface EditChange {
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly to: string;
}

export interface EditedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly changes: readonly EditChange[];
}

/** Something that was left alone and that the user should know or do. */
export interface EditNote {
  readonly message: string;
  readonly path: string;
  readonly line: number;
}

/** `value`: as it stands in the file after the edit; masked where the text that was edited is. */
export interface EnvironmentChange {
  readonly service: string;
  readonly variable: string;
  readonly value: string;
}

/** Why nothing was edited, and the way out. */
export interface Refusal {
  readonly reason: string;
  readonly path: string;
  readonly line?: number | undefined;
  readonly service?: string | undefined;
}

export type EditOutcome =
  | {
      readonly kind: "edited";
      readonly files: readonly EditedFile[];
      readonly notes: readonly EditNote[];
      /** Variables that containers get another value of, once they are recreated. */
      readonly environment: readonly EnvironmentChange[];
    }
  | { readonly kind: "refused"; readonly refusals: readonly Refusal[] };
