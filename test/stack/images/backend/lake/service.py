"""The state behind the HTTP answers: waiting for a confirmation, migrating, or ready."""

import os
import threading

from . import database, migration, output, secret

WAITING, MIGRATING, READY = "waiting for migration confirmation", "migrating", "ready"
BLUEPRINTS = "SELECT * FROM `_devlake_blueprints` WHERE enable = true AND is_manual = false ORDER BY id DESC"


class MigrationInProgress(Exception):
    """A second confirmation while the first one runs, or after it failed."""


class Service:
    def __init__(self):
        self.status = WAITING
        self._lock = threading.Lock()
        self._held = None

    def hold_single_instance_lock(self, connection):
        """Keeps a table lock for the life of the process, so that no second backend uses the database."""
        database.query(connection, "CREATE TABLE IF NOT EXISTS `_devlake_locking_history` (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, hostname VARCHAR(255), version VARCHAR(255), created_at DATETIME(3), succeeded TINYINT(1))")
        database.query(connection, "INSERT INTO `_devlake_locking_history` (hostname, created_at, succeeded) VALUES (%s, NOW(3), false)", (os.uname().nodename,))
        held = database.connect()
        try:
            database.query(held, "SET SESSION lock_wait_timeout = 10")
            database.query(held, "CREATE TABLE IF NOT EXISTS `_devlake_locking_stub` (stub VARCHAR(255) NOT NULL PRIMARY KEY)")
            database.query(held, "LOCK TABLES `_devlake_locking_stub` WRITE")
        except database.DatabaseError as error:
            if "1205" not in error.message:
                raise
            output.panic("locking _devlake_locking_stub timeout, the database might be locked by another devlake instance")
        self._held = held

    def check_blueprints(self, connection):
        """The scheduler reads every enabled blueprint at start: one that does not decrypt ends the process."""
        rows = database.query(connection, BLUEPRINTS.replace("*", "plan, before_plan, after_plan"))
        failures = sum(not self._decrypts(row) for row in rows)
        if failures:
            repeated = "; ".join(["invalid encryptionSecret"] * (3 * failures))
            output.log(f"\x1b[35m/app/impls/dalgorm/dalgorm.go:247 \x1b[35;1m{repeated}\n\x1b[0m\x1b[33m[1.201ms] \x1b[34;1m[rows:{len(rows)}]\x1b[0m {BLUEPRINTS}")
            output.panic(output.error_text(repeated, 500, where="server/services.ReloadBlueprints", source="/app/server/services/blueprint.go:262"))

    @staticmethod
    def _decrypts(values):
        try:
            for value in values:
                secret.decrypt(os.environ["ENCRYPTION_SECRET"], value)
        except secret.InvalidSecret:
            return False
        return True

    def become_ready(self, connection):
        self.check_blueprints(connection)
        output.log(" [pipeline service] get lock and wait next pipeline")
        self.status = READY

    def migrate(self, connection):
        """Raises MigrationError, and then stays `migrating` until the process is restarted."""
        with self._lock:
            if self.status == MIGRATING:
                raise MigrationInProgress
            self.status = MIGRATING
        migration.execute(connection)
        self.become_ready(connection)

    def confirm_migration(self):
        if self.status == READY:
            return
        connection = database.connect()
        try:
            self.migrate(connection)
        finally:
            connection.close()
