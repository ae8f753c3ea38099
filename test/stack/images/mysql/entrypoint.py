#!/usr/bin/env python3
"""Starts MariaDB as the mysql:8 image starts MySQL: the same first-run order, messages and exit codes.

As there, users and databases are made only when the data directory holds no `mysql` folder, through a
temporary server that has no TCP port, so port 3306 opens only when all is made.
"""

import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timezone

import data_directory
import server_log

SOCKET = "/var/run/mysqld/mysqld.sock"
# For tests alone: the first run ends before the server's `files` or its `users` are all made, as one that was killed.
INIT_ENDS_AT = os.environ.get("STANDIN_INIT_ENDS_AT", "")


def note(text, level="Note", stream=sys.stdout):
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S+00:00")
    print(f"{stamp} [{level}] [Entrypoint]: {text}", file=stream, flush=True)


def run_server(options):
    """Starts mariadbd with its log put into MySQL's words. The caller owns the process."""
    return subprocess.Popen(
        ["mariadbd", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=data_directory.as_mysql if os.getuid() == 0 else None,
    )


def wait_until_ready(server):
    for line in server.stdout:
        for said in server_log.translate(line, temporary=True):
            server_log.plain(said)
        if "ready for connections" in line:
            return
    sys.exit(server.wait() or 1)


def make_users_and_database(env):
    def literal(text):
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    database, user = env.get("MYSQL_DATABASE"), env.get("MYSQL_USER")
    root_password = literal(env.get("MYSQL_ROOT_PASSWORD", ""))
    sql = [
        "DELETE FROM mysql.global_priv WHERE User IN ('', 'mysql', 'PUBLIC') OR Host NOT IN ('localhost', '%');",
        "FLUSH PRIVILEGES;",
        f"ALTER USER 'root'@'localhost' IDENTIFIED BY {root_password};",
        f"CREATE USER 'root'@'%' IDENTIFIED BY {root_password};",
        "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;",
    ]
    if database:
        note(f"Creating database {database}")
        sql.append(f"CREATE DATABASE IF NOT EXISTS `{database}`;")
    if user:
        note(f"Creating user {user}")
        sql.append(f"CREATE USER {literal(user)}@'%' IDENTIFIED BY {literal(env.get('MYSQL_PASSWORD', ''))};")
        if database:
            note(f"Giving user {user} access to schema {database}")
            granted = database.replace("_", "\\_")
            sql.append(f"GRANT ALL ON `{granted}`.* TO {literal(user)}@'%';")
    subprocess.run(["mariadb", f"--socket={SOCKET}", "-uroot", "mysql"], input="\n".join(sql), text=True, check=True)


def initialize(options, env):
    if not any(env.get(key) for key in ("MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD")):
        note("Database is uninitialized and password option is not specified", "ERROR", sys.stderr)
        server_log.plain(
            "    You need to specify one of the following as an environment variable:\n"
            "    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD"
        )
        sys.exit(1)
    note("Initializing database files")
    data_directory.try_to_write()
    server_log.say("System", "MY-015017", "MySQL Server Initialization - start.")
    server_log.say("System", "MY-013169", f"/usr/sbin/mysqld (mysqld {server_log.VERSION}) initializing of server in progress as process 80")
    data_directory.refuse_to_initialize()
    if INIT_ENDS_AT == "files":
        shutil.copy(os.path.join(data_directory.TEMPLATE, "ibdata1"), data_directory.PATH)
        sys.exit(137)
    data_directory.fill(options)
    server_log.say("Warning", "MY-010453", "root@localhost is created with an empty password ! Please consider switching off the --initialize-insecure option.")
    server_log.say("System", "MY-015018", "MySQL Server Initialization - end.")
    if INIT_ENDS_AT == "users":
        sys.exit(137)
    note("Database files initialized")
    note("Starting temporary server")
    server_log.starting(111)
    server_log.innodb_started()
    server = run_server([*options, "--skip-networking"])
    wait_until_ready(server)
    note("Temporary server started.")
    make_users_and_database(env)
    note("Stopping temporary server")
    server_log.say("System", "MY-013172", f"Received SHUTDOWN from user root. Shutting down mysqld (Version: {server_log.VERSION}).")
    server.terminate()
    server.communicate()
    server_log.ended()
    note("Temporary server stopped")
    note("MySQL init process done. Ready for start up.")


def serve(options):
    """Runs the real server until it ends. Returns its exit code."""
    # MySQL hears a stop only once it serves; a wait for another server's lock has no end.
    asked_to_stop = []
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.append(True))
    server_log.starting(1)
    data_directory.refuse_files_of_another()
    server_log.innodb_started()
    data_directory.refuse_damage()
    removed = data_directory.removed_option(options)
    if removed:
        server_log.before_ready()
        server_log.say("ERROR", "MY-000067", f"unknown variable '{removed}'.")
        server_log.aborting()
        return 1
    server = run_server(options)
    stopping = []

    def stop(_signal, _frame):
        if not stopping:
            stopping.append(True)
            server_log.say("System", "MY-013172", f"Received SHUTDOWN from user <via user signal>. Shutting down mysqld (Version: {server_log.VERSION}).")
            server.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if asked_to_stop:
        stop(None, None)
    for line in server.stdout:
        for said in server_log.translate(line, temporary=False):
            server_log.plain(said)
    code = server.wait()
    if code == 0:
        server_log.ended()
    return 128 - code if code < 0 else code


def main():
    arguments = sys.argv[1:]
    if arguments and not arguments[0].startswith("-"):
        if arguments[0] != "mysqld":
            os.execvp(arguments[0], arguments)
        arguments = arguments[1:]
    # PID 1 has no default action for signals: without this a stop during the first run waits for SIGKILL.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    note("Entrypoint script for MySQL Server 8.4.5-1.el9 started.")
    data_directory.take_over()
    if os.getuid() == 0:
        note("Switching to dedicated user 'mysql'")
        note("Entrypoint script for MySQL Server 8.4.5-1.el9 started.")
    if not os.path.isdir(os.path.join(data_directory.PATH, "mysql")):
        initialize(arguments, os.environ)
    sys.exit(serve(arguments))


main()
