import { readFact, unavailableReason } from "../../core/fact.ts";
import { composeCommand, composeStatus } from "../../core/local-facts.ts";
import type { Rule } from "../rule.ts";

/** No Compose, or files that Compose cannot read. */
export const composeRule: Rule = {
  classes: ["compose_missing_or_old", "compose_file_invalid", "env_file_missing"],
  detect: (facts) => {
    const status = readFact(facts, composeStatus());
    if (unavailableReason(facts, composeCommand()) !== undefined) {
      return [
        {
          class: "compose_missing_or_old",
          severity: "blocking",
          confidence: 0.99,
          summary: "Docker Compose is not installed: neither `docker compose` nor `docker-compose` runs",
          evidence: [composeCommand().id],
          refutedBy: `${composeCommand().id} names a version`,
          remedies: [],
          nextSteps: [
            "install Compose v2: apt-get install docker-compose-v2 (Ubuntu), docker-compose-plugin (Docker's own packages), or Docker Desktop",
            "check that it answers: docker compose version",
            "then run again: gh devlake repair",
          ],
        },
      ];
    }
    if (status?.status === "env_file_missing") {
      return [
        {
          class: "env_file_missing",
          severity: "blocking",
          confidence: 0.98,
          summary: `the environment file ${status.path} cannot be read, so Compose starts nothing`,
          evidence: [composeStatus().id],
          refutedBy: "`docker compose config` succeeds",
          remedies: [],
          nextSteps: [
            "do not make a new ENCRYPTION_SECRET: without the old one the collected data cannot be read",
            "look for a copy: ls -la .env*, and in any container that still exists: docker inspect CONTAINER --format '{{json .Config.Env}}'",
            "put the file back with the old ENCRYPTION_SECRET in it",
            "then run again: gh devlake repair",
          ],
        },
      ];
    }
    if (status?.status === "unavailable") {
      return [
        {
          class: "unknown",
          severity: "blocking",
          confidence: 0.5,
          summary: `Compose could not be asked about the deployment: ${status.message}`,
          evidence: [composeStatus().id],
          refutedBy: "`docker compose config` succeeds",
          remedies: [],
          nextSteps: ["see what it says: docker compose config --quiet", "then run again: gh devlake repair"],
        },
      ];
    }
    if (status?.status === "invalid") {
      return [
        {
          class: "compose_file_invalid",
          severity: "blocking",
          confidence: 0.98,
          summary: `Compose cannot read the deployment's files: ${status.message}`,
          evidence: [composeStatus().id],
          refutedBy: "`docker compose config` succeeds",
          remedies: [],
          nextSteps: [
            "see the whole message: docker compose config --quiet",
            "correct the file it names, or take it from version control: git diff, git checkout",
            "then run again: gh devlake repair",
          ],
        },
      ];
    }
    return [];
  },
};
