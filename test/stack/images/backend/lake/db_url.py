"""DB_URL as Go's url.Parse and DevLake's runner read it, with the errors that they have for one that cannot be used."""

import os
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from .failure import PREFIX, Failure, leaf, wrapped
from .traces import CONNECT

_ERROR_STRING = "*errors.errorString"


class DriverError(Exception):
    """`wraps` are the parts below the message: (text, Go type), and the depth of what a joined error holds."""

    def __init__(self, message, wraps=()):
        super().__init__(message)
        self.message = message
        self.wraps = tuple(wraps) or ((message, _ERROR_STRING),)


@dataclass(frozen=True)
class Settings:
    postgres: bool
    host: str
    port: int
    user: str
    password: str
    database: str
    query: dict


def _parse_error(url, text, kind=_ERROR_STRING):
    return wrapped(DriverError(f'parse "{url}": {text}', [(f'parse "{url}"', "*url.Error"), (text, kind)]), CONNECT)


def settings():
    """Raises Failure before anything was tried, and DriverError where gorm's driver refuses what it is given."""
    given = os.environ.get("DB_URL", "")
    if not given:
        raise leaf("DB_URL is required, please set it in environment variable or .env file (400)", CONNECT)
    url = given.split("#", 1)[0]
    scheme, separator, rest = url.partition(":")
    scheme = scheme.lower() if separator and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) else ""
    hierarchical = rest.startswith("//")
    authority, _, path = rest[2:].partition("?")[0].partition("/") if hierarchical else ("", "", "")
    user_info, at, host_port = authority.rpartition("@")
    bad_escape = re.search(r"%(?![0-9A-Fa-f]{2}).{0,2}", user_info)
    if bad_escape:
        raise _parse_error(url, f'invalid URL escape "{bad_escape.group()}"', "url.EscapeError")
    host, colon, port = host_port.partition(":")
    if colon and not port.isdigit():
        raise _parse_error(url, f'invalid port "{colon}{port}" after host')
    if scheme not in ("mysql", "postgres", "postgresql", "pg"):
        text = f"invalid DB_URL:{given}"
        raise Failure([("trace", CONNECT), (text, PREFIX), (text, _ERROR_STRING)])
    query = {key: values[0] for key, values in parse_qs(rest.partition("?")[2]).items()}
    _require_certificate(query)
    if not hierarchical:
        raise DriverError("invalid DSN: missing the slash separating the database name")
    user, _, password = user_info.partition(":") if at else ("", "", "")
    postgres = scheme != "mysql"
    return Settings(postgres, host, int(port or (5432 if postgres else 3306)), unquote(user), unquote(password), unquote(path), query)


def _require_certificate(query):
    path = query.get("ca-cert", "")
    if query.get("tls") == "custom" and not os.path.exists(path):
        reason = "no such file or directory"
        raise wrapped(DriverError(f"open {path}: {reason}", [(f"open {path}", "*fs.PathError"), (reason, "syscall.Errno")]), CONNECT)
