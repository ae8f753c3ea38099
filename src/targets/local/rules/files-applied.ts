import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import { backendSecret, containerName, filesApplied } from "../facts/local-facts.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { whatAStartWouldLose, type StartLoss } from "../losses/what-a-start-loses.ts";
import type { Rule } from "../../../core/rule.ts";
import { showSecretOf } from "../advice/typed-commands.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

/** The files say something else than the containers were made with, and the next start would bring it into force. */
export const filesAppliedRule: Rule = {
  classes: ["files_not_applied"],
  detect: (facts) => {
    const losses = whatAStartWouldLose(facts);
    return losses.length === 0 ? [] : [detection(facts, losses)];
  },
};

const what: Readonly<Record<StartLoss["kind"], string>> = {
  secret: "ENCRYPTION_SECRET",
  database_url: "DB_URL",
  database_mounts: "the volume of the database",
};

function detection(facts: Facts, losses: readonly StartLoss[]): Detection {
  const [first] = losses;
  const names = losses.map(({ kind }) => what[kind]).join(", ");
  return {
    class: "files_not_applied",
    severity: "degraded",
    confidence: 0.95,
    summary: `the files have another ${names} than the containers were made with; a start ${first?.message ?? ""}`,
    evidence: [...new Set(losses.map(({ fact }) => fact))].filter((id) => facts.has(id)),
    refutedBy: `${filesApplied().id} says that both are the same`,
    remedies: [],
    nextSteps: [
      "do not run docker compose up, gh devlake start or gh devlake deploy before this is settled: each makes containers anew from the files",
      ...losses.flatMap(({ kind }) => stepsFor(kind, facts)),
      RUN_AGAIN,
    ],
  };
}

function stepsFor(kind: StartLoss["kind"], facts: Facts): readonly string[] {
  const backend = serviceOfRole(facts, "backend")?.service ?? "";
  const database = serviceOfRole(facts, "database")?.service ?? "";
  const name = readFact(facts, containerName(backend)) ?? backend;
  switch (kind) {
    case "secret":
      return [
        `the container ${name} holds the only copy of its secret that was seen: save it first (it prints the secret on the terminal): ${showSecretOf(name)}`,
        ...(readFact(facts, backendSecret()) === "set"
          ? [
              "what is stored was most likely written with that one: put it into .env in place of the other, and keep the other aside",
              `or, if you know that what is stored was written with the one of the files: keep the container's aside, then remove the container ${name} yourself, whose environment is gone with it`,
            ]
          : ["put it into .env"]),
      ];
    case "database_url":
      return [
        `compare the DB_URL of the container with that of the files (it prints the password on the terminal): \`docker inspect ${shellWord(name)} --format '{{range .Config.Env}}{{println .}}{{end}}' | grep ^DB_URL=\``,
        "decide which database has the data, and put its DB_URL into .env",
      ];
    case "database_mounts":
      return [
        `see which volume the container has: \`docker inspect ${shellWord(readFact(facts, containerName(database)) ?? database)} --format '{{json .Mounts}}'\``,
        "put that volume back into the Compose file: the data is on it",
      ];
  }
}
