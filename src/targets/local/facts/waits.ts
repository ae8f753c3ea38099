import type { Wait } from "./change-facts.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import {
  containerExitCode,
  containerHealth,
  containerState,
  serviceModel,
  serviceSharesNetworkOf,
  serviceWaits,
} from "./local-facts.ts";
import { isDoneJob } from "./needed-services.ts";

/**
 * What a service's start waits for: `depends_on`, and the service whose network namespace it shares. Facts of before
 * the conditions were looked at name the services only.
 */
export function waitsOf(facts: Facts, service: string): readonly Wait[] {
  const required = { restart: false, required: true } as const;
  const waits: readonly Wait[] =
    readFact(facts, serviceWaits(service)) ??
    (readFact(facts, serviceModel(service))?.dependsOn ?? []).map((other) => ({
      service: other,
      condition: readFact(facts, serviceModel(other))?.runsOnce === true ? "completed" : "started",
      ...required,
    }));
  const host = readFact(facts, serviceSharesNetworkOf(service));
  if (host === undefined || waits.some((wait) => wait.service === host)) return waits;
  return [...waits, { service: host, condition: "started", ...required }];
}

/** `failed`: it will not come to hold by itself; `is` goes behind the service's name. */
export type Condition =
  | { readonly kind: "holds" }
  | { readonly kind: "waiting" | "failed"; readonly is: string };

/** Whether what is waited for is so, as Compose judges it (`compose start`, tried with 2.26, 2.40 and 5.5). */
export function conditionOf(facts: Facts, { service, condition }: Wait): Condition {
  const state = readFact(facts, containerState(service)) ?? "absent";
  const failed = { kind: "failed", is: state === "absent" ? "has no container" : `is ${state}` } as const;
  if (condition === "completed") {
    if (state === "running" || state === "restarting") return { kind: "waiting", is: "has not ended yet" };
    if (state !== "exited") return failed;
    const code = readFact(facts, containerExitCode(service)) ?? 0;
    return code === 0 ? { kind: "holds" } : { kind: "failed", is: `ended with exit code ${code}` };
  }
  if (condition === "started" && isDoneJob(facts, service)) return { kind: "holds" };
  if (state !== "running" && state !== "restarting") return failed;
  if (condition === "started") return { kind: "holds" };
  const health = readFact(facts, containerHealth(service));
  if (state === "running" && health === "healthy") return { kind: "holds" };
  return health === "unhealthy"
    ? { kind: "failed", is: "is unhealthy by its health check" }
    : { kind: "waiting", is: "is not yet healthy" };
}

/** The services in an order in which each comes behind those that it waits for. */
export function inStartOrder(facts: Facts, services: readonly string[]): readonly string[] {
  const ordered = new Set<string>();
  const seen = new Set<string>();
  const visit = (service: string): void => {
    if (seen.has(service)) return;
    seen.add(service);
    for (const { service: other } of waitsOf(facts, service)) visit(other);
    ordered.add(service);
  };
  services.forEach(visit);
  return [...ordered].filter((service) => services.includes(service));
}
