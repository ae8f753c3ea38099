"""Where the backend writes: logrus lines to stdout and the log file, panics to stderr as Go prints them."""

import os
import sys
import threading
from datetime import datetime, timezone

from . import traces

_lock = threading.Lock()


def _now(form):
    return datetime.now(timezone.utc).strftime(form)


def _directory():
    return os.environ.get("LOGGING_DIR") or "/app/logs"


def open_log_file():
    """A log volume that cannot be written does not stop the backend: it says so once."""
    try:
        os.makedirs(_directory(), exist_ok=True)
        open(os.path.join(_directory(), "devlake.log"), "a", encoding="utf-8").close()
    except OSError as error:
        path, reason = f"mkdir {_directory()}", error.strerror.lower()
        chain = "\n".join([f"{path}: {reason}", f"Wraps: (2) {path}", f"Wraps: (3) {reason}"])
        log_error("Failed to create filestream for logs. Logs will not be piped to files.", chain, "warning")


def _append_to_file(line):
    try:
        with open(os.path.join(_directory(), "devlake.log"), "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError:
        # Said when it was opened; stdout has the line.
        return


def _quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\x1b", "\\x1b") + '"'


def log(message, level="info"):
    line = f'time="{_now("%Y-%m-%d %H:%M:%S")}" level={level} msg={_quote(message)}'
    with _lock:
        print(line, flush=True)
        _append_to_file(line)


def log_error(words, error_text, level="error"):
    log(f"{words}\n\tcaused by: " + error_text.replace("\n", "\n\t"), level)


def log_statement(error_text, statement, rows=0):
    """gorm's line about a statement that failed: level info, as everything that gorm says."""
    log(f"\x1b[31;1m/app/impls/dalgorm/dalgorm.go:209 \x1b[35;1m{error_text}\n\x1b[0m\x1b[33m[0.227ms] \x1b[34;1m[rows:{rows}]\x1b[0m {statement}")


def before_settings(message):
    """The first line of all goes to stderr, and has another form of time."""
    raw(f'time="{_now("%Y-%m-%dT%H:%M:%SZ")}" level=info msg={_quote(message)}')


def raw(text):
    with _lock:
        print(text, file=sys.stderr, flush=True)


def bad_idle_connection():
    raw(f"[mysql] {_now('%Y/%m/%d %H:%M:%S')} packets.go:122: closing bad idle connection: EOF")


def plain(text):
    with _lock:
        print(text, flush=True)


def access(status, seconds, client, method, path, error=""):
    took = f"{seconds * 1e6:.3f}µs" if seconds < 0.001 else f"{seconds * 1e3:.6f}ms" if seconds < 1 else f"{seconds:.9f}s"
    line = f'[GIN] {_now("%Y/%m/%d - %H:%M:%S")} | {status:3d} | {took:>13} | {client:>15} | {method:<7}  "{path}"'
    plain(line + (f"\nError #01: {error}" if error else ""))


def recovery(error_text, frames):
    """gin's recovery from a panic in a handler."""
    when = _now("%Y/%m/%d %H:%M:%S")
    raw(f"\n\n\x1b[31m{when} [Recovery] {when.replace(' ', ' - ')} panic recovered:\n{error_text}\n{traces.recovered(frames)}\n\x1b[0m")


def panic(text, frames=()):
    """A plain Go panic: exit code 2, which Docker's restart policy then acts on."""
    raw(f"panic: {text}\n\n{traces.goroutine(frames)}")
    sys.stdout.flush()
    os._exit(2)
