import type { PublishedPort } from "../facts/fact-values.ts";
import { FactsDraft, readFact, unavailableReason, type Facts } from "../../../core/fact.ts";
import { allRead, dataHealth, dataMayPass } from "./data-health.ts";
import {
  backendData,
  backendHangs,
  backendMigration,
  backendPhase,
  configUiHealth,
  containerError,
  containerHealth,
  containerId,
  containerName,
  containerNetworkCutOff,
  containerNetworkMissing,
  containerOomKilled,
  containerPorts,
  containerPublished,
  containerState,
  grafanaHealth,
  madeFrom,
  portHolder,
  restartedLately,
  serviceModel,
} from "../facts/local-facts.ts";
import type { HealthCheck } from "./health-checks.ts";
import type { HealthReport } from "../../../core/records/result.ts";
import { servicesToRun } from "../facts/needed-services.ts";
import { serviceOfRole, type ServiceRole } from "../facts/service-role.ts";
import { databaseTrouble, troubleOf } from "./service-trouble.ts";
import { standingCause } from "./standing-cause.ts";
import { type Attempt } from "../causes/attempt.ts";

/** The health checks that fit a deployment, each with what the facts say of it. */
export function healthReports(facts: Facts): readonly HealthReport[] {
  return healthChecks(facts).map((check) => ({ check, ...observedHealth(facts, check) }));
}

/**
 * A deployment has the checks of the DevLake services in its model. Facts of before the last two were asked hold
 * nothing for them, and are judged as they were then; whoever looks now always leaves a fact for each.
 */
export function healthChecks(facts: Facts): readonly HealthCheck[] {
  const has = (role: "backend" | "grafana" | "config-ui"): boolean =>
    serviceOfRole(facts, role) !== undefined;
  return [
    ...(has("backend") && !isHidden(facts) ? ["backend_ready" as const] : []),
    ...(has("backend") && !isHidden(facts) && facts.has(backendData().id) ? ["data_readable" as const] : []),
    ...(has("grafana") ? ["grafana_healthy" as const] : []),
    ...(has("config-ui") ? ["config_ui_reaches_backend" as const] : []),
    ...(has("backend") && facts.has(restartedLately().id) ? ["services_steady" as const] : []),
  ];
}

/** It publishes no port, by wish, and config-ui answers for it. */
function isHidden(facts: Facts): boolean {
  const backend = serviceOfRole(facts, "backend");
  return (
    backend !== undefined &&
    backend.published === undefined &&
    unavailableReason(facts, backendPhase()) !== undefined &&
    readFact(facts, configUiHealth()) === "reaches_backend"
  );
}

/** Those that previews name: what they say has to stay the same for the plans that were made before there were others. */
export function previewedChecks(facts: Facts): readonly HealthCheck[] {
  return healthChecks(facts).filter((check) => check !== "data_readable" && check !== "services_steady");
}

function observedHealth(facts: Facts, check: HealthCheck): Omit<HealthReport, "check"> {
  switch (check) {
    case "backend_ready":
      return said(readFact(facts, backendPhase()), "ready");
    case "data_readable":
      return dataHealth(facts);
    case "grafana_healthy":
      return said(readFact(facts, grafanaHealth()), "healthy");
    case "config_ui_reaches_backend":
      return said(readFact(facts, configUiHealth()), "reaches_backend");
    case "services_steady":
      return steadiness(facts);
  }
}

function said(observed = "not observed", good: string): Omit<HealthReport, "check"> {
  return { healthy: observed === good, observed };
}

function steadiness(facts: Facts): Omit<HealthReport, "check"> {
  const unseen = unavailableReason(facts, restartedLately());
  if (unseen !== undefined) return { healthy: false, observed: `not observed: ${unseen}` };
  const troubles = servicesToRun(facts).flatMap((service) => {
    const trouble = troubleOf(facts, service);
    return trouble === undefined ? [] : [`${service} is ${trouble.what}`];
  });
  return { healthy: troubles.length === 0, observed: troubles.join("; ") || "steady" };
}

/** The TCP host ports that the Compose model wants of a service, in order. */
export function wantedPorts(facts: Facts, service: string): readonly number[] {
  const ports = readFact(facts, serviceModel(service))?.ports ?? [];
  const published = ports.filter(({ protocol }) => protocol === "tcp").map((port) => port.published);
  return [...new Set(published)].sort((a, b) => a - b);
}

/**
 * The container was made with other ports than the Compose files want by now, or on other addresses; starting it keeps
 * them. Facts of before addresses were looked at hold the TCP ports alone.
 */
