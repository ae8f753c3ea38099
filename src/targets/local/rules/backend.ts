import { endpointsOf } from "../facts/endpoints.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import {
  backendHangs,
  backendPhase,
  backendSecret,
  containerRestarts,
  containerState,
} from "../facts/local-facts.ts";
import { hasOldPorts } from "../health/healthy-facts.ts";
import { isPostgres, serviceOfRole } from "../facts/service-role.ts";
import { databaseTrouble } from "../health/service-trouble.ts";
import { logCauseOf, type LogCause } from "../causes/log-causes.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { presentLifeGoesOn, standingCause } from "../health/standing-cause.ts";
import { bringUpRemedies } from "../advice/bring-up-remedies.ts";
import { isMadeWithoutSecret } from "../advice/made-without-secret.ts";
import type { Rule } from "../../../core/rule.ts";
import { causeFinding } from "../advice/standing-cause-finding.ts";
import { dumpOf, recreateLosing } from "../advice/typed-commands.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";
import { runningService, waitable } from "../advice/running-service.ts";

/** The backend's container runs, or is started again and again, but DevLake is not ready. */
export const backendRule: Rule = {
  classes: [
    "migration_pending",
    "migration_failed",
    "encryption_secret_mismatch",
    "db_access_denied",
    "db_connection_refused",
    "db_not_found",
    "db_unknown_host",
    "db_url_invalid",
    "other_instance",
    "oom_killed",
    "backend_crash_loop",
    "service_unhealthy",
    "unknown",
  ],
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
    const cause = logCauseOf(facts, service, "backend");
    if (phase === "waiting_for_migration") return [migrationPending(facts, database, cause)];
    if (cause !== undefined && isMadeWithoutSecret(facts, service))
      return [madeWithoutSecret(facts, service, cause)];
    const standing = standingCause(facts, service, { how: "wait", started: [] });
    if (standing !== undefined) return [causeFinding(facts, standing)];
    return [phase === "migrating" ? migrating(facts, service) : notServing(facts, service, phase, cause)];
  },
};

function migrationPending(
  facts: Facts,
  database: string | undefined,
  cause: LogCause | undefined,
): Detection {
  const page = endpointsOf(facts)?.configUi;
  // The gate also stands after a migration that was begun and failed.
  const failed = cause?.migrationFailed === true ? cause : undefined;
  return {
    class: "migration_pending",
    severity: "blocking",
    confidence: 0.95,
    summary: `the backend waits for somebody to confirm a database migration${failed === undefined ? "" : `; the last try failed: ${failed.cause}`}`,
    evidence: [backendPhase().id, ...(failed === undefined ? [] : [failed.evidence, ...failed.besides])],
    refutedBy: "/ready answers 200",
    remedies: [],
    nextSteps: [
      ...backupSteps(facts, database),
      `then confirm it in config-ui, which asks for it on its first page${page === undefined ? "" : `: ${page}`}`,
      RUN_AGAIN,
    ],
  };
}

function backupSteps(facts: Facts, database: string | undefined): readonly string[] {
  const why = "the migration may wipe collected data";
  if (database === undefined) return [`back up the database that DB_URL names first: ${why}`];
  return [
    `back up the database first, ${why}: ${dumpOf(facts, database, BACKUP_FILE)}`,
    isPostgres(facts, database)
      ? `check that the backup is whole, it ends with "dump complete": \`tail -n 5 ${BACKUP_FILE}\``
      : `check that the backup is whole, its last line says "Dump completed": \`tail -n 1 ${BACKUP_FILE}\``,
  ];
}

const BACKUP_FILE = "devlake-before-migration.sql";

/** That it goes on now is why its restarts do not count. */
function progress(facts: Facts, service: string): readonly string[] {
  const restarts = readFact(facts, containerRestarts(service)) ?? 0;
  const line = restarts === 0 ? undefined : presentLifeGoesOn(facts, service);
  return line === undefined ? [] : [line];
}

function migrating(facts: Facts, service: string): Detection {
  return waitable({
    class: "unknown",
    confidence: 0.8,
    summary: `${service} is migrating its database and does not serve yet; it must not be interrupted`,
    evidence: [backendPhase().id, ...progress(facts, service)],
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
    remedies: bringUpRemedies(facts, [service]),
    nextSteps: [`recreate it with what the files say now; ${recreateLosing(facts, [service])}`, RUN_AGAIN],
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
  if (
    readFact(facts, backendHangs()) === true &&
    readFact(facts, containerState(service)) === "running" &&
    cause === undefined
  )
    return hanging(service);
  const because = cause === undefined ? "" : `, the last one because ${cause.cause}`;
  const history = restarts === 0 ? "" : `; restarts so far: ${restarts}${because}`;
  const is = phase === "unhealthy" ? "answers with errors" : "does not serve yet";
  const wait = waitable({
    class: "unknown",
    confidence: 0.6,
    summary: `${service} runs but ${is}${history}`,
    evidence: [
      backendPhase().id,
      containerState(service).id,
      containerRestarts(service).id,
      ...(cause === undefined ? [] : [cause.evidence, ...cause.besides]),
      ...progress(facts, service),
    ],
    refutedBy: "/ready answers 200",
    service,
  });
  const waits = cause?.waitsForDatabase === true;
  return { ...wait, nextSteps: [...(waits ? [] : (cause?.nextSteps ?? [])), ...wait.nextSteps] };
}
