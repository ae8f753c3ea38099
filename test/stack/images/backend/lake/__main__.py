"""The start, in DevLake's order; the port opens at the very end."""

import os
import signal

from . import VERSION, database, http_api, migration, output
from .service import Service


def start():
    # Go's default action: the process ends on SIGTERM, and tini reports 143.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    output.log("no [.env] file, devlake will read configuration from environment, please make sure you have set correct environment variable.")
    output.raw(f"Version:  {VERSION}")
    if not os.environ.get("ENCRYPTION_SECRET"):
        output.panic("ENCRYPTION_SECRET must be set in environment variable or .env file")
    try:
        connection = database.connect()
    except database.DatabaseError as error:
        output.log(f"\x1b[35m/app/core/runner/db.go:154\n\x1b[0m\x1b[31m[error] \x1b[0mfailed to initialize database, got error {error.message}")
        output.panic(f"{output.error_text(error.message, wraps=error.wraps)}\nError types: (1) {error.types}")
    service = Service()
    force = os.environ.get("FORCE_MIGRATION", "").lower() in ("1", "t", "true")
    port = os.environ.get("PORT") or "8080"
    try:
        migration.prepare(connection)
        output.log("migrator has been initialized")
        service.hold_single_instance_lock(connection)
        for plugin in ("github", "gitlab", "jira", "org"):
            output.log(f"plugin loaded {plugin}")
        output.log("all plugins have been loaded")
        scripts, done = migration.pending(connection)
        waiting = bool(scripts) and done > 0
        output.log(f"has pending scripts? {str(waiting).lower()}, FORCE_MIGRATION: {str(force).lower()}")
        if not waiting or force:
            service.migrate(connection)
    except (database.DatabaseError, migration.MigrationError) as error:
        output.panic(output.error_text(str(error), 500, where="server/services.InitExecuteMigration", source="/app/server/services/init.go:142"))
    if not port.isdigit():
        output.panic(f'PORT [{port}] must be int: strconv.Atoi: parsing "{port}": invalid syntax')
    http_api.serve(service, int(port))


start()
