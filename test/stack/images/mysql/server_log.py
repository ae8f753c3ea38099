"""MariaDB's log lines in the words of MySQL 8.4, as far as anyone reads them to find a fault."""

import re
import sys
from datetime import datetime, timezone

VERSION = "8.4.5"

# (what MariaDB says, MySQL's level, code, subsystem, text with its groups; None keeps the text that was matched)
RULES = [
    (re.compile(r"ready for connections"), None, None, None, None),
    (re.compile(r"InnoDB: (Unable to lock .*)"), "ERROR", "MY-012574", "InnoDB", None),
    (re.compile(r"InnoDB: (Retry attempts for writing partial data failed\.)"), "Warning", "MY-012638", "InnoDB", None),
    (re.compile(r"InnoDB: (Write to file .*)"), "ERROR", "MY-012639", "InnoDB", None),
    (re.compile(r"InnoDB: (Error number 28 means .*)"), "ERROR", "MY-012640", "InnoDB", None),
    (
        re.compile(r"InnoDB: preallocating (\d+) bytes for file (\S+) failed with error 28"),
        "ERROR",
        "MY-012144",
        "InnoDB",
        r"posix_fallocate(): Failed to preallocate data for file \2, desired size \1 bytes. Operating system error number 28. Check that the disk is not full or a disk quota exceeded. Make sure the file system supports this function. Refer to your operating system documentation for operating system error code information.",
    ),
    (re.compile(r"(?:mariadbd|mysqld): The table '(.*)' is full"), "ERROR", "MY-013132", "Server", r"The table '\1' is full!"),
    (re.compile(r"InnoDB: (The innodb_system data file '.*)"), "ERROR", "MY-012271", "InnoDB", None),
    (re.compile(r"InnoDB: (Plugin initialization aborted.*)"), "ERROR", "MY-012930", "InnoDB", None),
    (re.compile(r"(unknown variable '.*')"), "ERROR", "MY-000067", "Server", None),
    (re.compile(r"\[ERROR\] .*Aborting"), "ERROR", "MY-010119", "Server", "Aborting"),
    (re.compile(r"\[ERROR\] (.*)"), "ERROR", "MY-000000", "Server", None),
    (re.compile(r"^(mysqld: |mariadbd: |mysqld got signal)(.*)"), None, None, None, "raw"),
]


def line(level, code, text, subsystem="Server", thread=0):
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{stamp} {thread} [{level}] [{code}] [{subsystem}] {text}"


def say(level, code, text, subsystem="Server"):
    print(line(level, code, text, subsystem, 1 if subsystem == "InnoDB" else 0), file=sys.stderr, flush=True)


def plain(text):
    print(text, file=sys.stderr, flush=True)


def starting(process):
    say("System", "MY-015015", "MySQL Server - start.")
    say("System", "MY-010116", f"/usr/sbin/mysqld (mysqld {VERSION}) starting as process {process}")


def innodb_started():
    say("System", "MY-013576", "InnoDB initialization has started.", "InnoDB")


def innodb_ended():
    say("System", "MY-013577", "InnoDB initialization has ended.", "InnoDB")


def before_ready():
    innodb_ended()
    say("Warning", "MY-010068", "CA certificate ca.pem is self signed.")
    say("System", "MY-013602", "Channel mysql_main configured to support TLS. Encrypted connections are now supported for this channel.")
    say("Warning", "MY-011810", "Insecure configuration for --pid-file: Location '/var/run/mysqld' in the path is accessible to all OS users. Consider choosing a different directory.")


def ended():
    say("System", "MY-010910", f"/usr/sbin/mysqld: Shutdown complete (mysqld {VERSION})  MySQL Community Server - GPL.")
    say("System", "MY-015016", "MySQL Server - end.")


def aborting():
    """The end of a server that could not start."""
    say("ERROR", "MY-010119", "Aborting")
    ended()


def ready(temporary):
    # The X plugin's line names port 33060: whoever looks for `port: 3306` without the blank falls for it.
    port = 0 if temporary else 3306
    socket = "/var/run/mysqld/mysqld.sock"
    x_socket = "/var/run/mysqld/mysqlx.sock"
    listens = f"Socket: {x_socket}" if temporary else f"Bind-address: '::' port: 33060, socket: {x_socket}"
    return [
        line("System", "MY-011323", f"X Plugin ready for connections. {listens}"),
        line("System", "MY-010931", f"/usr/sbin/mysqld: ready for connections. Version: '{VERSION}'  socket: '{socket}'  port: {port}  MySQL Community Server - GPL."),
    ]


def translate(raw, temporary):
    """The MySQL lines for one line of MariaDB's log: none for what MySQL would not say."""
    for pattern, level, code, subsystem, text in RULES:
        found = pattern.search(raw)
        if not found:
            continue
        if code is None:
            if text == "raw":
                return [raw.rstrip().replace("mariadbd:", "mysqld:")]
            before_ready()
            return ready(temporary)
        return [line(level, code, found.expand(text) if text else found.group(1), subsystem, 1 if subsystem == "InnoDB" else 0)]
    return []
