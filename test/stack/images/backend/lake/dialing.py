"""Name look-ups and connections whose errors read like those of Go's dialer."""

import errno
import re
import socket

from .db_url import DriverError

_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ETIMEDOUT: "connection timed out",
}


def address_of(host):
    try:
        return socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    except socket.gaierror as error:
        reason = "server misbehaving" if error.errno == socket.EAI_AGAIN else "no such host"
        lookup = f"lookup {host} on {_resolver()}:53: {reason}"
        raise DriverError(f"dial tcp: {lookup}", [("dial tcp", "*net.OpError"), (lookup, "*net.DNSError")]) from error


def _resolver():
    with open("/etc/resolv.conf", encoding="ascii", errors="replace") as file:
        found = re.search(r"^nameserver\s+(\S+)", file.read(), re.MULTILINE)
    return found.group(1) if found else "127.0.0.11"


def dial_error(address, port, cause):
    target = f"dial tcp {address}:{port}"
    # Go gives the kernel's own patience, so a connection that times out says it in the kernel's words.
    number = errno.ETIMEDOUT if isinstance(cause, TimeoutError) else getattr(cause, "errno", None)
    reason = _REASONS.get(number, str(cause).lower())
    wraps = [(target, "*net.OpError"), ("connect", "*os.SyscallError"), (reason, "syscall.Errno")]
    return DriverError(f"{target}: connect: {reason}", wraps)
