"""The HTTP answers of each phase. Readiness is /ready alone: /ping is 200 whatever the phase."""

import json
import os
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from . import VERSION, database, migration, output, secret
from .service import MIGRATING, READY, WAITING, MigrationInProgress

GATE = (
    "\nNew migration scripts detected. Database migration is required to launch DevLake.\n"
    "WARNING: Performing migration may wipe collected data for consistency and re-collecting data may be required.\n"
    "To proceed, please send a request to <config-ui-endpoint>/api/proceed-db-migration (or <devlake-endpoint>/proceed-db-migration).\n"
    "Alternatively, you may downgrade back to the previous DevLake version.\n"
)
IN_PROGRESS = "Database migration is in progress. Please wait until it is completed."
PLUGINS = ["github", "gitlab", "jira", "org"]
JSON_TYPE = "application/json; charset=utf-8"


class Failure(Exception):
    def __init__(self, message, status=500):
        super().__init__(message)
        self.message, self.status = message, status


class AbortWithEmptyBody(Exception):
    """gin's AbortWithError and its recovery from a panic: 500 and no body."""


def envelope(success, message):
    return {"code": 0, "success": success, "message": message, "causes": None, "data": None}


def go_json(value):
    """encoding/json escapes what is special in HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def rows(columns, table, encrypted=()):
    key = os.environ["ENCRYPTION_SECRET"]
    found = database.once(f"SELECT {', '.join(columns)} FROM `{table}` ORDER BY 1")
    records = [dict(zip(columns, row)) for row in found]
    for record in records:
        for column in encrypted:
            record[column] = secret.decrypt(key, record[column])
    return records


def connections():
    records = rows(["id", "name", "endpoint", "token"], "_tool_github_connections", ["token"])
    return [{**record, "token": record["token"][:4] + "****"} for record in records]


def blueprints():
    records = rows(["id", "name", "project_name", "enable", "is_manual", "plan"], "_devlake_blueprints", ["plan"])
    return {"blueprints": [{**record, "plan": json.loads(record["plan"] or "null")} for record in records], "count": len(records)}


def pipelines():
    records = rows(["id", "name", "status", "plan"], "_devlake_pipelines", ["plan"])
    return {"count": len(records), "pipelines": [{**record, "plan": json.loads(record["plan"] or "null")} for record in records]}


def projects():
    records = rows(["name", "description"], "projects")
    return {"projects": records, "count": len(records)}


def onboard():
    found = database.once("SELECT store_value FROM `_devlake_store` WHERE store_key = 'onboard'")
    return json.loads(found[0][0]) if found else None


def health(service):
    if service.status != READY:
        return envelope(True, "maybe")
    for (plan,) in database.once("SELECT plan FROM `_devlake_pipelines` ORDER BY id DESC LIMIT 1"):
        secret.decrypt(os.environ["ENCRYPTION_SECRET"], plan)
    return envelope(True, "good")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_request(self):
        started = time.monotonic()
        path = urlsplit(self.path).path
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        status, content_type, body = self.respond(path)
        data = body.encode()
        self.send_response_only(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        output.access(status, time.monotonic() - started, self.client_address[0], self.command, self.path)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def respond(self, path):
        """(status, content type, body) of one request."""
        try:
            answer = self.answer(path)
        except Failure as failure:
            return failure.status, JSON_TYPE, go_json(envelope(False, output.error_text(failure.message, failure.status)))
        except AbortWithEmptyBody:
            return 500, None, ""
        except secret.InvalidSecret as error:
            if path in ("/projects", "/blueprints"):
                return 500, None, ""
            return 500, JSON_TYPE, go_json(envelope(False, output.error_text(str(error), 500)))
        except database.DatabaseError as error:
            if path in ("/projects", "/blueprints"):
                return 500, None, ""
            if path == "/store/onboard":
                return 500, JSON_TYPE, '{"error":"Error fetching onboard data"}'
            chain = "".join(f"\nWraps: ({number}) {cause}" for number, cause in enumerate(error.wraps, 2))
            return 500, JSON_TYPE, go_json(envelope(False, f"{error.message} (500){chain}"))
        except Exception:
            output.raw("[Recovery] panic recovered:\n" + traceback.format_exc())
            return 500, None, ""
        if answer is NOT_FOUND:
            return 404, "text/plain", "404 page not found"
        if answer is UNAUTHORISED:
            return 401, JSON_TYPE, '{"success":false,"message":"token is missing"}'
        return 200, *((JSON_TYPE, go_json(answer)) if answer != "" else (None, ""))

    def answer(self, path):
        service = self.server.service
        if path == "/ping":
            return ""
        if path == "/version":
            return {"version": VERSION}
        if path == "/ready":
            if service.status != READY:
                raise Failure(f"service is not ready: {service.status}", 503)
            return envelope(True, "ready")
        if path == "/health":
            return health(service)
        if path == "/proceed-db-migration":
            return self.proceed()
        if service.status in (WAITING, MIGRATING):
            raise Failure(GATE if service.status == WAITING else IN_PROGRESS, 428)
        if path.startswith("/rest/"):
            return UNAUTHORISED
        found = ROUTES.get(path)
        return found() if found and self.command == "GET" else NOT_FOUND

    def proceed(self):
        try:
            self.server.service.confirm_migration()
        except MigrationInProgress as error:
            output.raw("[Recovery] panic recovered:\nThere is a migration in progress. (400)")
            raise AbortWithEmptyBody from error
        except migration.MigrationError as error:
            output.log(f"failed to execute migration\n\tcaused by: {error}", "error")
            raise AbortWithEmptyBody from error
        return envelope(True, "success")

    def log_message(self, *_):
        """The access line above is the only one."""


NOT_FOUND = object()
UNAUTHORISED = object()
ROUTES = {
    "/plugins": lambda: [{"plugin": name, "metric": None} for name in PLUGINS],
    "/projects": projects,
    "/pipelines": pipelines,
    "/blueprints": blueprints,
    "/plugins/github/connections": connections,
    "/store/onboard": onboard,
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(service, port):
    server = Server(("", port), Handler)
    server.service = service
    server.serve_forever()
