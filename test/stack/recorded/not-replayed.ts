import type { Exchange } from "./recordings.ts";

/** Recordings that no run of this stand-in can give, with what stands in the way. */
export const notReplayed: Readonly<Record<string, string>> = {
  "auth-auth-on-oidc-bad-main": "the stand-in has no OpenID Connect",
  "auth-start-auth-on-oidc-bad-main": "the stand-in has no OpenID Connect",
  "mysql97-disk-full-first-migration": "the database has no full disk here; a scenario fills one",
  "mysql97-disk-full-running": "the database has no full disk here; a scenario fills one",
  "mysql97-disk-full-start": "the database has no full disk here; a scenario fills one",
  "start-db-url-tls": "the database offers TLS here, as MySQL does and as mysql97-tls-true has it",
  "postgres-down-while-running-v1.0.2": "needs a PostgreSQL server",
  "postgres-first-start-answers-v1.0.2": "needs a PostgreSQL server",
  "postgres-gate-main": "needs a PostgreSQL server",
  "postgres-missing-db": "needs a PostgreSQL server",
  "postgres-missing-role": "needs a PostgreSQL server",
  "postgres-no-connect-right": "needs a PostgreSQL server",
  "postgres-no-sslmode": "needs a PostgreSQL server",
  "postgres-second-backend": "needs a PostgreSQL server",
  "postgres-secret-changed": "needs a PostgreSQL server",
  "postgres-sslmode-require": "needs a PostgreSQL server",
  "postgres-wrong-password": "needs a PostgreSQL server",
  "start-half-initialised-mysql-9.7":
    "the same refusal as mysql97-missing-db-merico; the database's own half has its test",
  "start-plugin-dir-unset": "the image has its default directory",
  "start-plugin-wrong-version": "the stand-in's plugins are not built with versions of packages",
};

/** Why a single exchange is not asked for. */
export function skipped(exchange: Exchange): string | undefined {
  if (exchange.path.startsWith("/swagger")) return "documentation, which nobody reads here";
  if (exchange.path.endsWith("/test") && exchange.method === "POST") return "asks GitHub";
  const writes = ["POST", "PATCH", "DELETE"].includes(exchange.method);
  if (writes && !/^4(?:01|04|28),/.test(exchange.shape)) return "the stand-in takes no writes";
  return undefined;
}
