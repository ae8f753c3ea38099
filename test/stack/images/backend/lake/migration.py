"""The migration scripts, their history table and the gate that an upgrade stands at."""

import os
import time

from . import output
from .db_url import DriverError
from .failure import wrapped
from .release import RELEASE

HISTORY = (
    "CREATE TABLE IF NOT EXISTS `_devlake_migration_history` (created_at DATETIME(3), "
    "script_version BIGINT UNSIGNED NOT NULL, script_name VARCHAR(255) NOT NULL, comment LONGTEXT, "
    "PRIMARY KEY (script_version, script_name))"
)
_RECORD = "INSERT INTO `_devlake_migration_history` (created_at, script_version, script_name, comment) VALUES (NOW(3), %s, %s, %s)"
_COMMON = "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, created_at DATETIME(3), updated_at DATETIME(3)"
_CONNECTION = f"{_COMMON}, name VARCHAR(100) UNIQUE, endpoint VARCHAR(255)"

# (version, name, statements); every statement may be repeated, as an interrupted migration is run again.
_SCRIPTS = [
    (20220405000001, "addInitTables", [
        f"CREATE TABLE IF NOT EXISTS `_devlake_pipelines` ({_COMMON}, name VARCHAR(255), blueprint_id BIGINT UNSIGNED, plan LONGTEXT, status VARCHAR(100))",
        f"CREATE TABLE IF NOT EXISTS `_devlake_tasks` ({_COMMON}, pipeline_id BIGINT UNSIGNED, plugin VARCHAR(255), options LONGTEXT, status VARCHAR(100))",
        f"CREATE TABLE IF NOT EXISTS `_devlake_blueprints` ({_COMMON}, name VARCHAR(255), project_name VARCHAR(255), mode VARCHAR(100), plan LONGTEXT, "
        "enable TINYINT(1), is_manual TINYINT(1), cron_config VARCHAR(255), before_plan LONGTEXT, after_plan LONGTEXT)",
    ]),
    (20220929000001, "addProjects", [
        "CREATE TABLE IF NOT EXISTS `projects` (name VARCHAR(255) NOT NULL PRIMARY KEY, description LONGTEXT, created_at DATETIME(3), updated_at DATETIME(3))",
    ]),
    (20230118000001, "addConnectionTables", [
        f"CREATE TABLE IF NOT EXISTS `_tool_github_connections` ({_CONNECTION}, token TEXT, secret_key TEXT)",
        f"CREATE TABLE IF NOT EXISTS `_tool_jenkins_connections` ({_CONNECTION}, username VARCHAR(255), password TEXT)",
        f"CREATE TABLE IF NOT EXISTS `_tool_webhook_connections` ({_CONNECTION})",
    ]),
    (20230417000001, "addStore", [
        "CREATE TABLE IF NOT EXISTS `_devlake_store` (store_key VARCHAR(255) NOT NULL PRIMARY KEY, store_value JSON, created_at DATETIME(3), updated_at DATETIME(3))",
    ]),
    (20240611000001, "addDomainTables", [
        "CREATE TABLE IF NOT EXISTS `commits` (sha VARCHAR(40) NOT NULL PRIMARY KEY, message LONGTEXT, author_name VARCHAR(255))",
    ]),
]
# The real backend has some 335 scripts, a line of log each: those that make nothing here stand between the others.
_SCRIPTS += [(20220500000000 + 60_000_000 * number, f"modify tables {number}", []) for number in range(1, 331)]
SCRIPTS = sorted(_SCRIPTS, key=lambda script: script[:2])


class ScriptFailed(Exception):
    """One script failed; those before it are recorded and will not run again. `cause` is a DriverError."""

    def __init__(self, cause):
        super().__init__(cause.message)
        self.cause = cause
        # DevLake takes what is there twice for the caller's fault.
        self.status = 400 if "Duplicate" in cause.message else 500

    def failure(self, frames):
        return wrapped(self.cause, frames, self.status)


def prepare(connection):
    connection.query(HISTORY)


def pending(connection):
    """The scripts not yet recorded, and how many are."""
    done = {(int(version), name) for version, name in connection.query("SELECT script_version, script_name FROM `_devlake_migration_history`")}
    return [script for script in SCRIPTS if script[:2] not in done], len(done)


def execute(connection):
    """Runs what is pending. The STANDIN_ settings are for tests alone."""
    scripts, done = pending(connection)
    if RELEASE.probes:
        output.log(f" [migrator] [Execute] pending scripts: {len(scripts)}, executed scripts: {done}, total: {len(SCRIPTS)}")
    for version, name, statements in scripts:
        output.log(f" [migrator] applying migration script {name}:{version}")
        if statements:
            time.sleep(float(os.environ.get("STANDIN_SLOW_SCRIPT_SECONDS") or 0))
        if os.environ.get("STANDIN_FAILING_SCRIPT") == name:
            statements = [
                "CREATE TABLE IF NOT EXISTS `_tool_half_migrated` (name INT)",
                os.environ.get("STANDIN_FAILING_STATEMENT") or "ALTER TABLE `_tool_half_migrated` ADD COLUMN name INT",
            ]
        _run(connection, [(statement, ()) for statement in statements] + [(_RECORD, (version, name, "dev migration script"))])


def _run(connection, statements):
    statement = ""
    try:
        for statement, values in statements:
            connection.query(statement, values)
    except DriverError as error:
        # Once for itself, and once for the script's own way back, which fails like it.
        output.log_statement(error.message, statement)
        output.log_statement(error.message, statement)
        raise ScriptFailed(error) from error
