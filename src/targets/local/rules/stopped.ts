import { cannotRecreate } from "../facts/compose-version.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection, Remedy } from "../../../core/finding.ts";
import {
  containerError,
  containerExitCode,
  containerFoundDead,
  containerNetworkMissing,
  containerNetworksLacking,
  containerPorts,
  containerState,
  projectVolumeStates,
  services,
  strayContainers,
} from "../facts/local-facts.ts";
import { emptyStarts } from "../losses/empty-starts.ts";
import { hasOldPorts, wantedPorts } from "../health/healthy-facts.ts";
import { isDoneJob, servicesToRun } from "../facts/needed-services.ts";
import { logCauseOf } from "../causes/log-causes.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { standingCause } from "../health/standing-cause.ts";
import { bringUpRemedies } from "../advice/bring-up-remedies.ts";
import { bringUpSteps } from "../advice/bring-up-steps.ts";
import { portErrorOf } from "../causes/port-error.ts";
import type { Rule } from "../../../core/rule.ts";
import { causeFinding } from "../advice/standing-cause-finding.ts";
import { saveRemedies } from "../advice/save-remedy.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";
import { blockedByPorts } from "../advice/foreign-holder.ts";

/** Services that do not run and whose ports nobody else holds; those are the port rule's. */
export const stoppedRule: Rule = {
  classes: [
    "service_stopped",
    "partial_deployment",
    "encryption_secret_mismatch",
    "db_access_denied",
    "db_connection_refused",
    "db_not_found",
    "db_unknown_host",
    "db_url_invalid",
    "migration_failed",
    "other_instance",
    "oom_killed",
    "backend_crash_loop",
    "grafana_unhealthy",
    "db_corrupted",
    "db_data_dir_incompatible",
    "db_option_unknown",
    "disk_full",
    "volume_mount_denied",
    "service_unhealthy",
    "endpoint_invalid",
    "port_privileged",
    "script_line_endings",
    "unknown",
  ],
  detect: (facts) => {
    // What depends on a service that cannot start is a symptom of that, not a finding of its own.
    const blocked = blockedByPorts(facts);
    const needed = servicesToRun(facts);
    const allDown = (readFact(facts, services()) ?? []).filter(
      (service) => !blocked.has(service) && isDown(facts, service),
    );
    // What an `up` left half-made is for that to finish, whoever needs it.
    const ours = allDown.filter(
      (service) =>
        needed.includes(service) ||
        readFact(facts, containerState(service)) === "created" ||
        hasOldPorts(facts, service),
    );
    const others = otherServices(
      facts,
      allDown.filter((service) => !ours.includes(service) && !isDoneJob(facts, service)),
    );
    // What it ended of would end it again.
    const causes = ours.flatMap(
      (service) => standingCause(facts, service, { how: "up", started: ours }) ?? [],
    );
    const standing = causes.map((cause) => causeFinding(facts, cause));
    const down = ours.filter((service) => !causes.some((cause) => cause.service === service));
    if (down.length === 0) return [...standing, ...others];
    const halfMade = down.filter(
      (service) => readFact(facts, containerState(service)) !== "exited" || hasOldPorts(facts, service),
    );
    const finding = halfMade.length > 0 ? partial(facts, down, halfMade) : stopped(facts, down);
    return [...standing, finding, ...others];
  },
};

/** Of whatever else the Compose file has: worth knowing, and nothing that DevLake needs. */
function otherServices(facts: Facts, others: readonly string[]): readonly Detection[] {
  // Where none of DevLake's has been made either, it is the whole that was not started.
  const made = others.filter((service) => readFact(facts, containerState(service)) !== "absent");
  if (made.length === 0) return [];
  const states = made.map((service) => `${service} (${readFact(facts, containerState(service)) ?? "?"})`);
  return [
    {
      class: "service_stopped",
      severity: "info",
      confidence: 0.95,
      summary: `not running, and not needed by DevLake: ${states.join(", ")}`,
      evidence: made.map((service) => containerState(service).id),
      refutedBy: refutation(facts, made),
      remedies: [],
      nextSteps: [],
    },
  ];
}

function isDown(facts: Facts, service: string): boolean {
  const state = readFact(facts, containerState(service));
  if (state === "running" || state === "restarting") return hasOldPorts(facts, service);
  return state !== undefined && state !== "paused";
}

function stopped(facts: Facts, down: readonly string[]): Detection {
  const all = readFact(facts, services()) ?? down;
  const total = all.length;
  const exits = down.map(
    (service) => `${service} (exit ${readFact(facts, containerExitCode(service)) ?? "?"})`,
  );
  const remedies = [...bringUpRemedies(facts, down), ...reconnect(facts, down), ...cleanup(facts, down)];
  const what =
    down.length === total
      ? `all ${total} services are`
      : `${down.length} of ${total} services ${down.length === 1 ? "is" : "are"}`;
  return {
    class: "service_stopped",
    severity: "blocking",
    confidence: 0.95,
    summary: `${what} stopped: ${exits.join(", ")}; ${ailment(facts, down)}`,
    evidence: [
      ...down.flatMap((service) => [
        containerState(service).id,
        containerExitCode(service).id,
        ...(readFact(facts, containerFoundDead(service)) === true ? [containerFoundDead(service).id] : []),
      ]),
      ...networkEvidence(facts, down),
      ...lastWords(facts),
    ],
    refutedBy: `${down.map((service) => containerState(service).id).join(", ")}: running`,
    remedies,
    nextSteps: [...bringUpSteps(facts, down), RUN_AGAIN],
  };
}

