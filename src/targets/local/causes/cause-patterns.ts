import type { FindingClass } from "../facts/finding-classes.ts";
import type { ServiceRole } from "../facts/service-role.ts";

/**
 * The order in which the backend starts (DevLake backend/server/services/init.go): a later line that shows a stage
 * passed refutes what an earlier life died of there.
 */
export const stages = { secret: 1, connect: 2, lock: 3, plugins: 4, migrate: 5, serve: 6, ready: 7 } as const;

export interface CausePattern {
  readonly role: ServiceRole;
  /** May match anywhere in a line, and the line anywhere in a panic: with stack traces it is never the first one. */
  readonly pattern: RegExp;
  readonly class: FindingClass;
  /** Goes behind "service ...: ". */
  readonly cause: string;
  /** Where the start fails; left out: behind all that its own life has passed. */
  readonly stage?: number;
  /** In a step, `{service}` and `{database}` stand for those services' names. */
  readonly nextSteps: readonly string[];
  /** The database may only be starting: MySQL's first start takes a minute. */
  readonly waitsForDatabase?: true;
  /** The name may be that of a container which is only stopped: Docker knows it again when it runs. */
  readonly unknownHost?: true;
  readonly migrationFailed?: true;
  /** The container has no ENCRYPTION_SECRET, whatever the files say by now. */
  readonly missesSecret?: true;
}

/** A container keeps the environment that it was made with. */
export const correctedSince =
  "once .env is corrected, `docker compose up -d --no-deps {service}` recreates that container with what the files say then: what its environment holds now, the secret too, is gone";

const oldSecret = [
  "put the old ENCRYPTION_SECRET back: look in .env.bak, other copies beside .env (`ls -la .env*`), and older containers (`docker ps -a`)",
  "do not recreate connections before you have looked: with the old secret all of them work again",
  correctedSince,
];

