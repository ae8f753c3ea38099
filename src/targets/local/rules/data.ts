import { readFact, type Facts } from "../../../core/fact.ts";
import { dataHealth, ownErrors, questionsWith } from "../health/data-health.ts";
import type { BackendData } from "../facts/fact-values.ts";
import type { Detection } from "../../../core/finding.ts";
import { backendData, backendPhase, containerName, containerState } from "../facts/local-facts.ts";
import type { DatabaseCause } from "../causes/database-cause.ts";
import { databaseCauseOf } from "../causes/database-causes.ts";
import { logLinesOf } from "../facts/log-lines.ts";
import { serviceOfRole } from "../facts/service-role.ts";
import { databaseTrouble } from "../health/service-trouble.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import type { Rule } from "../../../core/rule.ts";
import { waitable } from "../advice/running-service.ts";
import { showSecretOf } from "../advice/typed-commands.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";

type Asked = Extract<BackendData, { status: "asked" }>;

/** The backend says that it is ready, and cannot read what it stores. */
export const dataRule: Rule = {
  classes: [
    "encryption_secret_mismatch",
    "db_connection_refused",
    "db_corrupted",
    "db_data_dir_incompatible",
    "db_option_unknown",
    "disk_full",
    "other_instance",
    "service_unhealthy",
    "unknown",
    "volume_mount_denied",
  ],
  detect: (facts) => {
    const service = serviceOfRole(facts, "backend")?.service;
    const data = readFact(facts, backendData());
    if (service === undefined || readFact(facts, backendPhase()) !== "ready") return [];
    if (data?.status !== "asked" || dataHealth(facts).healthy) return [];
    // Without its database the backend reads nothing: a symptom of what the database's container shows.
    const database = serviceOfRole(facts, "database")?.service;
    if (database !== undefined && readFact(facts, containerState(database)) !== "running") return [];
    if (databaseTrouble(facts) !== undefined) return [];
    const line = secretLine(facts, service);
    const unread = [
      ...questionsWith(data, "secret"),
      // A line of the log may be old: it explains an error without a word, and makes none.
      ...(line === undefined || ownErrors(data).length === 0 ? [] : questionsWith(data, "nothing")),
    ];
    if (unread.length > 0) return [mismatch(facts, service, unread, line)];
    const silent = questionsWith(data, "silent");
    if (silent.length > 0) return [unanswered(service, database, silent)];
    const failed = questionsWith(data, "database");
    const cause = database === undefined ? undefined : databaseCauseOf(facts, database);
    if (failed.length > 0 && database !== undefined && cause !== undefined)
      return [brokenDatabase(service, database, failed, cause)];
    if (failed.length > 0) return [noDatabase(service, database, failed)];
    return [failing(service, data, dataHealth(facts).observed)];
  },
};

/** An error without a word is told of in the log alone. */
function secretLine(facts: Facts, service: string): string | undefined {
  return logLinesOf(facts, service).findLast((ref) =>
    readFact(facts, ref)?.includes("invalid encryptionSecret"),
  )?.id;
}

const answersWell = "the backend reads its blueprints, pipelines and connections";

function mismatch(
  facts: Facts,
  service: string,
  unread: readonly string[],
  line: string | undefined,
): Detection {
  const name = readFact(facts, containerName(service)) ?? "NAME";
  return {
    class: "encryption_secret_mismatch",
    severity: "blocking",
    confidence: 0.96,
    summary: `the ENCRYPTION_SECRET of ${service} does not decrypt all that is stored, so it cannot read ${unread.join(", ")}`,
    evidence: [backendData().id, backendPhase().id, ...(line === undefined ? [] : [line])],
    refutedBy: answersWell,
    remedies: [],
    nextSteps: [
      "change nothing yet: with the old secret all of it can be read again, and whatever is saved meanwhile is written with the new one",
      "look for the old secret in .env.bak and other copies beside .env, and in older containers: `ls -la .env*`, `docker ps -a`",
      `before you put it back, keep the one that the container has now, which some rows may be written with (it prints the secret on the terminal): ${showSecretOf(name)}`,
      "do not recreate connections before you have looked, and do not make a new secret",
      RUN_AGAIN,
    ],
  };
}

function unanswered(service: string, database: string | undefined, silent: readonly string[]): Detection {
  const what = database ?? "the database that DB_URL names";
  return {
    class: "service_unhealthy",
    severity: "blocking",
    confidence: 0.9,
    summary: `${service} is ready, but its database takes connections and does not answer: no answer in time for ${silent.join(", ")}`,
    evidence: [backendData().id, backendPhase().id],
    refutedBy: answersWell,
    remedies: [],
    nextSteps: [
      `see whether ${what} is busy or hangs${database === undefined ? "" : `: \`docker stats --no-stream\`, \`docker compose logs --tail 50 ${shellWord(database)}\``}`,
      RUN_AGAIN,
    ],
  };
}

/** PostgreSQL starts its own processes again and again while its container runs on. */
function brokenDatabase(
  service: string,
  database: string,
  failed: readonly string[],
  { class: name, cause, nextSteps, evidence }: DatabaseCause,
): Detection {
  return {
    class: name,
    severity: "blocking",
    confidence: 0.9,
    summary: `${service} is ready, but cannot read its database ${database}: ${cause}; it failed for ${failed.join(", ")}`,
    evidence: [backendData().id, backendPhase().id, evidence],
    refutedBy: answersWell,
    remedies: [],
    nextSteps: [
      ...nextSteps,
      `read the whole message: \`docker compose logs --tail 100 ${shellWord(database)}\``,
      RUN_AGAIN,
    ],
  };
}

function noDatabase(service: string, database: string | undefined, failed: readonly string[]): Detection {
  const finding = waitable({
    class: "db_connection_refused",
    confidence: 0.85,
    summary: `${service} is ready, but cannot read its database: it failed for ${failed.join(", ")}`,
    evidence: [backendData().id, backendPhase().id],
    refutedBy: answersWell,
    service: database ?? service,
  });
  return {
    ...finding,
    nextSteps: [`see why: \`docker compose logs --tail 50 ${shellWord(service)}\``, ...finding.nextSteps],
  };
}

function failing(service: string, data: Asked, observed: string): Detection {
  const panicked = questionsWith(data, "nothing").length > 0;
  return {
    class: "unknown",
    severity: "blocking",
    confidence: 0.6,
    summary: `${service} is ready, but cannot read all that it stores: ${observed}`,
    evidence: [backendData().id, backendPhase().id],
    refutedBy: answersWell,
    remedies: [],
    nextSteps: [
      `its log says why: \`docker compose logs --tail 400 ${shellWord(service)}\``,
      ...(panicked
        ? [
            "this proves no wrong secret: a plugin also fails without a word over a token of a form that it does not know",
          ]
        : []),
      RUN_AGAIN,
    ],
  };
}
