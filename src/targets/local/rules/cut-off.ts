import { readFact, type Facts } from "../../../core/fact.ts";
import type { Remedy } from "../../../core/finding.ts";
import { staysCutOff } from "../health/healthy-facts.ts";
import {
  containerName,
  containerNetworkCutOff,
  containerNetworksLacking,
  containerState,
  services,
} from "../facts/local-facts.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { lacksPort } from "../advice/foreign-holder.ts";
import type { Rule } from "../../../core/rule.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

/**
 * Containers that are off their network, in whatever state: those that run are missed by the others, however healthy
 * each one looks, and those that are started as they are "succeed" and stay so.
 */
export const cutOffRule: Rule = {
  classes: ["network_cut_off"],
  detect: (facts) => {
    const lost = (readFact(facts, services()) ?? []).filter(
      (service) =>
        staysCutOff(facts, service) &&
        // Engine 29 cuts off what it could not start for want of a port; with another port it is made anew.
        !lacksPort(facts, service),
    );
    if (lost.length === 0) return [];
    const [is, it] = lost.length === 1 ? ["is", "it"] : ["are", "them"];
    const networks = [...new Set(lost.map((service) => networkOf(facts, service)))].join(", ");
    const down = lost.filter((service) => !isRunning(facts, service));
    return [
      {
        class: "network_cut_off",
        severity: "blocking",
        confidence: 0.97,
        summary: `${lost.join(", ")} ${is} cut off from the network ${networks}, so no other service reaches ${it}`,
        evidence: lost.flatMap((service) => [containerNetworkCutOff(service).id, containerState(service).id]),
        refutedBy: `docker inspect shows that ${lost.length === 1 ? "the container is" : "the containers are"} connected to ${networks}`,
        remedies: reconnect(facts, lost),
        nextSteps: [
          ...lost.map(
            (service) =>
              `connect it again, which keeps the container and restarts nothing: \`${connect(facts, service)}\``,
          ),
          ...(down.length === 0
            ? []
            : [
                `then start what is stopped: \`docker start ${down.map((one) => nameOf(facts, one)).join(" ")}\``,
              ]),
          RUN_AGAIN,
        ],
      },
    ];
  },
};

/** Where the facts name the networks; to remove a container would lose the environment that it was made with. */
function reconnect(facts: Facts, lost: readonly string[]): readonly Remedy[] {
  if (lost.some((service) => readFact(facts, containerNetworksLacking(service)) === undefined)) return [];
  return [
    {
      tool: "reconnect_networks",
      args: { services: [...lost] },
      why: "a container that is connected again keeps all that it has, and nothing is restarted",
    },
  ];
}

function isRunning(facts: Facts, service: string): boolean {
  return ["running", "restarting", "paused"].includes(readFact(facts, containerState(service)) ?? "absent");
}

function nameOf(facts: Facts, service: string): string {
  return shellWord(readFact(facts, containerName(service)) ?? service);
}

function networkOf(facts: Facts, service: string): string {
  return readFact(facts, containerNetworkCutOff(service)) ?? "";
}

function connect(facts: Facts, service: string): string {
  const words = ["--alias", service, networkOf(facts, service)].map(shellWord);
  return `docker network connect ${words.join(" ")} ${nameOf(facts, service)}`;
}
