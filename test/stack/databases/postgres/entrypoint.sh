#!/bin/bash
# What the entrypoint of the postgres image does around the real server: the user and the database are made only when the
# data directory is empty, by a temporary server without a TCP port.
set -euo pipefail

initialize() {
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    printf 'Error: Database is uninitialized and superuser password is not specified.\n%s\n' \
      '       You must specify POSTGRES_PASSWORD to a non-empty value for the' >&2
    exit 1
  fi
  local user=${POSTGRES_USER:-postgres}
  initdb --encoding=UTF8 --locale=C.UTF-8 --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --auth-local=trust
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start
  if [ "${POSTGRES_DB:-$user}" != postgres ]; then
    psql --username="$user" --dbname=postgres --no-psqlrc --set=db="${POSTGRES_DB:-$user}" <<<'CREATE DATABASE :"db" ;'
  fi
  pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

if [ $# -eq 0 ] || [ "${1#-}" != "$1" ]; then set -- postgres "$@"; fi
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  find "$PGDATA" ! -user postgres -exec chown postgres '{}' +
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
fi
if [ -s "$PGDATA/PG_VERSION" ]; then
  printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
else
  initialize
fi
exec "$@" -c listen_addresses='*'
