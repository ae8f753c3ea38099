"""The database that DB_URL names."""

from . import db_url, output
from .db_url import DriverError


def _driver(chosen):
    # Imported when it is used: a start that loops should cost no more than it must.
    if chosen.postgres:
        from . import postgres as driver
    else:
        from . import mysql as driver
    return driver


class Connection:
    def __init__(self, chosen):
        self.driver = _driver(chosen)
        self._raw = self.driver.connect(chosen)

    def query(self, sql, values=()):
        return self.driver.query(self._raw, sql, values)

    def close(self):
        self._raw.close()


def connect():
    """Raises DriverError, or Failure for a DB_URL that nothing can be done with."""
    return Connection(db_url.settings())


def source_line():
    """Where in DevLake's runner gorm says that it could not connect."""
    try:
        return _driver(db_url.settings()).STATEMENT_LINE
    except DriverError:
        return 154


def once(sql, values=()):
    """One statement on a connection of its own, so that a database that went and came back is found again."""
    connection = _again()
    try:
        return connection.query(sql, values)
    finally:
        connection.close()


_pool = {"idle": False}


def _again():
    """Says once that what stood in the pool is gone, when the database has gone."""
    try:
        connection = connect()
    except DriverError:
        if _pool["idle"]:
            _pool["idle"] = False
            output.bad_idle_connection()
        raise
    _pool["idle"] = True
    return connection
