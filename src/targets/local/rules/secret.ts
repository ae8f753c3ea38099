import { readFact, type Facts } from "../../../core/fact.ts";
import {
  backendPhase,
  backendSecret,
  containerName,
  containerState,
  envFile,
  serviceModel,
} from "../facts/local-facts.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { bringUpSteps } from "../advice/bring-up-steps.ts";
import type { Rule } from "../../../core/rule.ts";
import { listTablesIn, MAKE_SECRET, showSecretOf } from "../advice/typed-commands.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

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
        nextSteps: [...(works ? stepsWhileItRuns(facts, backend) : stepsToFindIt(facts, backend)), RUN_AGAIN],
      },
    ];
  },
};

/** Whatever makes the container anew, or removes it, destroys the secret in it. */
function stepsWhileItRuns(facts: Facts, backend: string): readonly string[] {
  const name = readFact(facts, containerName(backend));
  return [
    `do not run docker compose up, down or rm: the running container${name === undefined ? "" : ` ${name}`} has the only copy of the secret that was seen`,
    ...(name === undefined ? ["see what that container is called: `docker ps`"] : []),
    `read it there (it prints the secret on the terminal): ${showSecretOf(name ?? "NAME")}`,
    "put that line into .env, in place of an empty one; do not make a new secret: connections and blueprints could not be read any more",
  ];
}

function stepsToFindIt(facts: Facts, backend: string): readonly string[] {
  const name = readFact(facts, containerName(backend));
  return [
    "do not make a new secret while there is collected data: connections and blueprints could not be read any more",
    "look for the old one in .env.bak and other copies beside .env: `ls -la .env*`",
    ...(name === undefined
      ? []
      : [
          `look for it in the container, which keeps what it was made with (it prints the secret on the terminal): ${showSecretOf(name)}`,
        ]),
    "put it into .env as ENCRYPTION_SECRET=...",
    ...stepsForNewInstall(facts),
  ];
}

/** Without a secret the backend stops before it makes a table: a database without tables has never been used. */
function stepsForNewInstall(facts: Facts): readonly string[] {
  const database = serviceOfRole(facts, "database")?.service;
  const isUp = database !== undefined && readFact(facts, containerState(database)) === "running";
  return [
    ...(database === undefined
      ? [
          "if there is no old one because DevLake is new here, look whether the database in DB_URL has any table",
        ]
      : [
          ...(isUp
            ? []
            : bringUpSteps(facts, [database]).map(
                (step) =>
                  `if there is no old one because DevLake is new here, bring its database up alone: ${step}`,
              )),
          `${isUp ? "if there is no old one because DevLake is new here, see" : "see"} whether it has any table: ${listTablesIn(facts, database)}`,
        ]),
    `only if that printed neither a table nor an error, nothing was ever collected: make a secret and put it into .env as ENCRYPTION_SECRET=...: ${MAKE_SECRET}`,
  ];
}
