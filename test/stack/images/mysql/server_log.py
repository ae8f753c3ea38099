"""MariaDB's log lines in the words of MySQL 8.4, as far as anyone reads them to find a fault."""

import re
import sys
from datetime import datetime, timezone

VERSION = "8.4.5"

# (what MariaDB says, MySQL's level, code, subsystem, text; None keeps the text that was matched)
RULES = [
    (re.compile(r"ready for connections"), None, None, None, None),
    (re.compile(r"Shutdown complete"), "System", "MY-010910", "Server", f"/usr/sbin/mysqld: Shutdown complete (mysqld {VERSION})  MySQL Community Server - GPL."),
    (re.compile(r"InnoDB: (Unable to lock .*)"), "ERROR", "MY-012574", "InnoDB", None),
    (re.compile(r"InnoDB: (Retry attempts for writing partial data failed\.)"), "ERROR", "MY-012638", "InnoDB", None),
    (re.compile(r"InnoDB: (Write to file .*)"), "ERROR", "MY-012639", "InnoDB", None),
    (re.compile(r"InnoDB: (The innodb_system data file '.*)"), "ERROR", "MY-012271", "InnoDB", None),
    (re.compile(r"InnoDB: (Plugin initialization aborted.*)"), "ERROR", "MY-012930", "InnoDB", None),
    (re.compile(r"(unknown variable '.*')"), "ERROR", "MY-000067", "Server", None),
    (re.compile(r"\[ERROR\] .*Aborting"), "ERROR", "MY-010119", "Server", "Aborting"),
    (re.compile(r"\[ERROR\] (.*)"), "ERROR", "MY-000000", "Server", None),
    (re.compile(r"^(mysqld: |mariadbd: |mysqld got signal)(.*)"), None, None, None, "raw"),
]


def line(level, code, text, subsystem="Server"):
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{stamp} 0 [{level}] [{code}] [{subsystem}] {text}"


def say(level, code, text, subsystem="Server"):
    print(line(level, code, text, subsystem), file=sys.stderr, flush=True)


def ready(temporary):
    # The X plugin's line names port 33060: whoever looks for `port: 3306` without the blank falls for it.
    port = 0 if temporary else 3306
    socket = "/var/run/mysqld/mysqld.sock"
    lines = [line("System", "MY-010931", f"/usr/sbin/mysqld: ready for connections. Version: '{VERSION}'  socket: '{socket}'  port: {port}  MySQL Community Server - GPL.")]
    if not temporary:
        x_socket = "/var/run/mysqld/mysqlx.sock"
        lines.insert(0, line("System", "MY-011323", f"X Plugin ready for connections. Bind-address: '::' port: 33060, socket: {x_socket}"))
    return lines


def translate(raw, temporary):
    """The MySQL lines for one line of MariaDB's log: none for what MySQL would not say."""
    for pattern, level, code, subsystem, text in RULES:
        found = pattern.search(raw)
        if not found:
            continue
        if code is None:
            return [raw.rstrip().replace("mariadbd:", "mysqld:")] if text == "raw" else ready(temporary)
        return [line(level, code, text or found.group(1), subsystem)]
    return []
