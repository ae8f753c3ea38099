"""The migration scripts, their history table and the gate that an upgrade stands at."""

import os
import time

from . import database, output

HISTORY = (
    "CREATE TABLE IF NOT EXISTS `_devlake_migration_history` (created_at DATETIME(3), "
    "script_version BIGINT UNSIGNED NOT NULL, script_name VARCHAR(255) NOT NULL, comment LONGTEXT, "
    "PRIMARY KEY (script_version, script_name))"
)
_COMMON = "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, created_at DATETIME(3), updated_at DATETIME(3)"

# (version, name, statements); every statement may be repeated, as an interrupted migration is run again.
SCRIPTS = [
    (20220405000001, "addInitTables", [
        f"CREATE TABLE IF NOT EXISTS `_devlake_pipelines` ({_COMMON}, name VARCHAR(255), blueprint_id BIGINT UNSIGNED, plan LONGTEXT, status VARCHAR(100))",
        f"CREATE TABLE IF NOT EXISTS `_devlake_blueprints` ({_COMMON}, name VARCHAR(255), project_name VARCHAR(255), mode VARCHAR(100), plan LONGTEXT, "
        "enable TINYINT(1), is_manual TINYINT(1), cron_config VARCHAR(255), before_plan LONGTEXT, after_plan LONGTEXT)",
    ]),
    (20220929000001, "addProjects", [
        "CREATE TABLE IF NOT EXISTS `projects` (name VARCHAR(255) NOT NULL PRIMARY KEY, description LONGTEXT, created_at DATETIME(3), updated_at DATETIME(3))",
    ]),
    (20230118000001, "addConnectionTables", [
        f"CREATE TABLE IF NOT EXISTS `_tool_github_connections` ({_COMMON}, name VARCHAR(100) UNIQUE, endpoint VARCHAR(255), token TEXT, secret_key TEXT)",
    ]),
    (20230417000001, "addStore", [
        "CREATE TABLE IF NOT EXISTS `_devlake_store` (store_key VARCHAR(255) NOT NULL PRIMARY KEY, store_value JSON, created_at DATETIME(3), updated_at DATETIME(3))",
    ]),
    (20240611000001, "addDomainTables", [
        "CREATE TABLE IF NOT EXISTS `commits` (sha VARCHAR(40) NOT NULL PRIMARY KEY, message LONGTEXT, author_name VARCHAR(255))",
    ]),
]


class MigrationError(Exception):
    """One script failed; those before it are recorded and will not run again."""


def prepare(connection):
    database.query(connection, HISTORY)


def pending(connection):
    """The scripts not yet recorded, and how many are."""
    done = {(int(version), name) for version, name in database.query(connection, "SELECT script_version, script_name FROM `_devlake_migration_history`")}
    return [script for script in SCRIPTS if (script[0], script[1]) not in done], len(done)


def execute(connection):
    """Runs what is pending. STANDIN_SLOW_SCRIPT_SECONDS and STANDIN_FAILING_SCRIPT are for tests alone."""
    scripts, done = pending(connection)
    output.log(f" [migrator] [Execute] pending scripts: {len(scripts)}, executed scripts: {done}, total: {len(SCRIPTS)}")
    for version, name, statements in scripts:
        output.log(f" [migrator] applying migration script {name}:{version}")
        time.sleep(float(os.environ.get("STANDIN_SLOW_SCRIPT_SECONDS") or 0))
        try:
            if os.environ.get("STANDIN_FAILING_SCRIPT") == name:
                database.query(connection, "CREATE TABLE IF NOT EXISTS `_tool_half_migrated` (name INT)")
                database.query(connection, "ALTER TABLE `_tool_half_migrated` ADD COLUMN name INT")
            for statement in statements:
                database.query(connection, statement)
            database.query(
                connection,
                "INSERT INTO `_devlake_migration_history` VALUES (NOW(3), %s, %s, %s)",
                (version, name, "dev migration script"),
            )
        except database.DatabaseError as error:
            raise MigrationError(error.message) from error
