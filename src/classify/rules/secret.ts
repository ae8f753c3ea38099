import { readFact } from "../../core/fact.ts";
import { backendPhase, backendSecret, envFile, serviceModel } from "../../core/local-facts.ts";
import { serviceOfRole } from "../../core/service-role.ts";
import type { Rule } from "../rule.ts";

/** From v0.18 on the backend panics without ENCRYPTION_SECRET before it touches the database. */
export const secretRule: Rule = {
  classes: ["encryption_secret_missing"],
  detect: (facts) => {
    const secret = readFact(facts, backendSecret());
    const backend = serviceOfRole(facts, "backend")?.service ?? "";
    const image = readFact(facts, serviceModel(backend))?.image ?? "";
    // Up to v0.17 the backend makes one itself (DevLake commit e8777aa72 ended that).
    if (secret === undefined || secret === "set" || /:v0\.(?:\d|1[0-7])\./.test(image)) return [];
    const works = readFact(facts, backendPhase()) === "ready";
    return [
      {
        class: "encryption_secret_missing",
        severity: works ? "degraded" : "blocking",
        confidence: 0.97,
        summary: works
          ? `ENCRYPTION_SECRET is ${secret} in the files; the running backend still has one, the next start will not`
          : `ENCRYPTION_SECRET is ${secret}, so the backend stops as soon as it starts`,
        evidence: [backendSecret().id, envFile().id, ...(works ? [backendPhase().id] : [])],
        refutedBy: `${backendSecret().id} is set`,
        remedies: [],
        nextSteps: [
          "do not make a new secret while there is collected data: connections and blueprints could not be read any more",
          "look for the old one: .env.bak and other copies beside .env, or docker inspect of the devlake container (.Config.Env)",
          "put it into .env as ENCRYPTION_SECRET=...",
          "then run again: gh devlake repair",
        ],
      },
    ];
  },
};
