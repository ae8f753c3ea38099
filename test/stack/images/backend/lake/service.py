"""The state behind the HTTP answers: waiting for a confirmation, migrating, or ready."""

import os
import threading

from . import database, migration, output, plugins, secrets_of_rows, traces
from .db_url import DriverError
from .failure import leaf
from .release import RELEASE

WAITING, MIGRATING, READY = "waiting for migration confirmation", "migrating", "ready"
BLUEPRINTS = "SELECT * FROM `_devlake_blueprints` WHERE enable = true AND is_manual = false ORDER BY id DESC"


class Service:
    def __init__(self):
        self.status = WAITING
        self.plugins = ()
        self._lock = threading.Lock()
        self._held = None

    def hold_single_instance_lock(self, connection):
        """Keeps a table lock for the life of the process, so that no second backend uses the database."""
        connection.query("CREATE TABLE IF NOT EXISTS `_devlake_locking_history` (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, hostname VARCHAR(255), version VARCHAR(255), created_at DATETIME(3), succeeded TINYINT(1))")
        connection.query("INSERT INTO `_devlake_locking_history` (hostname, created_at, succeeded) VALUES (%s, NOW(3), false)", (os.uname().nodename,))
        held = database.connect()
        try:
            # The patience first: creating the table waits for its holder too.
            patience, *lock = held.driver.LOCK
            for statement in (patience, "CREATE TABLE IF NOT EXISTS `_devlake_locking_stub` (stub VARCHAR(255) NOT NULL PRIMARY KEY)", *lock):
                held.query(statement)
        except DriverError as error:
            if held.driver.LOCK_TIMEOUT not in error.message:
                raise
            output.panic("locking _devlake_locking_stub timeout, the database might be locked by another devlake instance", traces.GO_LOCK)
        self._held = held

    def load_plugins(self):
        self.plugins = plugins.load()

    def migrate(self, connection, frames):
        """Raises ScriptFailed, or Failure for a blueprint that cannot be read; `frames` is where that is read from."""
        migration.execute(connection)
        plugins.initialise(self.plugins)
        self._schedule(connection, frames)
        self.status = READY

    def _schedule(self, connection, frames):
        """The scheduler reads every enabled blueprint: one that does not decrypt ends the start, or the migration."""
        rows = connection.query(BLUEPRINTS.replace("*", "plan, before_plan, after_plan, id, cron_config"))
        failed = sum(not secrets_of_rows.decrypts(value) for row in rows for value in row[:3])
        if failed:
            raise secrets_of_rows.failure(failed, BLUEPRINTS, frames, len(rows))
        if RELEASE.probes:
            for number, row in enumerate(rows, 1):
                output.log(f"added blueprint {row[3]} to cronjobs, cron id: {number}, cron config: {row[4]}")
        output.log(f"total {len(rows)} blueprints were scheduled")

    def watch_pipelines(self):
        plugins.watch_pipelines(lambda: database.once("SELECT id FROM `_devlake_pipelines` LIMIT 1"))

    def confirm_migration(self):
        """Runs what waits. From v1.0 on a failure leaves `migrating` behind, until the process is started again."""
        if self.status == READY:
            return
        with self._lock:
            if self.status == MIGRATING and RELEASE.stays_migrating:
                raise leaf("There is a migration in progress. (400)", traces.IN_PROGRESS, 400)
            self.status = MIGRATING if RELEASE.stays_migrating else WAITING
        connection = database.connect()
        try:
            self.migrate(connection, traces.RELOAD_CONFIRMED)
            self.watch_pipelines()
        finally:
            connection.close()
