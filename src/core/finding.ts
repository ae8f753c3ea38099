import { z } from "zod";

/** The closed list of problem classes for local targets; the Azure classes join it with their rules. */
export const FindingClassSchema = z.enum([
  "docker_engine_unreachable",
  "docker_permission_denied",
  "compose_missing_or_old",
  "compose_file_invalid",
  "env_file_missing",
  "encryption_secret_missing",
  "port_conflict_container",
  "port_conflict_host_process",
  "partial_deployment",
  "service_stopped",
  "oom_killed",
  "migration_pending",
  "backend_crash_loop",
  "grafana_unhealthy",
  "config_ui_upstream_unreachable",
  "state_file_stale",
  "unknown",
]);
export type FindingClass = z.infer<typeof FindingClassSchema>;

/** `blocking`: DevLake cannot be used; `degraded`: it can, in part; `info`: worth knowing. */
export const SeveritySchema = z.enum(["blocking", "degraded", "info"]);
export type Severity = z.infer<typeof SeveritySchema>;

export const FindingSchema = z.strictObject({
  id: z.string().regex(/^f\d+$/),
  class: FindingClassSchema,
  severity: SeveritySchema,
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  summary: z.string().min(1),
  /** Fact ids that prove it. */
  evidence: z.array(z.string()).min(1),
  /** The observation that would prove it wrong. */
  refutedBy: z.string().min(1),
});
export type Finding = z.infer<typeof FindingSchema>;

/** A tool instance that may cure a finding; the compiler decides. */
export interface Remedy {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** What a rule detects: a finding before it is numbered, its remedies, and what a person can do. */
export interface Detection extends Omit<Finding, "id" | "evidence"> {
  readonly evidence: readonly string[];
  readonly remedies: readonly Remedy[];
  /** Precise steps for a person when no remedy is safe. */
  readonly nextSteps: readonly string[];
}

export interface ClassifiedFinding extends Detection {
  readonly id: string;
}
