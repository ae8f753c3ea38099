/** What is asked of a Compose project before it is called healthy. */
export const healthChecksKnown = [
  "backend_ready",
  "data_readable",
  "grafana_healthy",
  "config_ui_reaches_backend",
  "services_steady",
] as const;
export type HealthCheck = (typeof healthChecksKnown)[number];
