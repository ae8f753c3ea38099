"""MySQL access whose errors read like those of go-sql-driver/mysql 1.7."""

import re

import pymysql
from pymysql.constants import CLIENT

from . import dialing
from .db_url import DriverError

_STATES = {1044: "42000", 1045: "28000", 1049: "42000", 1060: "42S21", 1061: "42000", 1091: "42000", 1146: "42S02"}
NETWORK_ERRORS = (2006, 2013)
LOCK = ("SET SESSION lock_wait_timeout = 10", "LOCK TABLES `_devlake_locking_stub` WRITE")
LOCK_TIMEOUT = "1205"
STATEMENT_LINE = 154


class _Connection(pymysql.connections.Connection):
    """Asks for TLS before it says who it is, as the Go driver does."""

    tls = asked_host = ""

    def _misfit(self):
        """The certificate that the server made for itself names no host."""
        if re.fullmatch(r"[\d.]+", self.asked_host):
            return f"cannot validate certificate for {self.asked_host} because it doesn't contain any IP SANs"
        return f"certificate is not valid for any names, but wanted to match {self.asked_host}"

    def _request_authentication(self):
        if self.tls in ("true", "custom"):
            if not self.server_capabilities & CLIENT.SSL:
                raise DriverError("TLS requested but server does not support TLS")
            failed, misfit = "tls: failed to verify certificate", f"x509: {self._misfit()}"
            raise DriverError(f"{failed}: {misfit}", [(failed, "*tls.CertificateVerificationError"), (misfit, "x509.HostnameError")])
        super()._request_authentication()


def connect(chosen):
    """One try, never a second: Docker's restart is DevLake's wait for MySQL. No patience of its own either."""
    address = dialing.address_of(chosen.host)
    connection = _Connection(
        host=address, port=chosen.port, user=chosen.user, password=chosen.password, database=chosen.database,
        charset="utf8mb4", autocommit=True, connect_timeout=300, defer_connect=True,
    )
    connection.asked_host = chosen.host
    connection.tls = chosen.query.get("tls", "")
    try:
        connection.connect()
    except pymysql.err.OperationalError as error:
        cause = getattr(error, "original_exception", None)
        if error.args[0] == 2003 and cause is not None:
            raise dialing.dial_error(address, chosen.port, cause) from error
        raise driver_error(error) from error
    except pymysql.err.MySQLError as error:
        raise driver_error(error) from error
    return connection


def driver_error(error):
    number, text = (error.args + (0, ""))[:2]
    text = str(text).replace("this MariaDB server", "this MySQL server")
    # Said before the greeting it has no state, and pymysql takes its first letters for one.
    if number == 1130 and not text.startswith("Host '"):
        text = f"Host '{text}"
    if number in NETWORK_ERRORS or not isinstance(error, pymysql.err.MySQLError):
        return DriverError("invalid connection")
    message = f"Error {number} ({_STATES[number]}): {text}" if number in _STATES else f"Error {number}: {text}" if number == 1130 else f"Error {number} (HY000): {text}"
    return DriverError(message, [(message, "*mysql.MySQLError")])


def query(connection, sql, values):
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    except (pymysql.err.MySQLError, OSError) as error:
        raise driver_error(error) from error