/** In order: of one life, the first that matches is the cause. Texts: DevLake v0.16 to main, Grafana 8 to 11. */
export const causePatterns: readonly CausePattern[] = [
  {
    role: "backend",
    pattern: /ENCRYPTION_SECRET must be set/,
    class: "backend_crash_loop",
    cause: "it is started without ENCRYPTION_SECRET",
    stage: stages.secret,
    missesSecret: true,
    nextSteps: ["put the old ENCRYPTION_SECRET back into .env; a new one cannot read what is stored"],
  },
  {
    role: "backend",
    pattern: /\b1044\b.{0,12}Access denied for user|permission denied for database/,
    class: "db_access_denied",
    cause: "its user has no right on the database that DB_URL names, or there is none of that name",
    stage: stages.connect,
    nextSteps: [
      "compare the database name and the user of DB_URL in .env with MYSQL_DATABASE and MYSQL_USER in the Compose file",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern:
      /Access denied for user|password authentication failed for user|role "[^"]{1,80}\\?" does not exist|no pg_hba\.conf entry/,
    class: "db_access_denied",
    cause: "the database refuses its user or password",
    stage: stages.connect,
    nextSteps: [
      "compare user and password of DB_URL in .env with MYSQL_USER and MYSQL_PASSWORD in the Compose file",
      "a password changed in the Compose file has no effect on a database that exists: put the old one back",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern: /Host '[^']{1,100}' is not allowed to connect/,
    class: "db_access_denied",
    cause: "the database takes nobody from its address: perhaps its first start was cut off",
    stage: stages.connect,
    nextSteps: [
      "see whether its first start came to its end: `docker compose logs {database}` says `init process done`",
      "do not remove its volume before you know that nothing was ever collected",
    ],
  },
  {
    role: "backend",
    pattern: /Unknown database|database \\?"[^"]{1,80}\\?" does not exist/,
    class: "db_not_found",
    cause: "the database that DB_URL names does not exist",
    stage: stages.connect,
    nextSteps: [
      "compare the database name in DB_URL in .env with MYSQL_DATABASE in the Compose file",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern:
      /lookup \S{1,255}(?: on \S{1,80})?: (?:no such host|server misbehaving|Temporary failure in name resolution)/,
    class: "db_unknown_host",
    cause: "the host that DB_URL names is unknown in its network",
    stage: stages.connect,
    unknownHost: true,
    nextSteps: [
      "the host in DB_URL in .env has to be the name of the database service in the Compose file",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern: /invalid (?:encryptionSecret|encKey)/,
    class: "encryption_secret_mismatch",
    cause: "ENCRYPTION_SECRET is not the one that the database was written with",
    stage: stages.serve,
    nextSteps: oldSecret,
  },
  {
    role: "backend",
    pattern: /locking _devlake_locking_stub timeout/,
    class: "other_instance",
    cause: "another DevLake works on the same database",
    stage: stages.lock,
    nextSteps: [
      "find it and stop it: `docker ps` shows those of this host; others that use this database may run elsewhere",
      // The database does not notice that a backend was cut off its network, and keeps the lock for hours.
      "only if none runs anywhere: one that lost its network has left its lock behind, and `docker compose restart {database}` lets go of it",
    ],
  },
  {
    role: "backend",
    // A second confirmation of one that is under way is refused in these words too, and stops nothing.
    pattern:
      /failed to execute migration|error executing migration(?!.{0,8000}(?:There is a migration in progress|already migrating))|MigrationError/,
    class: "migration_failed",
    cause: "a database migration failed",
    stage: stages.migrate,
    migrationFailed: true,
    nextSteps: [
      "back up the database, then read the whole message; do not start the migration a second time",
    ],
  },
  {
    role: "backend",
    pattern:
      /DB_URL is required|invalid DB_URL|parse \\?"[a-z]{1,20}:[^ ]{0,600}: (?:invalid port|invalid URL escape|net\/url:|first path segment)|invalid DSN:|default addr for network/,
    class: "db_url_invalid",
    cause: "DB_URL is missing or of an unknown form",
    stage: stages.connect,
    nextSteps: [
      "correct DB_URL in .env: mysql://USER:PASSWORD@mysql:3306/lake?charset=utf8mb4&parseTime=True&loc=UTC",
      "in its password write `%` as %25, `#` as %23, `/` as %2F",
      correctedSince,
    ],
  },
  {
    role: "backend",
    // go-sql-driver/mysql gives times as bytes unless it is told to read them.
    pattern: /unsupported Scan, storing driver\.Value type \[\]uint8 into type \*?time\.Time/,
    class: "db_url_invalid",
    cause: "DB_URL lacks parseTime=True, so it cannot read times",
    nextSteps: ["see that DB_URL in .env ends in ?charset=utf8mb4&parseTime=True&loc=UTC", correctedSince],
  },
  {
    role: "backend",
    pattern: /FATAL: {1,2}unrecognized configuration parameter/,
    class: "db_url_invalid",
    cause: "DB_URL has a parameter that PostgreSQL does not know",
    stage: stages.connect,
    nextSteps: [
      "take it out of DB_URL in .env: `charset`, `parseTime` and `loc` are MySQL's; postgres://USER:PASSWORD@postgres:5432/lake?sslmode=disable",
      correctedSince,
    ],
  },
  {
    role: "backend",
    pattern:
      /TLS requested but server does not support TLS|server refused TLS connection|tls: failed to verify certificate|x509: certificate/,
    class: "db_url_invalid",
    cause: "DB_URL asks for TLS, which does not come about with this database",
    stage: stages.connect,
    nextSteps: ["compare `tls` or `sslmode` in DB_URL in .env with what the database offers", correctedSince],
  },
  {
    role: "backend",
    pattern:
      /plugin\.Open\(|plugin was built with a different version|lstat \S{1,200}: no such file|plugin already loaded/,
    class: "backend_crash_loop",
    cause: "its plugins cannot be loaded",
    stage: stages.plugins,
    nextSteps: ["see that image and PLUGIN_DIR are those of one DevLake version, without plugins of another"],
  },
  {
    role: "backend",
    pattern:
      /PORT \[[^\]]{0,60}\] must be int|listen tcp[^"\n]{0,60}: (?:invalid port|bind: address already in use)|gin mode unknown|auth init: /,
    class: "backend_crash_loop",
    cause: "a setting of its environment is none that it can start with",
    nextSteps: ["correct the setting that its log names, in .env or the Compose file", correctedSince],
  },
  {
    role: "backend",
    // Behind its start the backend goes on without its database, and says so.
    pattern:
      /connect: connection refused|connect: no route to host|i\/o timeout|the database system is (?:starting up|shutting down)/,
    class: "db_connection_refused",
    cause: "the database does not accept connections",
    stage: stages.connect,
    waitsForDatabase: true,
    nextSteps: ["see what the database says: `docker compose logs --tail 50 {database}`"],
  },
  {
    role: "backend",
    // Written last of all that a panic says: one that is only being written may still name a known cause.
    pattern: /^\s{0,8}goroutine \d{1,9} \[running/,
    class: "backend_crash_loop",
    cause: "it ends with an error that is not known here",
    nextSteps: [],
  },
  {
    role: "grafana",
    pattern:
      /GF_PATHS_DATA='[^']{1,200}' is not writable|can't create directory '\/var\/lib\/grafana|attempt to write a readonly database/,
    class: "grafana_unhealthy",
    cause: "its volume belongs to another user, so it cannot write to it",
    stage: stages.secret,
    nextSteps: [
      "see as which user it runs: `docker compose run --rm --no-deps --entrypoint id {service}`",
      "give the volume to that user: `docker compose run --rm --no-deps --user root --entrypoint chown {service} -R UID:0 /var/lib/grafana`",
    ],
  },
];

export interface ProgressPattern {
  readonly role: ServiceRole;
  readonly pattern: RegExp;
  /** This stage and all before it are passed. */
  readonly passed: number;
  /** Says so of its own life alone: another one may begin the same work and fail at it again. */
  readonly withinLife?: true;
}

export const progressPatterns: readonly ProgressPattern[] = [
  { role: "backend", pattern: /failed to initialize database/, passed: stages.secret },
  { role: "backend", pattern: /migrator has been initialized/, passed: stages.connect },
  { role: "backend", pattern: /plugin loaded |Loading remote plugins/, passed: stages.lock },
  { role: "backend", pattern: /all plugins have been loaded|has pending scripts\?/, passed: stages.plugins },
  {
    role: "backend",
    pattern: /applying migration script|\[Execute\] pending scripts/,
    passed: stages.migrate,
    withinLife: true,
  },
  {
    role: "backend",
    pattern: /blueprints were scheduled|get lock and wait next pipeline/,
    passed: stages.serve,
  },
  {
    role: "backend",
    pattern: /\| 200 \|.{1,120}GET {1,9}"\/(?:ready|plugins|pipelines|blueprints|projects)\b/,
    passed: stages.ready,
  },
  { role: "grafana", pattern: /HTTP Server Listen/, passed: stages.ready },
];

/** The first lines of a life; which of the two comes first depends on the Go version. */
export const lifeBegins: Readonly<Partial<Record<ServiceRole, RegExp>>> = {
  backend: /^Version: {1,2}\S|no \[\.env\] file, devlake/,
};
