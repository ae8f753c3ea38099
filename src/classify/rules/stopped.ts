import { readFact, type Facts } from "../../core/fact.ts";
import type { Detection, Remedy } from "../../core/finding.ts";
import {
  containerError,
  containerExitCode,
  containerNetworkMissing,
  containerOomKilled,
  containerPorts,
  containerState,
  portHolder,
  serviceModel,
  services,
  strayContainers,
} from "../../core/local-facts.ts";
import { hasOldPorts, wantedPorts } from "../../core/healthy-facts.ts";
import type { Rule } from "../rule.ts";
import { isForeign } from "../foreign-holder.ts";

/** Services that do not run and whose ports nobody else holds; those are the port rule's. */
export const stoppedRule: Rule = {
  classes: ["service_stopped", "partial_deployment"],
  detect: (facts) => {
    const down = startable(facts).filter((service) => isDown(facts, service));
    if (down.length === 0) return [];
    const halfMade = down.filter(
      (service) => readFact(facts, containerState(service)) !== "exited" || hasOldPorts(facts, service),
    );
    return [halfMade.length > 0 ? partial(facts, down, halfMade) : stopped(facts, down)];
  },
};

function isDown(facts: Facts, service: string): boolean {
  const state = readFact(facts, containerState(service));
  if (state === "running") return hasOldPorts(facts, service);
  return state !== undefined && state !== "restarting" && state !== "paused";
}

/** All services but those that want a port which is taken. */
function startable(facts: Facts): readonly string[] {
  const taken = (service: string): boolean =>
    (readFact(facts, serviceModel(service))?.ports ?? []).some(({ published }) =>
      isForeign(readFact(facts, portHolder(published))),
    );
  const all = readFact(facts, services()) ?? [];
  // What depends on a service that cannot start is a symptom of that, not a finding of its own.
  const blocked = new Set(all.filter(taken));
  for (const service of all) {
    if ((readFact(facts, serviceModel(service))?.dependsOn ?? []).some((other) => blocked.has(other))) {
      blocked.add(service);
    }
  }
  return all.filter((service) => !blocked.has(service));
}

function stopped(facts: Facts, down: readonly string[]): Detection {
  const total = readFact(facts, services())?.length ?? down.length;
  const oom = down.filter((service) => readFact(facts, containerOomKilled(service)) === true);
  const exits = down.map(
    (service) => `${service} (exit ${readFact(facts, containerExitCode(service)) ?? "?"})`,
  );
  const remedies: Remedy[] = [
    {
      tool: "start_stopped_services",
      args: { services: [...down] },
      why: "the containers are whole and only stopped; starting them changes nothing else",
    },
    upRemedy("compose makes the containers anew where they cannot be started as they are"),
    ...cleanup(facts, down),
  ];
  return {
    class: "service_stopped",
    severity: "blocking",
    confidence: 0.95,
    summary: `${down.length} of ${total} services ${down.length === 1 ? "is" : "are"} stopped: ${exits.join(", ")}${
      oom.length > 0 ? `; ended for want of memory: ${oom.join(", ")}` : ""
    }`,
    evidence: down.flatMap((service) => [containerState(service).id, containerExitCode(service).id]),
    refutedBy: "every service is running",
    remedies,
    nextSteps: ["start them: docker compose up -d", "then run again: gh devlake repair"],
  };
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
      ? "DevLake has not been started: no service has a container"
      : `the containers are not what the Compose files want: ${states.join(", ")}`,
    evidence: [
      ...down.map((service) => containerState(service).id),
      ...errors.map((service) => containerError(service).id),
      ...halfMade
        .filter((service) => hasOldPorts(facts, service))
        .map((service) => containerPorts(service).id),
    ],
    refutedBy: "every service is running",
    remedies: [
      upRemedy(
        nothingThere
          ? "makes and starts all services; volumes that exist are used again"
          : "makes the containers what the Compose files want and starts them; it touches no volume",
      ),
      ...cleanup(facts, down),
    ],
    nextSteps: ["finish it: docker compose up -d", "then run again: gh devlake repair"],
  };
}

function describe(facts: Facts, service: string): string {
  const state = readFact(facts, containerState(service)) ?? "absent";
  if (!hasOldPorts(facts, service)) return state;
  const made = readFact(facts, containerPorts(service))?.join(", ");
  return `${state}, made for port ${made === "" ? "none" : made} instead of ${wantedPorts(facts, service).join(", ")}`;
}

function upRemedy(why: string): Remedy {
  return { tool: "retry_local_compose_up", args: {}, why };
}

/** Leftovers that `compose up` stumbles over: dead containers, and ones tied to a network that is gone. */
function cleanup(facts: Facts, down: readonly string[]): readonly Remedy[] {
  const broken = down.filter(
    (service) =>
      readFact(facts, containerState(service)) === "dead" ||
      readFact(facts, containerNetworkMissing(service)) === true,
  );
  const strays = (readFact(facts, strayContainers()) ?? []).filter(
    ({ state }) => state === "created" || state === "dead",
  );
  if (broken.length === 0 && strays.length === 0) return [];
  return [
    {
      tool: "cleanup_partial_local_artifacts",
      args: { services: [...broken], strays: strays.map(({ name }) => name) },
      why: "compose cannot start these containers as they are; they hold no data of their own",
    },
  ];
}
