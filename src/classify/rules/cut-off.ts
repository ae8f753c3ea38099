import { readFact, type Facts } from "../../core/fact.ts";
import { staysCutOff } from "../../core/healthy-facts.ts";
import { containerName, containerNetworkCutOff, containerState, services } from "../../core/local-facts.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { Rule } from "../rule.ts";
import { RUN_AGAIN } from "../typed-commands.ts";

/** Containers that run without their network: the others miss them, however healthy each one looks. */
export const cutOffRule: Rule = {
  classes: ["network_cut_off"],
  detect: (facts) => {
    const lost = (readFact(facts, services()) ?? []).filter(
      (service) => staysCutOff(facts, service) && isRunning(facts, service),
    );
    if (lost.length === 0) return [];
    const [is, it] = lost.length === 1 ? ["is", "it"] : ["are", "them"];
    const networks = [...new Set(lost.map((service) => networkOf(facts, service)))].join(", ");
    return [
      {
        class: "network_cut_off",
        severity: "blocking",
        confidence: 0.97,
        summary: `${lost.join(", ")} ${is} cut off from the network ${networks}, so no other service reaches ${it}`,
        evidence: lost.flatMap((service) => [containerNetworkCutOff(service).id, containerState(service).id]),
        refutedBy: `docker inspect shows that ${lost.length === 1 ? "the container is" : "the containers are"} connected to ${networks}`,
        // No tool connects a container, and none removes one that runs.
        remedies: [],
        nextSteps: [
          ...lost.map(
            (service) => `connect it again, which restarts nothing: \`${connect(facts, service)}\``,
          ),
          `if that does not help, make ${it} anew, volumes are kept: \`docker compose up -d --force-recreate ${lost.map(shellWord).join(" ")}\``,
          RUN_AGAIN,
        ],
      },
    ];
  },
};

function isRunning(facts: Facts, service: string): boolean {
  return ["running", "restarting", "paused"].includes(readFact(facts, containerState(service)) ?? "absent");
}

function networkOf(facts: Facts, service: string): string {
  return readFact(facts, containerNetworkCutOff(service)) ?? "";
}

function connect(facts: Facts, service: string): string {
  const container = readFact(facts, containerName(service)) ?? service;
  const words = ["--alias", service, networkOf(facts, service), container].map(shellWord);
  return `docker network connect ${words.join(" ")}`;
}
