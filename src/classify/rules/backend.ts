import { cannotRecreate } from "../../core/compose-version.ts";
import { endpointsOf } from "../../core/endpoints.ts";
import { readFact, type Facts } from "../../core/fact.ts";
import type { Detection } from "../../core/finding.ts";
import {
  backendHangs,
  backendMigration,
  backendPhase,
  backendSecret,
  containerExitCode,
  containerOomKilled,
  containerRestarts,
  containerState,
} from "../../core/local-facts.ts";
import { hasOldPorts } from "../../core/healthy-facts.ts";
import { shellWord } from "../../core/shell-word.ts";
import { serviceOfRole } from "../../core/service-role.ts";
import { databaseTrouble } from "../../core/service-trouble.ts";
import { logCauseOf, type LogCause } from "../../core/log-causes.ts";
import { isMadeWithoutSecret } from "../made-without-secret.ts";
import type { Rule } from "../rule.ts";
import { dumpOf, RUN_AGAIN } from "../typed-commands.ts";
import { runningService, waitable } from "../running-service.ts";

/** A handful of restarts while MySQL comes up is how DevLake waits for it: one connection try, then exit. */
const USUAL_RESTARTS = 5;
/** Docker doubles the pause between two starts up to a minute: by now some minutes have passed. */
const PATIENT_RESTARTS = 12;

/** The backend's container runs, or is started again and again, but DevLake is not ready. */
export const backendRule: Rule = {
  classes: ["migration_pending", "oom_killed", "backend_crash_loop", "service_unhealthy", "unknown"],
  detect: (facts) => {
    const service = runningService(facts, "backend");
    const phase = readFact(facts, backendPhase());
    if (service === undefined || phase === undefined || phase === "ready") return [];
    // It was asked on a port that its container does not have: a symptom too.
    if (hasOldPorts(facts, service)) return [];
    const database = serviceOfRole(facts, "database")?.service;
    // Without its database the backend cannot start: a symptom of what the database's container shows.
    if (database !== undefined && runningService(facts, "database") === undefined) return [];
    if (databaseTrouble(facts)?.mayPass === false) return [];
    if (phase === "waiting_for_migration") return [migrationPending(facts, database)];
    const cause = logCauseOf(facts, service, "backend");
    if (phase === "migrating") return [migrating(facts, service, cause)];
    if (cause !== undefined && isMadeWithoutSecret(facts, service))
      return [madeWithoutSecret(facts, service, cause)];
    return [notServing(facts, service, phase, cause)];
  },
};

function migrationPending(facts: Facts, database: string | undefined): Detection {
  const page = endpointsOf(facts)?.configUi;
  return {
    class: "migration_pending",
    severity: "blocking",
    confidence: 0.95,
    summary: "the backend waits for somebody to confirm a database migration",
    evidence: [backendPhase().id],
    refutedBy: "/ready answers 200",
    remedies: [],
    nextSteps: [
      ...backupSteps(database),
      `then confirm it in config-ui, which asks for it on its first page${page === undefined ? "" : `: ${page}`}`,
      RUN_AGAIN,
    ],
  };
}

function backupSteps(database: string | undefined): readonly string[] {
  const why = "the migration may wipe collected data";
  if (database === undefined) return [`back up the database that DB_URL names first: ${why}`];
  return [
    `back up the database first, ${why}: ${dumpOf(database, BACKUP_FILE)}`,
    `check that the backup is whole, its last line says "Dump completed": \`tail -n 1 ${BACKUP_FILE}\``,
  ];
}

const BACKUP_FILE = "devlake-before-migration.sql";

function migrating(facts: Facts, service: string, cause: LogCause | undefined): Detection {
  const hasFailed = readFact(facts, backendMigration()) === "failed";
  // Behind the gate the same stands for a secret that does not decrypt the blueprints.
  if (cause?.migrationFailed === true || hasFailed) {
    return {
      class: "unknown",
      severity: "blocking",
      confidence: 0.85,
      summary: `${service} says that it migrates its database, but the migration failed`,
      evidence: [
        backendPhase().id,
        ...(hasFailed ? [backendMigration().id] : []),
        ...(cause === undefined ? [] : [cause.evidence]),
      ],
      refutedBy: "/ready answers 200",
      remedies: [],
      nextSteps: [
        ...(cause?.nextSteps ?? [
          `its log says why: \`docker compose logs --tail 800 ${shellWord(service)}\``,
          "back up the database before you go on; do not start the migration a second time",
        ]),
        RUN_AGAIN,
      ],
    };
  }
  return waitable({
    class: "unknown",
    confidence: 0.8,
    summary: `${service} is migrating its database and does not serve yet; it must not be interrupted`,
    evidence: [backendPhase().id],
    refutedBy: "/ready answers 200",
    service,
  });
}

