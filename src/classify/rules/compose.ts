import { readFact, unavailableReason } from "../../core/fact.ts";
import { composeCommand, composeStatus, envFile } from "../../core/local-facts.ts";
import type { Rule } from "../rule.ts";

/** The way back to a lost `.env`, whose most precious line is the secret. */
const secretSteps = [
  "do not make a new ENCRYPTION_SECRET: without the old one the collected data cannot be read",
  "look for a copy: ls -la .env*, and in any container that still exists: docker inspect CONTAINER --format '{{json .Config.Env}}'",
  "put the file back with the old ENCRYPTION_SECRET in it",
  "then run again: gh devlake repair",
];

/** No Compose, or files that Compose cannot read. */
export const composeRule: Rule = {
  classes: ["compose_missing_or_old", "compose_file_invalid", "env_file_missing", "unknown"],
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
    if (status?.status === "missing") {
      return [
        {
          class: "compose_file_invalid",
          severity: "blocking",
          confidence: 0.99,
          summary: "there is no Compose file in the directory",
          evidence: [composeStatus().id],
          refutedBy: "`docker compose config` succeeds in this directory",
          remedies: [],
          nextSteps: [
            "find the deployment's directory: docker compose ls --all names the files of each project",
            "then run there, or name it: gh devlake repair --dir DIRECTORY",
          ],
        },
      ];
    }
    const envStatus = readFact(facts, envFile());
    if (status?.status === "invalid" && (envStatus === "directory" || envStatus === "unreadable")) {
      const isDirectory = envStatus === "directory";
      return [
        {
          class: "env_file_missing",
          severity: "blocking",
          confidence: 0.97,
          summary: isDirectory
            ? ".env is a directory and not a file, so Compose starts nothing"
            : ".env cannot be read by this user, so Compose starts nothing",
          evidence: [envFile().id, composeStatus().id],
          refutedBy: `${envFile().id} is present`,
          remedies: [],
          nextSteps: [
            ...(isDirectory
              ? ["Docker makes a directory of a missing file that is bind-mounted; it is empty: rmdir .env"]
              : ["see whose it is: ls -l .env; then run as that user, or let yours read it"]),
            ...secretSteps,
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
          summary: `the environment file ${status.path} does not exist, so Compose starts nothing`,
          evidence: [composeStatus().id],
          refutedBy: "`docker compose config` succeeds",
          remedies: [],
          nextSteps: secretSteps,
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
