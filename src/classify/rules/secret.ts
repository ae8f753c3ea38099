import { readFact } from "../../core/fact.ts";
import { backendSecret, envFile } from "../../core/local-facts.ts";
import type { Rule } from "../rule.ts";

/** From v0.18 on the backend panics without ENCRYPTION_SECRET before it touches the database. */
export const secretRule: Rule = {
  classes: ["encryption_secret_missing"],
  detect: (facts) => {
    const secret = readFact(facts, backendSecret());
    if (secret === undefined || secret === "set") return [];
    return [
      {
        class: "encryption_secret_missing",
        severity: "blocking",
        confidence: 0.97,
        summary: `ENCRYPTION_SECRET is ${secret}, so the backend stops as soon as it starts`,
        evidence: [backendSecret().id, envFile().id],
        refutedBy: `${backendSecret().id} is set`,
        remedies: [],
        nextSteps: [
          "do not make a new secret while there is collected data: connections and blueprints could not be read any more",
          "look for the old one: .env.bak and other copies beside .env, or docker inspect of the old devlake container (.Config.Env)",
          "put it into .env as ENCRYPTION_SECRET=...",
          "then run again: gh devlake repair",
        ],
      },
    ];
  },
};
