"""Django's SQLite backend with a queue in front of the write lock (docs/decisions/0005-sqlite-settings.md)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Any

from django.db.backends.sqlite3.base import DatabaseWrapper as DjangosDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.backends.sqlite3.features import DatabaseFeatures as DjangosDatabaseFeatures
from django.db.utils import OperationalError
from django.utils.functional import cached_property

from broadsheet.site.sqlite.turns import Turn, take_turn

# What takes SQLite's write lock when no transaction is open. A plain BEGIN does not: it locks when it first writes.
_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|REINDEX|VACUUM|ANALYZE|BEGIN\s+(IMMEDIATE|EXCLUSIVE))\b",
    re.IGNORECASE,
)


class QueuingConnection(sqlite3.Connection):
    """A connection that takes a turn before it locks the database and gives it back as soon as nothing is open."""

    def __init__(self, database: str, timeout: float = 5.0, **options: Any) -> None:
        self.turn: Turn | None = None
        super().__init__(database, timeout=timeout, **options)
        self.patience = timeout
        # Empty for a database in memory, which no other process can write to.
        self.path: str = sqlite3.Connection.execute(self, "PRAGMA database_list").fetchone()[2]

    def before(self, statement: str) -> None:
        """Wait for our turn when `statement` is going to lock the database for writing."""
        if self.turn is None and self.path and not self.in_transaction and _WRITES.match(statement):
            self.turn = take_turn(self.path, self.patience)

    def after(self) -> None:
        """Let the next one write unless our transaction is still open."""
        if self.turn is not None and not self.in_transaction:
            self._give_back()

    def commit(self) -> None:
        """Commit, then let the next one write; a commit that fails keeps the turn for the rollback."""
        try:
            super().commit()
        finally:
            self.after()

    def rollback(self) -> None:
        """Roll back, then let the next one write."""
        try:
            super().rollback()
        finally:
            self.after()

    def close(self) -> None:
        """Close, which rolls back what is open, then let the next one write."""
        try:
            super().close()
        finally:
            self._give_back()

    def __del__(self) -> None:
        # A thread that died in its transaction never closed its connection.
        self._give_back()

    def _give_back(self) -> None:
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.give_back()


class QueuingCursor(SQLiteCursorWrapper):
    """Django's cursor on a QueuingConnection."""

    connection: QueuingConnection

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement, in turn when it writes."""
        self.connection.before(query)
        try:
            return super().execute(query, params)
        finally:
            self.connection.after()

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """Run one statement for each of `param_list`, all in one turn when it writes."""
        self.connection.before(query)
        try:
            return super().executemany(query, param_list)
        finally:
            self.connection.after()


class DatabaseFeatures(DjangosDatabaseFeatures):
    """What SQLite can do, found out without a turn to write."""

    @cached_property
    def supports_json_field(self) -> bool:  # type: ignore[override]
        """Whether SQLite knows JSON.

        Django asks within a transaction of its own, which here takes the write lock, and takes "database is locked" for
        "no JSON": a thread that first asked at a busy moment could draw no page for the rest of its life.
        """
        with self.connection.cursor() as cursor:
            try:
                cursor.execute("SELECT JSON('{}')")
            except OperationalError:
                return False
        return True


class DatabaseWrapper(DjangosDatabaseWrapper):
    """Connects with QueuingConnection; everything else is Django's."""

    features_class = DatabaseFeatures

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters with our kind of connection."""
        return {**super().get_connection_params(), "factory": QueuingConnection}

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that queues."""
        return self.connection.cursor(factory=QueuingCursor)
