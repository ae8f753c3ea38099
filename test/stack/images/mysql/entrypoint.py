#!/usr/bin/env python3
"""Starts MariaDB as the mysql:8 image starts MySQL: the same first-run order, messages and exit codes.

As there, users and databases are made only when the data directory holds no `mysql` folder, through a
temporary server that has no TCP port, so port 3306 opens only when all is made.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone

import server_log

DATADIR = "/var/lib/mysql"
TEMPLATE = "/opt/mysql/template"
SOCKET = "/var/run/mysqld/mysqld.sock"
# MySQL keeps its version in the data dictionary; here a file that a test can raise to play a downgrade.
VERSION_FILE = os.path.join(DATADIR, ".server-version")
SERVER_VERSION = "80405"


def note(text, level="Note", stream=sys.stdout):
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S+00:00")
    print(f"{stamp} [{level}] [Entrypoint]: {text}", file=stream, flush=True)


def as_mysql():
    user = pwd.getpwnam("mysql")
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def run_server(options):
    """Starts mariadbd with its log put into MySQL's words. The caller owns the process."""
    server = subprocess.Popen(
        ["mariadbd", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=as_mysql if os.getuid() == 0 else None,
    )
    return server


def wait_until_ready(server):
    for line in server.stdout:
        for said in server_log.translate(line, temporary=True):
            print(said, file=sys.stderr, flush=True)
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
        print(
            "    You need to specify one of the following as an environment variable:\n"
            "    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD",
            file=sys.stderr,
        )
        sys.exit(1)
    note("Initializing database files")
    server_log.say("System", "MY-013169", f"/usr/sbin/mysqld (mysqld {server_log.VERSION}) initializing of server in progress as process 80")
    refuse_unfit_datadir()
    server_log.say("Warning", "MY-010453", "root@localhost is created with an empty password ! Please consider switching off the --initialize-insecure option.")
    subprocess.run(["cp", "-a", TEMPLATE + "/.", DATADIR], check=True)
    with open(VERSION_FILE, "w", encoding="ascii") as file:
        file.write(SERVER_VERSION)
    note("Database files initialized")
    note("Starting temporary server")
    server = run_server([*options, "--skip-networking"])
    wait_until_ready(server)
    note("Temporary server started.")
    make_users_and_database(env)
    note("Stopping temporary server")
    server_log.say("System", "MY-013172", f"Received SHUTDOWN from user root. Shutting down mysqld (Version: {server_log.VERSION}).")
    server.terminate()
    server.communicate()
    note("Temporary server stopped")
    note("MySQL init process done. Ready for start up.")


def refuse_unfit_datadir():
    """--initialize takes only an empty, writable directory."""
    present = [name for name in os.listdir(DATADIR) if name != "lost+found"]
    if present:
        server_log.say("ERROR", "MY-010457", "--initialize specified but the data directory has files in it. Aborting.")
        server_log.say("ERROR", "MY-013236", f"The designated data directory {DATADIR}/ is unusable. You can remove all files that the server added to it.")
    elif not writable_by_mysql(DATADIR):
        print(f"mysqld: Can't create/write to file '{DATADIR}/is_writable' (OS errno 13 - Permission denied)", file=sys.stderr)
        server_log.say("ERROR", "MY-010460", "--initialize specified but the data directory exists and is not writable. Aborting.")
    else:
        return
    server_log.say("ERROR", "MY-010119", "Aborting")
    sys.exit(1)


def writable_by_mysql(path):
    child = subprocess.run(["test", "-w", path], preexec_fn=as_mysql if os.getuid() == 0 else None, check=False)
    return child.returncode == 0


def take_over_datadir():
    """Like the real entrypoint, root hands the files to mysql; a read-only mount stays as it is."""
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", "mysql:mysql", DATADIR], stderr=subprocess.DEVNULL, check=False)


def refuse_downgrade():
    if not os.path.exists(VERSION_FILE):
        return
    with open(VERSION_FILE, encoding="ascii") as file:
        written_by = file.read().strip()
    if written_by.isdigit() and int(written_by) > int(SERVER_VERSION):
        server_log.say("ERROR", "MY-014061", f"Invalid MySQL server downgrade: Cannot downgrade from {written_by} to {SERVER_VERSION}. Downgrade is only permitted between patch releases.", "InnoDB")
        server_log.say("ERROR", "MY-010334", "Failed to initialize DD Storage Engine")
        server_log.say("ERROR", "MY-010020", "Data Dictionary initialization failed.")
        server_log.say("ERROR", "MY-010119", "Aborting")
        sys.exit(1)


def serve(options):
    """Runs the real server until it ends. Returns its exit code."""
    server_log.say("System", "MY-010116", f"/usr/sbin/mysqld (mysqld {server_log.VERSION}) starting as process 1")
    server = run_server(options)
    stopping = []

    def stop(_signal, _frame):
        if not stopping:
            stopping.append(time.monotonic())
            server_log.say("System", "MY-013172", f"Received SHUTDOWN from user <via user signal>. Shutting down mysqld (Version: {server_log.VERSION}).")
            server.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for line in server.stdout:
        for said in server_log.translate(line, temporary=False):
            print(said, file=sys.stderr, flush=True)
    code = server.wait()
    if code == 0:
        server_log.say("System", "MY-015016", "MySQL Server - end.")
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
    take_over_datadir()
    note("Switching to dedicated user 'mysql'")
    note("Entrypoint script for MySQL Server 8.4.5-1.el9 started.")
    if not os.path.isdir(os.path.join(DATADIR, "mysql")):
        initialize(arguments, os.environ)
    refuse_downgrade()
    shutil.rmtree("/tmp/mysql", ignore_errors=True)
    sys.exit(serve(arguments))


main()
