#!/bin/bash
# What the entrypoint of the mysql:8 image does, with its messages, around the real server: users and databases are made
# only when the data directory holds no `mysql` folder, by a temporary server without a TCP port.
set -euo pipefail

datadir=/var/lib/mysql
socket=/var/run/mysqld/mysqld.sock
version="$(mysqld --version | sed 's/.*Ver \([0-9.]*\).*/\1/')"

say() { printf '%s [%s] [Entrypoint]: %s\n' "$(date -u '+%Y-%m-%d %H:%M:%S+00:00')" "$1" "$2"; }
note() { say Note "$1"; }
fail() { say ERROR "$1" >&2; exit 1; }
sql() { mysql --protocol=socket --socket="$socket" --user=root --comments "$@"; }
literal() { local text=${1//\\/\\\\}; printf "'%s'" "${text//\'/\\\'}"; }

check_config() {
  local errors
  errors="$("$@" --verbose --help 2>&1 >/dev/null)" && return
  fail "mysqld failed while attempting to check config
	command was: $* --verbose --help --log-bin-index=/tmp/tmp.index
	$errors"
}

wait_for_temporary_server() {
  local left=300
  until sql -e 'SELECT 1' >/dev/null 2>&1; do
    kill -0 "$1" 2>/dev/null && [ "$left" -gt 0 ] || fail "Unable to start server."
    left=$((left - 1))
    sleep 0.1
  done
}

make_users_and_database() {
  sql mysql <<<"SET @@SESSION.SQL_LOG_BIN=0;
    ALTER USER 'root'@'localhost' IDENTIFIED BY $(literal "$MYSQL_ROOT_PASSWORD");
    CREATE USER 'root'@'%' IDENTIFIED BY $(literal "$MYSQL_ROOT_PASSWORD");
    GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;
    FLUSH PRIVILEGES;"
  export MYSQL_PWD=$MYSQL_ROOT_PASSWORD
  if [ -n "${MYSQL_DATABASE:-}" ]; then
    note "Creating database $MYSQL_DATABASE"
    sql <<<"CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;"
  fi
  if [ -n "${MYSQL_USER:-}" ] && [ -n "${MYSQL_PASSWORD:-}" ]; then
    note "Creating user $MYSQL_USER"
    sql <<<"CREATE USER $(literal "$MYSQL_USER")@'%' IDENTIFIED BY $(literal "$MYSQL_PASSWORD");"
    if [ -n "${MYSQL_DATABASE:-}" ]; then
      note "Giving user $MYSQL_USER access to schema $MYSQL_DATABASE"
      sql <<<"GRANT ALL ON \`${MYSQL_DATABASE//_/\\_}\`.* TO $(literal "$MYSQL_USER")@'%';"
    fi
  fi
}

initialize() {
  if [ -z "${MYSQL_ROOT_PASSWORD:-}" ]; then
    fail "Database is uninitialized and password option is not specified
    You need to specify one of the following as an environment variable:
    - MYSQL_ROOT_PASSWORD
    - MYSQL_ALLOW_EMPTY_PASSWORD
    - MYSQL_RANDOM_ROOT_PASSWORD"
  fi
  note "Initializing database files"
  "$@" --initialize-insecure --default-time-zone=SYSTEM
  note "Database files initialized"
  note "Starting temporary server"
  "$@" --skip-networking --default-time-zone=SYSTEM --socket="$socket" &
  wait_for_temporary_server $!
  note "Temporary server started."
  make_users_and_database
  note "Stopping temporary server"
  mysqladmin --protocol=socket --socket="$socket" --user=root shutdown
  wait $!
  unset MYSQL_PWD
  note "Temporary server stopped"
  echo
  note "MySQL init process done. Ready for start up."
  echo
}

if [ $# -eq 0 ] || [ "${1#-}" != "$1" ]; then set -- mysqld "$@"; fi
[ "$1" = mysqld ] || exec "$@"
note "Entrypoint script for MySQL Server $version-1.el9 started."
check_config "$@"
if [ "$(id -u)" = 0 ]; then
  find "$datadir" ! -user mysql -exec chown mysql '{}' +
  note "Switching to dedicated user 'mysql'"
  exec setpriv --reuid mysql --regid mysql --clear-groups "$0" "$@"
fi
[ -d "$datadir/mysql" ] || initialize "$@"
exec "$@"
