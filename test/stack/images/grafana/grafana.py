"""Stands in for Grafana 11.6 under a sub path: health, the redirect to the root URL, a database in the volume."""

import json
import os
import signal
import sqlite3
import sys
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

VERSION = "11.6.2"
COMMIT = "6e6ab8cf4ae0a32e6a3ce6d1bc1b0aa2cbf1be0e"
DATABASE = os.path.join(os.environ["GF_PATHS_DATA"], "grafana.db")
ROOT_URL = os.environ.get("GF_SERVER_ROOT_URL", "http://localhost:3000/").rstrip("/")
SUB_PATH = urlparse(ROOT_URL).path if os.environ.get("GF_SERVER_SERVE_FROM_SUB_PATH") == "true" else ""


def log(logger, message, **fields):
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    tail = "".join(f" {key}={value}" for key, value in fields.items())
    print(f'logger={logger} t={stamp} level=info msg="{message}"{tail}', flush=True)


def prepare_database():
    try:
        with sqlite3.connect(DATABASE) as database:
            database.execute("CREATE TABLE IF NOT EXISTS dashboard (id INTEGER PRIMARY KEY, uid TEXT UNIQUE, title TEXT)")
            database.execute("CREATE TABLE IF NOT EXISTS data_source (name TEXT PRIMARY KEY, url TEXT)")
            database.execute("INSERT OR REPLACE INTO data_source VALUES ('mysql', ?)", (os.environ.get("MYSQL_URL", ""),))
    except sqlite3.OperationalError as error:
        cause = "attempt to write a readonly database" if "readonly" in str(error) else str(error)
        sys.exit(f"Error: ✗ *provisioning.ProvisioningServiceImpl run error: Datasource provisioning error: {cause}")


def database_works():
    try:
        database = sqlite3.connect(f"file:{DATABASE}?mode=rw", uri=True)
    except sqlite3.Error:
        return False
    try:
        database.execute("SELECT count(*) FROM dashboard").fetchone()
        return True
    except sqlite3.Error:
        return False
    finally:
        database.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = urlparse(self.path).path
        if SUB_PATH and path != SUB_PATH and not path.startswith(SUB_PATH + "/"):
            self.answer(301, "text/html; charset=utf-8", "", Location=ROOT_URL + self.path)
            return
        path = path[len(SUB_PATH) :] or "/"
        if path == "/api/health":
            ok = database_works()
            body = {"database": "ok" if ok else "failing", "version": VERSION, "commit": COMMIT}
            self.answer(200 if ok else 503, "application/json; charset=UTF-8", json.dumps(body, indent=2))
        elif path == "/login":
            self.answer(200, "text/html; charset=UTF-8", "<!DOCTYPE html><title>Grafana</title>")
        elif path == "/":
            self.answer(302, "text/html; charset=utf-8", "", Location=f"{SUB_PATH}/login")
        else:
            self.answer(404, "application/json; charset=UTF-8", '{"message":"Not found"}')

    do_HEAD = do_GET

    def answer(self, status, content_type, body, **headers):
        data = body.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        """Grafana logs no request that succeeds."""


def stop(*_):
    log("server", "Shutdown started", reason='"System signal: terminated"')
    os._exit(0)


signal.signal(signal.SIGTERM, stop)
log("settings", "Starting Grafana", version=VERSION, commit=COMMIT, branch="HEAD")
prepare_database()
server = ThreadingHTTPServer(("", 3000), Handler)
log("http.server", "HTTP Server Listen", address="[::]:3000", protocol="http", subUrl=SUB_PATH, socket="")
server.serve_forever()
