import { readFact, unavailableReason } from "../../../core/fact.ts";
import { composeCommand, composeStatus, envFile } from "../facts/local-facts.ts";
import type { Rule } from "../../../core/rule.ts";
import { INSTALL_COMPOSE, showSecretOf } from "../advice/typed-commands.ts";
import { RUN_AGAIN, RUN_ELSEWHERE } from "../../../core/text/own-commands.ts";
import { NO_COMPOSE } from "../facts/compose-version.ts";

/** The way back to a lost `.env`, whose most precious line is the secret. */
const secretSteps = [
  "do not make a new ENCRYPTION_SECRET: without the old one the collected data cannot be read",
  "look for a copy: `ls -la .env*`",
  "or for the backend's container, which has it too: `docker ps -a`",
  `read it there, with that container's name for NAME (it prints the secret on the terminal): ${showSecretOf("NAME")}`,
  "put the file back with the old ENCRYPTION_SECRET in it",
  RUN_AGAIN,
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
          summary: `Docker Compose is not installed: ${NO_COMPOSE}`,
          evidence: [composeCommand().id],
          refutedBy: `${composeCommand().id} names a version`,
          remedies: [],
          nextSteps: [INSTALL_COMPOSE, "check that it answers: `docker compose version`", RUN_AGAIN],
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
            "find the deployment's directory: `docker compose ls --all` names the files of each project",
            `then run it there, or name it: ${RUN_ELSEWHERE}`,
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
              ? ["Docker makes a directory of a missing file that is bind-mounted; it is empty: `rmdir .env`"]
              : ["see whose it is: `ls -l .env`; then run as that user, or let yours read it"]),
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
          nextSteps: ["see what it says: `docker compose config --quiet`", RUN_AGAIN],
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
            "see the whole message: `docker compose config --quiet`",
            "correct what it names; where the files are under version control, this shows what was changed in them: `git diff`",
            RUN_AGAIN,
          ],
        },
      ];
    }
    return [];
  },
};
