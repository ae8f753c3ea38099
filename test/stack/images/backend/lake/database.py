"""MySQL access whose errors read like those of Go's dialer and of go-sql-driver/mysql 1.7."""

import errno
import os
import re
import socket
from urllib.parse import unquote, urlsplit

import pymysql

from . import output

SQL_STATES = {1044: "42000", 1045: "28000", 1049: "42000", 1060: "42S21", 1091: "42000", 1146: "42S02"}


class DatabaseError(Exception):
    """`wraps` are the parts that DevLake's error library prints below the message; `types` their Go types."""

    def __init__(self, message, wraps=(), types="*hintdetail.withDetail (2) *mysql.MySQLError"):
        super().__init__(message)
        self.message, self.wraps, self.types = message, tuple(wraps), types


def settings():
    """Host, port, user, password and database of DB_URL. Panics as DevLake does on one that it cannot use."""
    url = os.environ.get("DB_URL", "")
    if not url:
        output.panic("DB_URL is required, please set it in environment variable or .env file (400)")
    parts = urlsplit(url)
    if parts.scheme != "mysql":
        output.panic(f"invalid DB_URL:{url}")
    return {
        "host": parts.hostname or "",
        "port": parts.port or 3306,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": parts.path.lstrip("/"),
    }


def _address(host, port):
    try:
        return socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    except socket.gaierror as error:
        reason = "server misbehaving" if error.errno == socket.EAI_AGAIN else "no such host"
        resolver = "127.0.0.11"
        with open("/etc/resolv.conf", encoding="ascii", errors="replace") as file:
            found = re.search(r"^nameserver\s+(\S+)", file.read(), re.MULTILINE)
            resolver = found.group(1) if found else resolver
        lookup = f"lookup {host} on {resolver}:53: {reason}"
        raise DatabaseError(f"dial tcp: {lookup}", ["dial tcp", lookup], "*hintdetail.withDetail (2) *net.OpError (3) *net.DNSError") from error


def _dial_error(address, port, cause):
    target = f"dial tcp {address}:{port}"
    if isinstance(cause, TimeoutError):
        return DatabaseError(f"{target}: i/o timeout", [target, "i/o timeout"], "*hintdetail.withDetail (2) *net.OpError (3) *poll.TimeoutError")
    reason = {errno.ECONNREFUSED: "connection refused", errno.EHOSTUNREACH: "no route to host"}.get(getattr(cause, "errno", None), str(cause).lower())
    types = "*hintdetail.withDetail (2) *net.OpError (3) *os.SyscallError (4) syscall.Errno"
    return DatabaseError(f"{target}: connect: {reason}", [target, "connect", reason], types)


def driver_error(error):
    number, text = (error.args + (0, ""))[:2]
    if number in (2006, 2013):
        return DatabaseError("invalid connection", (), "*hintdetail.withDetail (2) *errors.errorString")
    return DatabaseError(f"Error {number} ({SQL_STATES.get(number, 'HY000')}): {text}")


def connect(timeout=5, read_timeout=None):
    """One try, never a second: Docker's restart is DevLake's wait for MySQL."""
    chosen = settings()
    address = _address(chosen["host"], chosen["port"])
    try:
        return pymysql.connect(
            **{**chosen, "host": address}, charset="utf8mb4", autocommit=True, connect_timeout=timeout, read_timeout=read_timeout
        )
    except pymysql.err.OperationalError as error:
        cause = getattr(error, "original_exception", None)
        if error.args[0] == 2003 and cause is not None:
            raise _dial_error(address, chosen["port"], cause) from error
        raise driver_error(error) from error
    except pymysql.err.MySQLError as error:
        raise driver_error(error) from error


def query(connection, sql, values=()):
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    except (pymysql.err.MySQLError, OSError) as error:
        raise (driver_error(error) if isinstance(error, pymysql.err.MySQLError) else DatabaseError("invalid connection")) from error


def once(sql, values=(), read_timeout=5):
    """One statement on a connection of its own, so that a database that went and came back is found again."""
    connection = connect(read_timeout=read_timeout)
    try:
        return query(connection, sql, values)
    finally:
        connection.close()
