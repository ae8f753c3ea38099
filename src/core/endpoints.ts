/** URLs that people reach DevLake by. */
export interface Endpoints {
  readonly backend?: string | undefined;
  readonly grafana?: string | undefined;
  readonly configUi?: string | undefined;
}
