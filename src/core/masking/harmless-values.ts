import { isSecretName, wordsOf } from "./secret-names.ts";

/*
 * The reviewed list of what is shown of settings: a value is taken for a secret unless both its name and its
 * shape say that it is none. What is not here is masked.
 */

const HOST = String.raw`(?:[A-Za-z0-9](?:[\w-]{0,62})(?:\.[\w-]{1,63}){0,8}|\[[0-9a-f:]{2,40}\])`;
const IP = String.raw`(?:\d{1,3}\.){3}\d{1,3}`;

function whole(...forms: readonly string[]): RegExp {
  return new RegExp(`^(?:${forms.join("|")})$`);
}

const boolean = /^(?:true|false|yes|no|on|off|y|n|none|null)$/i;
const amount = whole(
  String.raw`\d{1,5}`,
  String.raw`\d{1,5}(?:\.\d{1,3})?(?:ns|us|ms|s|m|h|d|%|[kmg]i?b?|[KMG]i?[Bb]?)`,
  String.raw`(?:\d{1,3}h)?(?:\d{1,3}m)?\d{1,3}s`,
  String.raw`-1`,
);
const portMapping = whole(
  String.raw`(?:(?:${IP}|localhost|\[[0-9a-f:]{2,40}\]):)?(?:\d{1,5}(?:-\d{1,5})?:){0,2}\d{1,5}(?:-\d{1,5})?(?:/(?:tcp|udp))?`,
);
const address = whole(`(?:${IP}|localhost|::1?|host\\.docker\\.internal)(?::\\d{1,5})?(?:/\\d{1,2})?`);
const timeZone = whole(
  "UTC|GMT|Local|local|Etc/UTC|Etc/GMT(?:[+-]\\d{1,2})?",
  "(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|US)/[A-Z][A-Za-z_]{1,20}(?:/[A-Z][A-Za-z_]{1,20})?",
);
const locale = /^(?:C|POSIX|[a-z]{2}(?:[_-][A-Z]{2})?)(?:\.(?:UTF-8|utf8|utf-8))?$/;
const version = whole(
  String.raw`v?\d{1,4}(?:\.\d{1,5}){1,3}(?:-(?:alpha|beta|rc|alpine|debian|oracle|slim|el|focal|jammy|bookworm|bullseye)[.\d]{0,6})?`,
);
/** Directories and files as programs have them: below a known root, in lower-case words. */
const path = whole(
  String.raw`(?:/|\.{1,2}/)(?:app|bin|boot|config|conf|data|dev|etc|home|lib|logs|log|mnt|opt|proc|root|run|sbin|srv|tmp|usr|var|workspace|grafana|mysql)(?:/[a-z][a-z0-9_.-]{0,30}){0,8}/?`,
  String.raw`\.{1,2}/?`,
  String.raw`(?:\./)?[a-z][a-z_-]{0,20}(?:\.[a-z]{2,12}){0,2}\.(?:ya?ml|json|env|conf|cnf|ini|log|sql|sh|toml|txt|md|db)`,
);
/** Words that are settings everywhere; of them too, no word that is anybody's password by default. */
const word = whole(
  "trace|debug|info|notice|warn|warning|error|fatal|panic|critical|silent|quiet|verbose",
  "release|production|prod|development|dev|staging|test",
  "light|dark|system|auto|always|never|default|disabled|enabled|unless-stopped|on-failure",
  "json|text|logfmt|console|file|stdout|stderr|json-file|journald|syslog|local",
  "utf8|utf-8|UTF-8|utf8mb4|utf8mb4_bin|utf8mb4_general_ci|utf8mb4_unicode_ci|utf8mb4_0900_ai_ci|latin1",
  "tcp|udp|http|https|grpc|bridge|host|linux|amd64|arm64|linux/(?:amd64|arm64)",
  "mysql|mariadb|postgres|postgresql|sqlite3|redis|mysql_native_password|caching_sha2_password",
  "Viewer|Editor|Admin|latest|stable|main|disable|require|prefer|allow|verify-ca|verify-full|skip-verify|preferred",
);