export function hasOldPorts(facts: Facts, service: string): boolean {
  // Of other files than these nobody can say here that they have changed.
  if (readFact(facts, madeFrom())?.status === "other_files") return false;
  const published = readFact(facts, containerPublished(service));
  if (published !== undefined) {
    const wanted = readFact(facts, serviceModel(service))?.ports ?? [];
    return portTexts(published).join() !== portTexts(wanted).join();
  }
  const made = readFact(facts, containerPorts(service));
  return made !== undefined && made.join() !== wantedPorts(facts, service).join();
}

function portTexts(ports: readonly PublishedPort[]): readonly string[] {
  const texts = ports.map(
    ({ published, target, protocol, hostIp = "" }) =>
      `${anyAddress(hostIp.replace(/^\[(.*)\]$/, "$1"))}:${published}:${target}/${protocol}`,
  );
  return [...new Set(texts)].sort();
}

/** `0.0.0.0` and `::` are each what is meant by no address at all, for whoever comes from this machine. */
function anyAddress(hostIp: string): string {
  return hostIp === "0.0.0.0" || hostIp === "::" ? "" : hostIp;
}

/** Compose starts it as it is, and only a new container is put on its network again (seen with Compose 2.26). */
export function staysCutOff(facts: Facts, service: string): boolean {
  return readFact(facts, containerNetworkCutOff(service)) !== undefined && !hasOldPorts(facts, service);
}

/**
 * The facts as they are once `services` run: containers up, ports theirs. Health is not claimed. What ended of a cause
 * that the attempt does not address would end of it again, and stays as it is.
 */
export function withRunning(facts: Facts, services: readonly string[], how: Attempt["how"] = "start"): Facts {
  const draft = new FactsDraft(facts);
  for (const service of services) {
    if (standingCause(facts, service, { how, started: services }) !== undefined) continue;
    // Whatever ended it, or ailed it, was the life before.
    if (readFact(facts, containerState(service)) !== "running") {
      if (readFact(facts, containerOomKilled(service)) === true)
        draft.set(containerOomKilled(service), false);
      if (facts.has(containerHealth(service).id)) draft.set(containerHealth(service), "starting");
    }
    draft
      .set(containerState(service), "running")
      .set(containerNetworkMissing(service), false)
      .set(containerPorts(service), [...wantedPorts(facts, service)])
      .remove(containerError(service));
    // Facts of before addresses were looked at stay without them.
    if (facts.has(containerPublished(service).id) || !facts.has(containerPorts(service).id))
      draft.set(containerPublished(service), [...(readFact(facts, serviceModel(service))?.ports ?? [])]);
    if (!staysCutOff(facts, service)) draft.remove(containerNetworkCutOff(service));
    if (readFact(facts, containerState(service)) === "absent") {
      draft.remove(containerId(service)).remove(containerName(service));
    }
    for (const published of wantedPorts(facts, service))
      draft.set(portHolder(published), { kind: "own", service });
  }
  return draft.facts();
}

/**
 * The facts once every health check passes that the attempt can bring about: not one against which a cause stands that
 * it does not address, not what a wrong secret leaves unread, nor a database that does not come up by itself.
 */
export function withHealth(facts: Facts, attempt: Attempt): Facts {
  const draft = new FactsDraft(facts);
  const standing = servicesToRun(facts).filter(
    (service) => standingCause(facts, service, attempt) !== undefined,
  );
  const stands = (role: ServiceRole): boolean => {
    const service = serviceOfRole(facts, role)?.service;
    return service !== undefined && standing.includes(service);
  };
  const wasReady = readFact(facts, backendPhase()) === "ready";
  const getsReady = wasReady || !stands("backend");
  steady(draft, facts, standing);
  if (getsReady) draft.remove(backendHangs()).remove(backendMigration());
  for (const check of healthChecks(facts)) {
    if (check === "backend_ready" && getsReady) draft.set(backendPhase(), "ready");
    if (check === "data_readable" && getsReady && dataMayPass(facts)) draft.set(backendData(), allRead);
    if (check === "grafana_healthy" && !stands("grafana")) draft.set(grafanaHealth(), "healthy");
    if (check === "config_ui_reaches_backend" && getsReady && !stands("config-ui"))
      draft.set(configUiHealth(), "reaches_backend");
  }
  return draft.facts();
}

/** What has just been started anew stays up from now on, where nothing says that it does not. */
function steady(draft: FactsDraft, facts: Facts, standing: readonly string[]): void {
  const stuck = databaseTrouble(facts);
  const stays = stuck !== undefined && !stuck.mayPass ? [...standing, stuck.service] : standing;
  for (const service of servicesToRun(facts)) {
    if (stays.includes(service)) continue;
    if (readFact(facts, containerState(service)) === "restarting")
      draft.set(containerState(service), "running");
    if (readFact(facts, containerHealth(service)) === "starting")
      draft.set(containerHealth(service), "healthy");
  }
  const lately = readFact(facts, restartedLately());
  if (lately !== undefined)
    draft.set(
      restartedLately(),
      lately.filter((service) => stays.includes(service)),
    );
}
