"""The start, in DevLake's order; the port opens at the very end."""

import os
import signal

from . import database, http_api, migration, output, traces
from .db_url import DriverError
from .failure import Failure, wrapped
from .release import RELEASE, enabled
from .service import MIGRATING, READY, Service

_GIN_DEBUG = """[GIN-debug] [WARNING] Creating an Engine instance with the Logger and Recovery middleware already attached.

[GIN-debug] [WARNING] Running in "debug" mode. Switch to "release" mode in production.
 - using env:	export GIN_MODE=release
 - using code:	gin.SetMode(gin.ReleaseMode)
"""


def connect():
    try:
        return database.connect()
    except DriverError as error:
        output.log(f"\x1b[35m/app/core/runner/db.go:{database.source_line()}\n\x1b[0m\x1b[31m[error] \x1b[0mfailed to initialize database, got error {error.message}")
        return output.panic(wrapped(error, traces.CONNECT).text(), traces.GO_CONNECT)
    except Failure as failure:
        return output.panic(failure.text(), traces.GO_CONNECT)


def load(service):
    try:
        service.load_plugins()
    except Failure as failure:
        output.panic(failure.text(), traces.GO_PLUGINS)
    if RELEASE.auth and enabled("AUTH_ENABLED"):
        if not os.environ.get("SESSION_SECRET"):
            output.panic("auth init: AUTH_ENABLED=true but SESSION_SECRET is not set", traces.GO_AUTH)
        output.log("AUTH_ENABLED but OIDC_ENABLED=false: only API-key/proxy auth will work")


def migrate_or_wait(service, connection):
    force = enabled("FORCE_MIGRATION")
    scripts, done = migration.pending(connection)
    waiting = bool(scripts) and done > 0
    if RELEASE.probes:
        output.log(f"has pending scripts? {str(waiting).lower()}, FORCE_MIGRATION: {RELEASE.force_verb.format(str(force).lower())}")
    if waiting and not force:
        output.log("db migration confirmation needed" if RELEASE.probes else "Db migration confirmation needed")
        return
    service.status = MIGRATING
    try:
        service.migrate(connection, traces.RELOAD_AT_START)
    except migration.ScriptFailed as error:
        failure = error.failure(traces.SCRIPT_AT_START)
        output.log_error("failed to execute migration", failure.text())
        output.panic(failure.text(), traces.GO_SCRIPT)
    except Failure as failure:
        output.panic(failure.text(), traces.GO_RELOAD)
    except DriverError as error:
        output.panic(wrapped(error, traces.SCRIPT_AT_START, 500).text(), traces.GO_SCRIPT)
    # v0.21 says that a confirmation is needed when none is.
    done_words = "db migration without confirmation" if waiting else "no db migration needed"
    output.log(done_words if RELEASE.probes else "Db migration confirmation needed")


def listen(service):
    handlers = "3 handlers" if RELEASE.auth or not RELEASE.probes else "4 handlers"
    output.plain(_GIN_DEBUG)
    for path, handler in http_api.BEFORE_THE_GATE:
        output.plain(f"[GIN-debug] GET    {path:<25} --> {traces.DEVLAKE}server/api/{handler} ({handlers})")
    mode = os.environ.get("MODE") or "debug"
    if mode not in ("debug", "release", "test"):
        output.panic(f"gin mode unknown: {mode} (available mode: debug release test)", traces.GO_MODE)
    if service.status == READY:
        service.watch_pipelines()
    port = os.environ.get("PORT") or "8080"
    if not port.isdigit():
        output.panic(f'PORT [{port}] must be int: strconv.Atoi: parsing "{port}": invalid syntax', traces.GO_SERVE)
    if int(port) > 65535:
        output.panic(f"listen tcp: address {port}: invalid port", traces.GO_SERVE)
    try:
        server = http_api.Server(service, int(port))
    except OSError as error:
        output.panic(f"listen tcp :{port}: bind: {error.strerror.lower()}", traces.GO_SERVE)
    server.serve_forever()


def start():
    # Go's default action: the process ends on SIGTERM, and tini reports 143.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    output.raw(f"Version:  {RELEASE.version}")
    output.before_settings(
        "no [.env] file, devlake will read configuration from environment, please make sure you have set correct environment variable."
        if RELEASE.probes
        else "no [.env] file, please make sure you have set the environment variable."
    )
    if not os.environ.get("ENCRYPTION_SECRET"):
        output.panic("ENCRYPTION_SECRET must be set in environment variable or .env file")
    output.open_log_file()
    connection = connect()
    service = Service()
    try:
        migration.prepare(connection)
        output.log("migrator has been initialized" if RELEASE.probes else "migration initialized")
        service.hold_single_instance_lock(connection)
    except DriverError as error:
        output.panic(wrapped(error, traces.CONNECT, 500).text(), traces.GO_CONNECT)
    load(service)
    migrate_or_wait(service, connection)
    listen(service)


start()
