"""The HTTP answers of each phase. Readiness is /ready alone: /ping is 200 whatever the phase."""

import json
import re
import threading
import time
import traceback
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from . import migration, output, plugins, resources, traces
from .db_url import DriverError
from .failure import Failure, leaf, with_context, wrapped
from .release import RELEASE, enabled
from .service import MIGRATING, READY, WAITING

GATE = (
    "\nNew migration scripts detected. Database migration is required to launch DevLake.\n"
    "WARNING: Performing migration may wipe collected data for consistency and re-collecting data may be required.\n"
    "To proceed, please send a request to <config-ui-endpoint>/api/proceed-db-migration (or <devlake-endpoint>/proceed-db-migration).\n"
    "Alternatively, you may downgrade back to the previous DevLake version.\n"
)
IN_PROGRESS = "Database migration is in progress. Please wait until it is completed."
# What gin lists while it is put together: these paths have no gate before them.
BEFORE_THE_GATE = (
    [("/ping", "ping.Get"), ("/ready", "ping.Ready"), ("/health", "ping.Health"), ("/version", "version.Get")]
    if RELEASE.probes
    else [("/ping", "ping.Get"), ("/health", "ping.Get"), ("/version", "version.Get")]
)
HEALTH_PATIENCE_SECONDS = 5
# Go's server sends what is longer in chunks.
CHUNKED_ABOVE_BYTES = 2048
JSON_TYPE = "application/json; charset=utf-8"
EMPTY = object()


def envelope(success, message, causes=None):
    return {**({"code": 0} if RELEASE.probes else {}), "success": success, "message": message, "causes": causes, "data": None}


def go_json(value):
    """encoding/json escapes what is special in HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda time: time.isoformat(timespec="milliseconds") + "Z")
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def health(service):
    """Raises Failure. The database is given five seconds; /ready never asks it."""
    if service.status != READY:
        return envelope(True, "maybe")
    failures, asked = [], threading.Event()

    def ask():
        try:
            resources.first_pipeline()
        except Failure as failure:
            failures.append(failure)
        finally:
            asked.set()

    threading.Thread(target=ask, daemon=True).start()
    if not asked.wait(HEALTH_PATIENCE_SECONDS):
        raise leaf("timeout reading from pipelines (500)", traces.HEALTH)
    if failures:
        raise failures[0]
    return envelope(True, "good")


def proceed(service):
    """GET alone has this route."""
    try:
        service.confirm_migration()
    except migration.ScriptFailed as error:
        failure = error.failure(traces.SCRIPT_CONFIRMED)
        output.log_error("failed to execute migration", failure.text())
        raise _refused_migration(failure) from error
    except DriverError as error:
        raise _refused_migration(wrapped(error, traces.SCRIPT_CONFIRMED, 500)) from error
    except Failure as failure:
        # Either a run is under way, or the last one read a blueprint that does not decrypt.
        raise _refused_migration(failure, () if failure.status == 400 else traces.RECOVERED_RELOAD) from failure
    return envelope(True, "success")


def _refused_migration(failure, called=()):
    if RELEASE.panics_in_handler:
        output.recovery(failure.text(), called + traces.RECOVERED_CONFIRM)
        return EmptyAnswer()
    return with_context("error executing migration", traces.devlake("server/api.SetupApiServer.func1 server/api/api.go:133"), failure, failure.status)


class EmptyAnswer(Exception):
    """500 and no body: gin's AbortWithError, whose `error` its access line shows, and its recovery from a panic."""

    def __init__(self, error=""):
        super().__init__(error)
        self.error = error


def _aborts(read):
    """/projects gives its error to gin and answers nothing."""
    try:
        return read()
    except Failure as failure:
        output.log_error("HTTP 500 abort-error", failure.text())
        raise EmptyAnswer(f"error getting projects\ncaused by: {failure.message}") from failure


def _panics(read):
    """/blueprints panics over what it cannot read."""
    try:
        return read()
    except Failure as failure:
        output.recovery(failure.text(), traces.RECOVERED_BLUEPRINTS)
        raise EmptyAnswer from failure


