import { readFact, type Facts } from "./fact.ts";
import { logLinesOf } from "./fact-ids.ts";
import { serviceOfRole, type ServiceRole } from "./service-role.ts";
import { shellWord } from "./shell-word.ts";

/** A log line that says why a service does not work. */
export interface LogCause {
  /** Goes behind "service ...: ". */
  readonly cause: string;
  /** In a pattern, `{service}` and `{database}` stand for those services' names. */
  readonly nextSteps: readonly string[];
  /** The database may only be starting: MySQL's first start takes a minute. */
  readonly waitsForDatabase?: true;
  /** The name may be that of a container which is only stopped: Docker knows it again when it runs. */
  readonly unknownHost?: true;
  readonly migrationFailed?: true;
  /** The container has no ENCRYPTION_SECRET, whatever the files say by now. */
  readonly missesSecret?: true;
  /** The fact that holds the line. */
  readonly evidence: string;
}

interface LogPattern extends Omit<LogCause, "evidence"> {
  readonly role: ServiceRole;
  /** May match anywhere in a line: with ENABLE_STACKTRACE the cause never stands on the first one. */
  readonly pattern: RegExp;
}

/** A container keeps the environment that it was made with. */
const correctedSince = "if you have corrected .env since it was started: `docker compose up -d`";

/** In order: the first that matches is the cause. Texts: DevLake v0.16 to v1.0.2, Grafana 8 to 11. */
const patterns: readonly LogPattern[] = [
  {
    role: "backend",
    pattern: /ENCRYPTION_SECRET must be set/,
    cause: "it is started without ENCRYPTION_SECRET",
    missesSecret: true,
    nextSteps: ["put the old ENCRYPTION_SECRET back into .env; a new one cannot read what is stored"],
  },
  {
    role: "backend",
    pattern: /Access denied for user|Host '[^']{1,100}' is not allowed to connect/,
    cause: "the database refuses its user or password",
    nextSteps: [
      "compare user and password of DB_URL in .env with MYSQL_USER and MYSQL_PASSWORD in the Compose file",
      "a password changed in the Compose file has no effect on a database that exists: put the old one back",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern: /Unknown database/,
    cause: "the database that DB_URL names does not exist",
    nextSteps: [
      "compare the database name in DB_URL in .env with MYSQL_DATABASE in the Compose file",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern: /lookup \S+ on \S+: (?:no such host|server misbehaving)/,
    cause: "the host that DB_URL names is unknown in its network",
    unknownHost: true,
    nextSteps: [
      "the host in DB_URL in .env has to be the name of the database service in the Compose file",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern: /invalid encryptionSecret/,
    cause: "ENCRYPTION_SECRET is not the one that the database was written with",
    nextSteps: [
      "put the old ENCRYPTION_SECRET back: look in .env.bak, other copies beside .env (`ls -la .env*`), and older containers (`docker ps -a`)",
      "do not recreate connections before you have looked: with the old secret all of them work again",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern: /locking _devlake_locking_stub timeout/,
    cause: "another DevLake works on the same database",
    nextSteps: [
      "find it and stop it: `docker ps --filter ancestor=IMAGE`, also on other hosts that use this database",
    ],
  },
  {
    role: "backend",
    pattern: /failed to execute migration|MigrationError/,
    cause: "a database migration failed",
    migrationFailed: true,
    nextSteps: [
      "back up the database, then read the whole message; do not start the migration a second time",
    ],
  },
  {
    role: "backend",
    pattern: /DB_URL is required|invalid DB_URL/,
    cause: "DB_URL is missing or of an unknown form",
    nextSteps: [
      "correct DB_URL in .env: mysql://USER:PASSWORD@mysql:3306/lake?charset=utf8mb4&parseTime=True&loc=UTC",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern: /connect: connection refused|connect: no route to host|i\/o timeout/,
    cause: "the database does not accept connections",
    waitsForDatabase: true,
    nextSteps: ["see what the database says: `docker compose logs --tail 50 {database}`"],
  },
  {
    role: "grafana",
    pattern:
      /GF_PATHS_DATA='[^']*' is not writable|can't create directory '\/var\/lib\/grafana|attempt to write a readonly database/,
    cause: "its volume belongs to another user, so it cannot write to it",
    nextSteps: [
      "see as which user it runs: `docker compose run --rm --no-deps --entrypoint id {service}`",
      "give the volume to that user: `docker compose run --rm --no-deps --user root --entrypoint chown {service} -R UID:0 /var/lib/grafana`",
    ],
  },
];

/**
 * The cause of the last death that the log lines of a service name: what stands last, for the log goes back to lives
 * that ended otherwise.
 */
export function lastLogCauseOf(facts: Facts, service: string, role: ServiceRole): LogCause | undefined {
  let last: { readonly at: number; readonly cause: LogCause } | undefined;
  const lines = linesOf(facts, service);
  for (const { role: of, pattern, ...cause } of patterns) {
    const at = of === role ? lines.findLastIndex(({ text }) => pattern.test(text)) : -1;
    const evidence = lines[at]?.id;
    if (evidence === undefined || (last !== undefined && last.at >= at)) continue;
    const nextSteps = cause.nextSteps.map((step) => withNames(step, facts, service));
    last = { at, cause: { ...cause, nextSteps, evidence } };
  }
  return last?.cause;
}

/** The first cause that the last log lines of a service name. */
export function logCauseOf(facts: Facts, service: string, role: ServiceRole): LogCause | undefined {
  const lines = linesOf(facts, service);
  for (const { role: of, pattern, ...cause } of patterns) {
    const line = of === role ? lines.findLast(({ text }) => pattern.test(text)) : undefined;
    if (line !== undefined) {
      const nextSteps = cause.nextSteps.map((step) => withNames(step, facts, service));
      return { ...cause, nextSteps, evidence: line.id };
    }
  }
  return undefined;
}

/** Deployments may call their services otherwise than DevLake's release does. */
function withNames(step: string, facts: Facts, service: string): string {
  const database = serviceOfRole(facts, "database")?.service ?? "mysql";
  return step.replaceAll("{service}", shellWord(service)).replaceAll("{database}", shellWord(database));
}

function linesOf(facts: Facts, service: string): readonly { readonly id: string; readonly text: string }[] {
  return logLinesOf(facts, service).flatMap((ref) => {
    const text = readFact(facts, ref);
    return text === undefined ? [] : [{ id: ref.id, text }];
  });
}
