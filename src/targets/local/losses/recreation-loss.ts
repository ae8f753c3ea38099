export type RecreationLossKind =
  | "not_looked_at"
  | "last_secret"
  | "secret"
  | "grafana_secret"
  | "database_url"
  | "unnamed_data"
  | "other_data"
  | "image";

/** Why a container may not be removed or recreated as things are. */
export interface RecreationLoss {
  readonly kind: RecreationLossKind;
  /** The service, or the name of a container beyond one per service. */
  readonly of: string;
  readonly fact: string;
  /** A sentence without an end. */
  readonly message: string;
}
