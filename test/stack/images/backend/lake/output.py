"""Where the backend writes: logrus lines to stdout and the log file, panics to stderr as Go prints them."""

import os
import sys
import threading
from datetime import datetime, timezone

_lock = threading.Lock()


def stack_traces():
    return os.environ.get("ENABLE_STACKTRACE", "").lower() in ("1", "t", "true")


def _append_to_file(line):
    try:
        with open(os.path.join(os.environ.get("LOGGING_DIR") or "/app/logs", "devlake.log"), "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError:
        # A log volume that cannot be written does not stop the backend.
        return


def _quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\x1b", "\\x1b") + '"'


def log(message, level="info"):
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    line = f'time="{stamp}" level={level} msg={_quote(message)}'
    with _lock:
        print(line, flush=True)
        _append_to_file(line)


def raw(line):
    with _lock:
        print(line, file=sys.stderr, flush=True)


def access(status, seconds, client, method, path):
    stamp = datetime.now(timezone.utc).strftime("%Y/%m/%d - %H:%M:%S")
    took = f"{seconds * 1e6:.3f}µs" if seconds < 0.001 else f"{seconds * 1e3:.6f}ms" if seconds < 1 else f"{seconds:.9f}s"
    with _lock:
        print(f'[GIN] {stamp} | {status:3d} | {took:>13} | {client:>15} | {method:<7}  "{path}"', flush=True)


def panic(text):
    """A plain Go panic: exit code 2, which Docker's restart policy then acts on."""
    raw(f"panic: {text}\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/server/main.go:31 +0x1d4")
    sys.stdout.flush()
    os._exit(2)


def error_text(message, status=None, wraps=(), where="core/runner.NewGormDbEx", source="/app/core/runner/db.go:90"):
    """DevLake's error as it prints it. `wraps` are the causes, outermost first."""
    shown = f"{message} ({status})" if status else message
    if not stack_traces():
        chain = [f"Wraps: ({number}) {cause}" for number, cause in enumerate(wraps, 2)]
        return "\n".join([shown, *chain])
    trace = [
        "attached stack trace",
        "  -- stack trace:",
        f"  | github.com/apache/incubator-devlake/{where}",
        f"  | \t{source}",
        "  | main.main",
        "  | \t/app/server/main.go:34",
        "  | runtime.main",
        "  | \t/usr/local/go/src/runtime/proc.go:250",
        "  | runtime.goexit",
        "  | \t/usr/local/go/src/runtime/asm_amd64.s:1598",
    ]
    causes = [shown, *wraps]
    return "\n".join([*trace, *(f"Wraps: ({number}) {cause}" for number, cause in enumerate(causes, 2))])
