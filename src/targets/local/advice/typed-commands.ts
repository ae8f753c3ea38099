import { readFact, type Facts } from "../../../core/fact.ts";
import { containerName, containerOnlySecrets } from "../facts/local-facts.ts";
import { isPostgres } from "../facts/service-role.ts";
import { shellWord } from "../../../core/text/shell-word.ts";

export const INSTALL_COMPOSE =
  "install Compose v2: `sudo apt-get install docker-compose-v2` (Ubuntu), `sudo apt-get install docker-compose-plugin` (Docker's own packages), or Docker Desktop";

/** A plain `up` recreates each container that differs from the files, and brings dependencies along. */
export function createMissing(services: readonly string[]): string {
  return `\`docker compose up -d --no-recreate --no-deps ${services.map(shellWord).join(" ")}\``;
}

/** Starts containers as they are; `NAME` stands for one that the facts do not name. */
export function startContainers(facts: Facts, services: readonly string[]): string {
  return `\`docker start ${services.map((service) => nameOf(facts, service)).join(" ")}\``;
}

/** What goes with containers that are recreated or removed, and how: nobody should type it without knowing. */
export function recreateLosing(facts: Facts, services: readonly string[]): string {
  const words = services.map(shellWord).join(" ");
  return `${lostWith(facts, services)}: \`docker compose up -d --no-deps --force-recreate ${words}\``;
}

export function removeLosing(facts: Facts, services: readonly string[]): string {
  return `${lostWith(facts, services)}: \`docker rm ${services.map((service) => nameOf(facts, service)).join(" ")}\``;
}

function lostWith(facts: Facts, services: readonly string[]): string {
  const secrets = services.flatMap((service) => readFact(facts, containerOnlySecrets(service)) ?? []);
  const only = secrets.length === 0 ? "" : ` (it has the only copy of ${[...new Set(secrets)].join(", ")})`;
  return `volumes stay, but its environment${only} and what it wrote outside of volumes are gone with the old container`;
}

function nameOf(facts: Facts, service: string): string {
  const name = readFact(facts, containerName(service));
  return name === undefined ? "NAME" : shellWord(name);
}

/** A container keeps the environment that it was made with, whatever became of `.env`. */
export function showSecretOf(container: string): string {
  return `\`docker inspect ${shellWord(container)} --format '{{range .Config.Env}}{{println .}}{{end}}' | grep ^ENCRYPTION_SECRET=\``;
}

/** MySQL's image has account and database in its environment (DevLake's docker-compose.yml), so no password is typed. */
function inDatabase(service: string, client: string, flags: string, rest: string): string {
  return `\`docker compose exec -T ${shellWord(service)} sh -c 'MYSQL_PWD="$MYSQL_PASSWORD" ${client} -u"$MYSQL_USER" ${flags}"$MYSQL_DATABASE"'${rest}\``;
}

/** As above, by PostgreSQL's image. */
function inPostgres(service: string, client: string, rest: string): string {
  return `\`docker compose exec -T ${shellWord(service)} sh -c 'PGPASSWORD="$POSTGRES_PASSWORD" ${client} -U "$POSTGRES_USER" "$POSTGRES_DB"'${rest}\``;
}

/** Prints nothing where DevLake has never started: it makes its tables on its first start. */
export function listTablesIn(facts: Facts, service: string): string {
  if (isPostgres(facts, service))
    return inPostgres(
      service,
      'psql -At -c "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"',
      "",
    );
  return inDatabase(service, "mysql", '-e "SHOW TABLES" ', "");
}

/**
 * The running backend locks one table for good, and a plain dump waits for that for ever (apache/incubator-devlake
 * issue 4809); DevLake makes that table anew when it starts. PROCESS, which DevLake's account lacks, is for tablespaces.
 * PostgreSQL's dump waits for nothing (tried with 15).
 */
export function dumpOf(facts: Facts, service: string, file: string): string {
  if (isPostgres(facts, service)) return inPostgres(service, "pg_dump", ` > ${file}`);
  const flags = `--single-transaction --skip-lock-tables --no-tablespaces --ignore-table="$MYSQL_DATABASE._devlake_locking_stub" `;
  return inDatabase(service, "mysqldump", flags, ` > ${file}`);
}

/** How DevLake's documentation makes one. */
export const MAKE_SECRET = "`openssl rand -base64 2000 | tr -dc 'A-Z' | fold -w 128 | head -n 1`";

/** Who listens on a port of this machine, on each system. */
export function listenersOf(port: number | string): string {
  return `\`ss -ltnp 'sport = :${port}'\` (Linux), \`lsof -nP -iTCP:${port} -sTCP:LISTEN\` (macOS)`;
}

/** The same where it may be Windows too. */
export function seeWhoListens(port: number | string): string {
  return `see who listens: ${listenersOf(port)}, \`netstat -ano\` (Windows)`;
}

export function readLog(service: string): string {
  return `read its log: \`docker compose logs --tail 50 ${shellWord(service)}\``;
}

export function giveMoreMemory(service: string): string {
  return `give it more memory: \`docker stats --no-stream\` shows what ${service} uses`;
}
