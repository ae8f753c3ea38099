import { describe, expect, test } from "vitest";
import { isHarmless, isHarmlessParameter } from "../../../src/core/masking/harmless-values.ts";
import { maskSetting } from "../../../src/core/masking/setting-value.ts";

describe("settings of DevLake's own files and images are shown", () => {
  test.each([
    ["PORT", "8080"],
    ["MODE", "release"],
    ["FORCE_MIGRATION", "false"],
    ["ENABLE_STACKTRACE", "true"],
    ["API_TIMEOUT", "120s"],
    ["API_RETRY", "3"],
    ["PIPELINE_MAX_PARALLEL", "1"],
    ["DB_LOGGING_LEVEL", "error"],
    ["LOGGING_DIR", "/app/logs"],
    ["PLUGIN_DIR", "./bin/plugins"],
    ["TZ", "Asia/Shanghai"],
    ["LANG", "en_US.UTF-8"],
    ["MYSQL_DATABASE", "lake"],
    ["MYSQL_USER", "merico"],
    ["MYSQL_URL", "mysql:3306"],
    ["DEVLAKE_ENDPOINT", "devlake:8080"],
    ["DEVLAKE_ENDPOINT", "http://devlake:8080"],
    ["GRAFANA_ENDPOINT", "grafana:3000"],
    ["GF_USERS_DEFAULT_THEME", "light"],
    ["GF_AUTH_ANONYMOUS_ENABLED", "true"],
    ["MYSQL_ALLOW_EMPTY_PASSWORD", "yes"],
    ["AUTHPROXY_PORT", "4180"],
    ["SESSION_TIMEOUT", "30m"],
    ["TAG", "v1.0.3-beta15"],
    ["DL_TAG", "v1.0.2"],
    ["MYSQL_IMAGE", "mysql:8.0.36-debian"],
    ["BIND", "127.0.0.1:8080:8080/tcp"],
    ["HOST_IP", "0.0.0.0"],
    ["REDIS_HOST", "redis.internal"],
    ["MYSQL_ROOT_PASSWORD_FILE", "/run/secrets/db_root"],
    ["SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"],
    ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/bin"],
    ["GOSU_VERSION", "1.17"],
    ["COMPOSE_PROJECT_NAME", "acme-lake"],
    ["COMPOSE_FILE", "docker-compose.yml:docker-compose.override.yml"],
    ["ANYTHING", ""],
  ])("%s=%s", (name, value) => {
    expect(isHarmless(name, value)).toBe(true);
  });
});

describe("all else is taken for a secret", () => {
  test.each([
    ["FOO", "hunter"],
    ["FOO", "admin"],
    ["FOO", "correct horse battery staple"],
    ["FOO", "1234567890"],
    ["FOO", "abc123"],
    ["FOO", "/abcDEF123+="],
    ["FOO", "root"],
    ["DB_PW", "true"],
    ["DB_PASSWORD", "8080"],
    ["PIN", "1234"],
    ["MYSQL_USER", "a user with blanks"],
    ["MYSQL_URL", "mysql://u:p@mysql"],
    ["GRAFANA_ADMIN", "grafana"],
    ["SIGNINGKEY", "v1.0.2"],
    ["SESSION_COOKIE", "/app/logs"],
    ["JWT", "release"],
    ["LICENSE", "1.2.3"],
    ["SSL_CERT_FILE", "MIIBkTCB+wIJAKHHIgLZ"],
    ["FOO", "x".repeat(1000)],
  ])("%s=%s", (name, value) => {
    expect(isHarmless(name, value)).toBe(false);
  });
});

function isShown(pair: string): boolean {
  const [name = "", value = ""] = pair.split("=");
  return isHarmlessParameter(name, value);
}

test("parameters of a database's URL", () => {
  const shown =
    "charset=utf8mb4 parseTime=True loc=UTC loc=Asia%2FShanghai tls=skip-verify sslmode=disable timeout=30s";
  const hidden = "password=x token=abc extra=abcdef sslkey=abc TimeZone=x1y2z3";

  expect(shown.split(" ").filter((pair) => !isShown(pair))).toEqual([]);
  expect(hidden.split(" ").filter(isShown)).toEqual([]);
});

describe("what stays of a URL", () => {
  const M = "<redacted>";
  test.each([
    [
      "DB_URL",
      "mysql://merico:p@ss/w:rd@mysql:3306/lake?charset=utf8mb4&parseTime=True&loc=UTC",
      `mysql://merico:${M}@mysql:3306/lake?charset=utf8mb4&parseTime=True&loc=UTC`,
    ],
    [
      "DB_URL",
      "postgres://lake:x@db.internal/lake?sslmode=require&k=v",
      `postgres://lake:${M}@db.internal/lake?sslmode=require&k=${M}`,
    ],
    ["DB_URL", "mysql://${U}:${P}@mysql:${PORT}/lake", "mysql://${U}:${P}@mysql:${PORT}/lake"],
    ["DB_URL", "mysql://m:${P:-hunter2}@mysql/lake", "mysql://m:${P:-<redacted>}@mysql/lake"],
    [
      "DB_URL",
      "merico:pw@tcp(mysql:3306)/lake?charset=utf8",
      `merico:${M}@tcp(mysql:3306)/lake?charset=utf8`,
    ],
    ["REPO", "https://TOKEN@git.example.com/x", `https://${M}@git.example.com/x`],
    ["REPO", "https://me:pw@git.example.com/", `https://${M}@git.example.com/`],
    ["ALERTS", "https://alerts.example.com/services/T0/B0/xyz", `https://alerts.example.com/services/${M}`],
    [
      "GF_SERVER_ROOT_URL",
      "http://localhost:${UI_PORT:-4000}/grafana",
      "http://localhost:${UI_PORT:-4000}/grafana",
    ],
    ["GF_SERVER_ROOT_URL", "https://metrics.example.net", "https://metrics.example.net"],
    ["GF_SERVER_ROOT_URL", "%(protocol)s://localhost:4000/grafana", "%(protocol)s://localhost:4000/grafana"],
    ["DB_DSN", "mysql://merico:pw@mysql/lake", M],
  ])("%s=%s", (name, value, shown) => {
    expect(maskSetting(name, value).shown).toBe(shown);
  });
});