function fits(value: string, ...shapes: readonly RegExp[]): boolean {
  return shapes.some((shape) => shape.test(value));
}

/** `8080`, `127.0.0.1:8080:80/tcp`, and the address alone. */
export function isPortMapping(value: string): boolean {
  return fits(value, portMapping, address);
}

/** What may stand under any name that is no secret's. */
function isHarmlessAnywhere(value: string): boolean {
  return fits(value, boolean, amount, portMapping, address, timeZone, locale, version, path, word);
}

const identifier = /^[A-Za-z_][\w.-]{0,31}$/;
const endpoint = whole(`(?:https?://|tcp://)?${HOST}(?::\\d{1,5})?(?:,${HOST}(?::\\d{1,5})?){0,4}/?`);
const tag = /^[\w][\w.-]{0,63}$/;
const image = whole(
  String.raw`(?:[a-z0-9.-]{1,80}(?::\d{1,5})?/)?[a-z0-9][a-z0-9._/-]{0,120}(?::[\w][\w.-]{0,63})?(?:@sha256:[0-9a-f]{64})?`,
);
const paths = whole(
  String.raw`(?:/[a-z][a-z0-9_.-]{0,30}){1,9}/?(?::(?:/[a-z][a-z0-9_.-]{0,30}){1,9}/?){0,20}`,
);
const list = /^[A-Za-z][\w.-]{0,40}(?:[,:][A-Za-z][\w.-]{0,40}){0,20}$/;

/** Names whose values are no secrets, by the shape that those have. DevLake, Grafana, MySQL, Postgres, their images, Compose. */
const shapesByName: readonly (readonly [RegExp, names: string])[] = [
  [
    identifier,
    "MYSQL_USER MYSQL_DATABASE MARIADB_USER MARIADB_DATABASE POSTGRES_USER POSTGRES_DB PGUSER PGDATABASE DB_USER DB_USERNAME " +
      "DB_NAME DB_DATABASE DATABASE_NAME DATABASE_USER GF_DATABASE_NAME GF_DATABASE_USER GF_DATABASE_TYPE " +
      "GF_SECURITY_ADMIN_USER GF_USERS_DEFAULT_THEME GF_AUTH_ANONYMOUS_ORG_ROLE GF_USERS_AUTO_ASSIGN_ORG_ROLE " +
      "COMPOSE_PROJECT_NAME ADMIN_USER MODE DEPLOY_ENV",
  ],
  [
    endpoint,
    "MYSQL_URL MYSQL_HOST DB_HOST PGHOST POSTGRES_HOST GF_DATABASE_HOST GF_SERVER_DOMAIN DEVLAKE_ENDPOINT GRAFANA_ENDPOINT " +
      "GRAFANA_EXTERNAL_URL EXTERNAL_HOST PUBLIC_HOST SERVER_NAME TEMPORAL_URL",
  ],
  [paths, "PATH LD_LIBRARY_PATH PYTHONPATH PGDATA GF_PATHS_HOME GF_PATHS_DATA GF_PATHS_LOGS"],
  [
    /^[\w./ :\\-]{1,200}$/,
    "HOME USER USERNAME LOGNAME PWD OLDPWD HOSTNAME UID GID PUID PGID SHELL TERM LANG LC_ALL LANGUAGE USERPROFILE TMPDIR TEMP TMP",
  ],
  // Grafana's own template.
  [
    /^%\(protocol\)s:\/\/(?:%\(domain\)s|[\w.-]{1,253})(?::(?:%\(http_port\)s|\d{1,5}))?(?:\/[a-z-]{1,20}){0,2}\/?$/,
    "GF_SERVER_ROOT_URL",
  ],
  [list, "COMPOSE_PROFILES COMPOSE_FILE COMPOSE_ENV_FILES GF_INSTALL_PLUGINS"],
  [image, "DEVLAKE_IMAGE GRAFANA_IMAGE CONFIG_UI_IMAGE MYSQL_IMAGE"],
  [
    tag,
    "GOSU_VERSION MYSQL_MAJOR MYSQL_VERSION MYSQL_SHELL_VERSION MARIADB_VERSION PG_MAJOR PG_VERSION NGINX_VERSION NJS_VERSION PKG_RELEASE",
  ],
];
const shapeOfName: ReadonlyMap<string, RegExp> = new Map(
  shapesByName.flatMap(([shape, names]) => names.split(" ").map((name) => [name, shape] as const)),
);