function madeWithoutSecret(facts: Facts, service: string, cause: LogCause): Detection {
  return {
    class: "backend_crash_loop",
    severity: "blocking",
    confidence: 0.95,
    summary: `${service} is started without ENCRYPTION_SECRET although the files have one: its container was made before they were corrected`,
    evidence: [backendPhase().id, containerState(service).id, backendSecret().id, cause.evidence],
    refutedBy: `docker inspect shows ENCRYPTION_SECRET in the environment of ${service}, or /ready answers 200`,
    remedies: cannotRecreate(facts)
      ? []
      : [
          {
            tool: "retry_local_compose_up",
            args: {},
            why: "compose makes the container anew with the environment that the files have now",
          },
        ],
    nextSteps: ["make the container anew with what the files say now: `docker compose up -d`", RUN_AGAIN],
  };
}

function hanging(service: string): Detection {
  const wait = waitable({
    class: "service_unhealthy",
    confidence: 0.7,
    summary: `${service} takes connections and does not answer`,
    evidence: [backendPhase().id, backendHangs().id, containerState(service).id],
    refutedBy: "/ready answers 200",
    service,
  });
  return {
    ...wait,
    nextSteps: [
      `if it stays so, restart it: \`docker compose restart ${shellWord(service)}\``,
      ...wait.nextSteps,
    ],
  };
}

function notServing(facts: Facts, service: string, phase: string, cause: LogCause | undefined): Detection {
  const restarts = readFact(facts, containerRestarts(service)) ?? 0;
  const isBetweenStarts = readFact(facts, containerState(service)) === "restarting";
  if (readFact(facts, backendHangs()) === true && !isBetweenStarts && cause === undefined)
    return hanging(service);
  const waits = cause?.waitsForDatabase === true;
  // A cause that does not pass by itself needs no patience.
  const usual = waits ? PATIENT_RESTARTS : cause === undefined ? USUAL_RESTARTS : 1;
  const evidence = [
    backendPhase().id,
    containerState(service).id,
    containerRestarts(service).id,
    ...(cause === undefined ? [] : [cause.evidence]),
  ];
  if (!isBetweenStarts || restarts <= usual) {
    const because = cause === undefined ? "" : `, the last one because ${cause.cause}`;
    const history = restarts === 0 ? "" : `; restarts so far: ${restarts}${because}`;
    const is = phase === "unhealthy" ? "answers with errors" : "does not serve yet";
    const wait = waitable({
      class: "unknown",
      confidence: 0.6,
      summary: `${service} runs but ${is}${history}`,
      evidence,
      refutedBy: "/ready answers 200",
      service,
    });
    return { ...wait, nextSteps: [...(waits ? [] : (cause?.nextSteps ?? [])), ...wait.nextSteps] };
  }
  const why = cause === undefined ? "" : `: ${cause.cause}`;
  const outOfMemory = readFact(facts, containerOomKilled(service)) === true;
  return {
    class: outOfMemory ? "oom_killed" : "backend_crash_loop",
    severity: "blocking",
    confidence: cause === undefined ? 0.85 : 0.95,
    summary: outOfMemory
      ? `the kernel ends ${service} again and again for want of memory (${restarts} restarts)`
      : `${service} stops again and again${why} (exit ${readFact(facts, containerExitCode(service)) ?? "?"}, ${restarts} restarts)`,
    evidence: outOfMemory ? [...evidence, containerOomKilled(service).id] : evidence,
    refutedBy: "the backend stays up and /ready answers 200",
    remedies: [],
    nextSteps: [
      ...(outOfMemory
        ? [`give it more memory: \`docker stats\` shows what ${service} uses`]
        : (cause?.nextSteps ?? [])),
      `read the whole message: \`docker compose logs --tail 50 ${shellWord(service)}\``,
      "correct what it names",
      RUN_AGAIN,
    ],
  };
}