ROUTES = [
    (r"/plugins/(\w+)/connections(?:/(\d+))?", lambda service, name, wanted: _connections(service, name, wanted)),
    (r"/plugins", lambda service: (200, plugins.metrics(service.plugins))),
    (r"/projects", lambda _: (200, _aborts(resources.projects))),
    (r"/projects/([^/]+)", lambda _, name: (200, resources.project(unquote(name)))),
    (r"/blueprints", lambda _: (200, _panics(resources.blueprints))),
    (r"/blueprints/(\d+)", lambda _, wanted: (200, resources.blueprint(wanted))),
    (r"/pipelines", lambda _: (200, resources.pipelines())),
    (r"/pipelines/(\d+)", lambda _, wanted: (200, resources.pipeline(wanted))),
    (r"/pipelines/(\d+)/tasks", lambda _, wanted: (200, resources.tasks(wanted))),
    (r"/domainlayer/repos", lambda _: (200, {"count": 0, "repos": []})),
]
if RELEASE.probes:
    ROUTES += [(r"/store/onboard", lambda _: resources.onboard()), (r"/api-keys", lambda _: (200, {"apikeys": [], "count": 0}))]
if RELEASE.auth:
    ROUTES += [
        (r"/auth/methods", lambda _: (200, {"apiKey": {"enabled": True}})),
        (r"/auth/userinfo", lambda _: (200, {"authenticated": False, "name": "", "email": ""})),
    ]


def _connections(service, name, wanted):
    if name not in service.plugins or name in plugins.WITHOUT_CONNECTIONS:
        return None
    try:
        return resources.connections(name, wanted)
    except resources.ShortTokenPanic as error:
        output.recovery("runtime error: slice bounds out of range [:-20]", traces.HANDLER)
        raise EmptyAnswer from error


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_request(self):
        started = time.monotonic()
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        error = ""
        try:
            status, content_type, body = self.respond(urlsplit(self.path).path)
        except Failure as failure:
            output.log_error(f"HTTP {failure.status} error", failure.text())
            status, content_type, body = failure.status, JSON_TYPE, go_json(envelope(False, failure.text(), failure.causes))
        except EmptyAnswer as empty:
            status, content_type, body, error = 500, None, "", empty.error
        except Exception:
            output.raw("[Recovery] panic recovered:\n" + traceback.format_exc())
            status, content_type, body = 500, None, ""
        # gin writes its line while the answer is still in the buffer.
        output.access(status, time.monotonic() - started, self.client_address[0], self.command, self.path, error)
        self.send(status, content_type, body.encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_request

    def send(self, status, content_type, body):
        chunked = len(body) > CHUNKED_ABOVE_BYTES
        self.send_response_only(status)
        if self.headers.get("Origin") and not RELEASE.auth:
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Expose-Headers", "Content-Length")
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Date", formatdate(usegmt=True))
        # A JSON answer to HEAD has neither.
        if self.command != "HEAD" or content_type != JSON_TYPE:
            self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body)

    def respond(self, path):
        """(status, content type, body) of one request. Raises Failure and EmptyAnswer."""
        service = self.server.service
        if self.command == "GET":
            answered = self.before_the_gate(service, path)
            if answered is not None:
                return 200, *((None, "") if answered is EMPTY else (JSON_TYPE, go_json(answered)))
        if path.startswith("/rest/"):
            return 401, JSON_TYPE, '{"success":false,"message":"token is missing"}'
        if RELEASE.auth and enabled("AUTH_ENABLED") and not path.startswith(("/auth/", "/swagger")):
            return 401, JSON_TYPE, '{"message":"unauthorized","success":false}'
        if service.status in (WAITING, MIGRATING):
            raise leaf(f"{GATE if service.status == WAITING else IN_PROGRESS} (428)", traces.GATE, 428)
        return self.route(service, path)

    def route(self, service, path):
        for pattern, answer in ROUTES if self.command == "GET" else ():
            found = re.fullmatch(pattern, path)
            answered = answer(service, *found.groups()) if found else None
            if answered:
                return answered[0], JSON_TYPE, go_json(answered[1])
        return 404, "text/plain", "404 page not found"

    @staticmethod
    def before_the_gate(service, path):
        if path == "/ping" or (path == "/health" and not RELEASE.probes):
            return EMPTY
        if path == "/version":
            return {"version": RELEASE.version}
        if path == "/proceed-db-migration":
            return proceed(service)
        if path == "/health":
            return health(service)
        if path == "/ready" and RELEASE.probes:
            if service.status != READY:
                raise leaf(f"service is not ready: {service.status} (503)", traces.READY, 503)
            return envelope(True, "ready")
        return None

    def log_message(self, *_):
        """The access line above is the only one."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service, port):
        super().__init__(("", port), Handler)
        self.service = service
