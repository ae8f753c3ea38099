import { readFact, type Facts } from "../../../../core/fact.ts";
import { hasOldPorts } from "../../health/healthy-facts.ts";
import {
  containerError,
  containerNetworkMissing,
  containerPorts,
  containerState,
  containerVolumeUsers,
  portHolder,
  serviceModel,
  serviceRole,
  strayContainers,
  surplusContainers,
} from "../../facts/local-facts.ts";
import { isDoneJob } from "../../facts/needed-services.ts";
import { refusedStart } from "../../causes/refused-start.ts";
import { cutOffProblem } from "./cut-off-after-start.ts";
import type { UnmetPrecondition } from "../../../define-tool.ts";
import { waitProblems } from "./start-order.ts";

/** Why the container of a service may not be started as it is; empty when it may. */
export function startProblems(
  facts: Facts,
  service: string,
  chosen: readonly string[],
): readonly UnmetPrecondition[] {
  const state = stateProblem(facts, service);
  if (state !== undefined) return [state];
  return [
    ...networkProblems(facts, service),
    ...oldPortsProblem(facts, service),
    ...portProblems(facts, service),
    ...doubleProblems(facts, service),
    ...volumeProblems(facts, service),
    ...waitProblems(facts, service, chosen),
  ];
}

function stateProblem(facts: Facts, service: string): UnmetPrecondition | undefined {
  const ref = containerState(service);
  const state = readFact(facts, ref);
  if (state === "created") {
    // The port is looked at below; what may have passed is tried, and whatever else the engine could not do, it could not again.
    const error = readFact(facts, containerError(service));
    if (error === undefined || refusedStart(facts, service, "start") === undefined) return undefined;
    const message = `the container of ${service} was created and could not be started: ${error}`;
    return { fact: containerError(service).id, message };
  }
  if (state !== "exited")
    return { fact: ref.id, message: `${service} is ${state ?? "unknown"}; it must be exited or created` };
  if (!isDoneJob(facts, service)) return undefined;
  return {
    fact: ref.id,
    message: `${service} is a job that has ended as it should; a start would run it a second time`,
  };
}

function networkProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  if (readFact(facts, containerNetworkMissing(service)) === true)
    return [{ fact: containerNetworkMissing(service).id, message: `the network of ${service} is gone` }];
  return cutOffProblem(facts, service);
}

function oldPortsProblem(facts: Facts, service: string): readonly UnmetPrecondition[] {
  if (!hasOldPorts(facts, service)) return [];
  const message = `the container of ${service} was made with other ports than the Compose files want`;
  return [{ fact: containerPorts(service).id, message }];
}

/** The ports of a service that somebody else holds. */
export function portProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  return (readFact(facts, serviceModel(service))?.ports ?? []).flatMap(({ published }) => {
    const holder = readFact(facts, portHolder(published))?.kind ?? "unknown";
    return holder === "container" || holder === "process"
      ? [
          {
            fact: portHolder(published).id,
            message: `port ${published} of ${service} is held by a ${holder}`,
          },
        ]
      : [];
  });
}

/** With several containers of a service, or what a recreation left half done, nobody can say which one is meant. */
function doubleProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const surplus = (readFact(facts, surplusContainers()) ?? []).filter((one) => one.service === service);
  const strays = (readFact(facts, strayContainers()) ?? []).filter((one) => one.service === service);
  const more = surplus.filter(({ kind }) => kind !== "one_off");
  const [found] = more.length > 0 ? more : strays;
  if (found !== undefined) {
    const fact = more.length > 0 ? surplusContainers().id : strayContainers().id;
    const leftover = "kind" in found && found.kind === "leftover" ? ", left of a recreation" : "";
    const message = `${service} has a second container, ${found.name} (${found.state}${leftover}); remove the one that is not needed first`;
    return [{ fact, message }];
  }
  return [];
}

/** Two programs on one set of files damage them: a database, and Grafana's own. */
function volumeProblems(facts: Facts, service: string): readonly UnmetPrecondition[] {
  const role = readFact(facts, serviceRole(service));
  if (role !== "database" && role !== "grafana") return [];
  return (readFact(facts, containerVolumeUsers(service)) ?? []).map(({ name, volume, project }) => ({
    fact: containerVolumeUsers(service).id,
    message: `the data of ${service} in ${volume} are in use by container ${name}${project === undefined ? "" : ` of project ${project}`}; stop it first`,
  }));
}