function ailment(facts: Facts, down: readonly string[]): string {
  const lost = down.filter((service) => readFact(facts, containerNetworkMissing(service)) === true);
  return lost.length === 0 ? "the containers are whole" : `their network is gone: ${lost.join(", ")}`;
}

/** What a backend that is down, or loops for want of what is down, said last: it is why a start of these cures it. */
function lastWords(facts: Facts): readonly string[] {
  const service = serviceOfRole(facts, "backend")?.service;
  const state = service === undefined ? undefined : readFact(facts, containerState(service));
  if (service === undefined || (state !== "exited" && state !== "restarting")) return [];
  const cause = logCauseOf(facts, service, "backend");
  return cause === undefined ? [] : [cause.evidence, ...cause.besides];
}

/** What shows that containers cannot come back as they are: their network is gone. */
function networkEvidence(facts: Facts, down: readonly string[]): readonly string[] {
  return down
    .filter((service) => readFact(facts, containerNetworkMissing(service)) === true)
    .map((service) => containerNetworkMissing(service).id);
}

function partial(facts: Facts, down: readonly string[], halfMade: readonly string[]): Detection {
  const states = halfMade.map((service) => `${service} (${describe(facts, service)})`);
  const errors = halfMade.filter((service) => readFact(facts, containerError(service)) !== undefined);
  const all = readFact(facts, services()) ?? [];
  const nothingThere = all.every((service) => readFact(facts, containerState(service)) === "absent");
  return {
    class: nothingThere ? "service_stopped" : "partial_deployment",
    severity: "blocking",
    confidence: 0.95,
    summary: nothingThere
      ? `DevLake has not been started: no service has a container${emptyText(facts, halfMade)}`
      : `${halfMadeText(facts, halfMade)}: ${states.join(", ")}`,
    evidence: [
      ...down.map((service) => containerState(service).id),
      ...errors.map((service) => containerError(service).id),
      ...networkEvidence(facts, down),
      ...(emptyStarts(facts, halfMade).length > 0 ? [projectVolumeStates().id] : []),
      ...halfMade
        .filter((service) => hasOldPorts(facts, service))
        .map((service) => containerPorts(service).id),
      ...lastWords(facts),
    ],
    refutedBy: refutation(facts, down),
    remedies: [...bringUpRemedies(facts, down), ...reconnect(facts, down), ...cleanup(facts, down)],
    nextSteps: [...bringUpSteps(facts, down), RUN_AGAIN],
  };
}

/** That it runs refutes nothing of a container that was made for other ports. */
function refutation(facts: Facts, down: readonly string[]): string {
  const old = down.filter((service) => hasOldPorts(facts, service));
  const states = down
    .filter((service) => !old.includes(service))
    .map((service) => containerState(service).id);
  const ports = old.map(
    (service) => `${containerPorts(service).id} is ${wantedPorts(facts, service).join(", ") || "empty"}`,
  );
  return [...(states.length > 0 ? [`${states.join(", ")}: running`] : []), ...ports].join("; ");
}

function halfMadeText(facts: Facts, halfMade: readonly string[]): string {
  return halfMade.every((service) => hasOldPorts(facts, service))
    ? "the Compose files have changed since the containers were made"
    : "the last start did not finish";
}

function describe(facts: Facts, service: string): string {
  const state = readFact(facts, containerState(service)) ?? "absent";
  if (!hasOldPorts(facts, service)) {
    const { port } = portErrorOf(readFact(facts, containerError(service))) ?? {};
    if (state === "absent") return `has no container${emptyText(facts, [service])}`;
    if (readFact(facts, containerNetworkMissing(service)) === true) return `${state}, its network is gone`;
    if (state !== "created") return state;
    return port === undefined
      ? "never started"
      : `never started: port ${port} was taken then, and is not now`;
  }
  const made = readFact(facts, containerPorts(service))?.join(", ");
  return `${state}, made for port ${made === "" ? "none" : made} instead of ${wantedPorts(facts, service).join(", ")}`;
}

/** An empty database in the place of one that is still there. */
function emptyText(facts: Facts, absent: readonly string[]): string {
  return emptyStarts(facts, absent)
    .map(
      ({ service, volume, forgotten }) =>
        `; ${service} would start on the new, empty volume ${volume}, and its data may be in ${forgotten.join(", ")}`,
    )
    .join("");
}

/** Leftovers that no call of Compose can use: dead containers, and where it cannot recreate, ones whose network is gone. */
function cleanup(facts: Facts, down: readonly string[]): readonly Remedy[] {
  const broken = down.filter(
    (service) =>
      readFact(facts, containerState(service)) === "dead" ||
      (cannotRecreate(facts) && networkEvidence(facts, [service]).length > 0),
  );
  const strays = (readFact(facts, strayContainers()) ?? []).filter(
    ({ state }) => state === "created" || state === "dead",
  );
  if (broken.length === 0 && strays.length === 0) return [];
  const containers = strays.map(({ name }) => name);
  return [
    ...saveRemedies(facts, broken, containers),
    {
      tool: "cleanup_partial_local_artifacts",
      args: { services: [...broken], containers },
      why: "compose cannot start these containers as they are; they hold no data of their own",
    },
  ];
}

/** Where the network was made again under its name: the container keeps all that it has. */
function reconnect(facts: Facts, down: readonly string[]): readonly Remedy[] {
  const lost = down.filter(
    (service) =>
      readFact(facts, containerNetworkMissing(service)) === true &&
      readFact(facts, containerNetworksLacking(service)) !== undefined,
  );
  if (lost.length === 0) return [];
  const why =
    "their network was made again under its name: connected to that one, they keep all that they have";
  return [{ tool: "reconnect_networks", args: { services: lost }, why }];
}
