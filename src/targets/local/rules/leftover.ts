import { readFact } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import { containerState, services, surplusContainers } from "../facts/local-facts.ts";
import { type Leftover, leftoversOf, stepOfLeftover } from "../advice/leftovers.ts";
import type { Rule } from "../../../core/rule.ts";

/** Worth knowing while the service runs: the next `up` that recreates would remove one of the two. */
export const leftoverRule: Rule = {
  classes: ["partial_deployment"],
  detect: (facts) =>
    leftoversOf(facts, readFact(facts, services()) ?? [])
      .filter(({ service }) => readFact(facts, containerState(service)) === "running")
      .filter(({ isAlone }) => !isAlone)
      .map((leftover) => detection(leftover)),
};

function detection(leftover: Leftover): Detection {
  const { service, name } = leftover;
  return {
    class: "partial_deployment",
    severity: "info",
    confidence: 0.95,
    summary: `container ${name} is left of a recreation of ${service} that was cut off; ${service} runs in its old one`,
    evidence: [surplusContainers().id, containerState(service).id],
    refutedBy: `\`docker ps -a\` does not list ${name}`,
    remedies: [],
    nextSteps: [stepOfLeftover(leftover)],
  };
}
