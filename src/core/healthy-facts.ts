import { FactsDraft, readFact, type Facts } from "./fact.ts";
import {
  backendPhase,
  configUiHealth,
  containerError,
  containerId,
  containerName,
  containerNetworkCutOff,
  containerNetworkMissing,
  containerPorts,
  containerState,
  grafanaHealth,
  portHolder,
  serviceModel,
} from "./local-facts.ts";
import type { HealthCheck } from "./plan.ts";
import type { HealthReport } from "./result.ts";
import { serviceOfRole } from "./service-role.ts";

/** The health checks that fit a deployment, each with what the facts say of it. */
export function healthReports(facts: Facts): readonly HealthReport[] {
  return healthChecks(facts).map((check) => {
    const observed = observedHealth(facts, check);
    return { check, healthy: observed === healthyValue[check], observed };
  });
}

/** A deployment has the checks of the DevLake services in its model. */
export function healthChecks(facts: Facts): readonly HealthCheck[] {
  const checks: HealthCheck[] = [];
  if (serviceOfRole(facts, "backend") !== undefined) checks.push("backend_ready");
  if (serviceOfRole(facts, "grafana") !== undefined) checks.push("grafana_healthy");
  if (serviceOfRole(facts, "config-ui") !== undefined) checks.push("config_ui_reaches_backend");
  return checks;
}

const healthyValue: Readonly<Record<HealthCheck, string>> = {
  backend_ready: "ready",
  grafana_healthy: "healthy",
  config_ui_reaches_backend: "reaches_backend",
};

function observedHealth(facts: Facts, check: HealthCheck): string {
  switch (check) {
    case "backend_ready":
      return readFact(facts, backendPhase()) ?? "not observed";
    case "grafana_healthy":
      return readFact(facts, grafanaHealth()) ?? "not observed";
    case "config_ui_reaches_backend":
      return readFact(facts, configUiHealth()) ?? "not observed";
  }
}

/** The TCP host ports that the Compose model wants of a service, in order. */
export function wantedPorts(facts: Facts, service: string): readonly number[] {
  const ports = readFact(facts, serviceModel(service))?.ports ?? [];
  const published = ports.filter(({ protocol }) => protocol === "tcp").map((port) => port.published);
  return [...new Set(published)].sort((a, b) => a - b);
}

/** The container was made with other ports than the Compose files want by now; starting it keeps them. */
export function hasOldPorts(facts: Facts, service: string): boolean {
  const made = readFact(facts, containerPorts(service));
  return made !== undefined && made.join() !== wantedPorts(facts, service).join();
}

/** Compose starts it as it is, and only a new container is put on its network again (seen with Compose 2.26). */
export function staysCutOff(facts: Facts, service: string): boolean {
  return readFact(facts, containerNetworkCutOff(service)) !== undefined && !hasOldPorts(facts, service);
}

/** The facts as they are once `services` run: containers up, ports theirs. Health is not claimed. */
export function withRunning(facts: Facts, services: readonly string[]): Facts {
  const draft = new FactsDraft(facts);
  for (const service of services) {
    draft
      .set(containerState(service), "running")
      .set(containerNetworkMissing(service), false)
      .set(containerPorts(service), [...wantedPorts(facts, service)])
      .remove(containerError(service));
    if (!staysCutOff(facts, service)) draft.remove(containerNetworkCutOff(service));
    if (readFact(facts, containerState(service)) === "absent") {
      draft.remove(containerId(service)).remove(containerName(service));
    }
    for (const published of wantedPorts(facts, service))
      draft.set(portHolder(published), { kind: "own", service });
  }
  return draft.facts();
}

/** The facts once every health check passes. */
export function withHealth(facts: Facts): Facts {
  const draft = new FactsDraft(facts);
  for (const check of healthChecks(facts)) {
    if (check === "backend_ready") draft.set(backendPhase(), "ready");
    if (check === "grafana_healthy") draft.set(grafanaHealth(), "healthy");
    if (check === "config_ui_reaches_backend") draft.set(configUiHealth(), "reaches_backend");
  }
  return draft.facts();
}
