import { cannotRecreate } from "../facts/compose-version.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import { composeCommand, engineVersion } from "../facts/local-facts.ts";
import type { Rule } from "../../../core/rule.ts";
import { INSTALL_COMPOSE } from "../advice/typed-commands.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

/** A Compose that works for some repairs only; those it would break are not planned. */
export const composeVersionRule: Rule = {
  classes: ["compose_missing_or_old"],
  detect: (facts: Facts) => {
    if (!cannotRecreate(facts)) return [];
    const compose = readFact(facts, composeCommand())?.version;
    const engine = readFact(facts, engineVersion())?.version;
    return [
      {
        class: "compose_missing_or_old",
        severity: "info",
        confidence: 0.95,
        summary: `docker-compose ${compose} cannot change containers on Docker Engine ${engine}, so no repair that needs it is planned`,
        evidence: [composeCommand().id, engineVersion().id],
        refutedBy: `${composeCommand().id} is 2.0 or later`,
        remedies: [],
        nextSteps: [INSTALL_COMPOSE, RUN_AGAIN],
      },
    ];
  },
};