/** Last words of names that say what their values look like. */
const shapeOfLastWord: ReadonlyMap<string, RegExp> = new Map<string, RegExp>([
  ["tag", tag],
  ["version", tag],
  ["image", image],
  ["host", endpoint],
  ["hostname", endpoint],
  ["endpoint", endpoint],
]);

/** Switches and numbers about secrets, which are none: `MYSQL_ALLOW_EMPTY_PASSWORD`, `SESSION_TIMEOUT`, `AUTHPROXY_PORT`. */
const switches = new Set(
  "MYSQL_ALLOW_EMPTY_PASSWORD MYSQL_RANDOM_ROOT_PASSWORD MARIADB_RANDOM_ROOT_PASSWORD".split(" "),
);
const measures = new Set(
  "port ports enabled disabled timeout interval ttl retries limit size count length max min days hours minutes seconds ms lifetime secure required".split(
    " ",
  ),
);

/**
 * Whether a setting may be shown with its value: its name says nothing of a secret and its value has a shape that
 * no secret has, or both are known together.
 */
export function isHarmless(name: string, value: string): boolean {
  if (value.trim() === "") return true;
  if (value.length > 500) return false;
  if (isSecretName(name)) {
    if (switches.has(name)) return boolean.test(value);
    const last = wordsOf(name).at(-1) ?? "";
    // `MYSQL_PASSWORD_FILE`, `SSL_CERT_FILE`: where it is, not what.
    if (/^(?:file|path|dir)$/.test(last)) return /^(?:\/|\.{1,2}\/)[a-z][a-z0-9_./-]{0,200}$/.test(value);
    return measures.has(last) && fits(value, boolean, amount, portMapping);
  }
  const shape = shapeOfName.get(name) ?? shapeOfLastWord.get(wordsOf(name).at(-1) ?? "");
  return isHarmlessAnywhere(value) || (shape?.test(value) ?? false);
}

const parameterValue = whole(
  "[A-Za-z_][A-Za-z_-]{0,15}",
  "utf8(?:mb[34])?(?:_[a-z0-9_]{1,24})?",
  "(?:[A-Z][A-Za-z]{2,12})(?:%2F|/)[A-Z][A-Za-z_]{2,20}",
);
/** Parameters of a database's URL that hold no secret (go-sql-driver/mysql, libpq, DevLake). */
const parameterNames = new Set(
  (
    "charset parseTime loc tls timeout readTimeout writeTimeout collation multiStatements interpolateParams allowNativePasswords " +
    "maxAllowedPacket clientFoundRows columnsWithAlias rejectReadOnly sslmode TimeZone timezone application_name connect_timeout " +
    "search_path client_encoding useSSL serverTimezone"
  ).split(" "),
);

/** The same for a parameter of a URL. */
export function isHarmlessParameter(name: string, value: string): boolean {
  if (value === "") return true;
  if (isSecretName(name)) return false;
  return isHarmlessAnywhere(value) || (parameterNames.has(name) && parameterValue.test(value));
}

/** Whether a value is the name of a host, with or without a port. */
export function isHost(value: string): boolean {
  return new RegExp(`^${HOST}(?::\\d{1,5})?(?:,${HOST}(?::\\d{1,5})?){0,8}$`).test(value);
}
