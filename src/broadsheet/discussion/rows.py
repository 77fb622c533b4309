"""Comparing several columns as one row, so that an index on them has one beginning and one end, ties and all.

Both databases can, but for SQLite Django writes the comparison out with OR, and then only the first column bounds the
index: to find the last page of a thousand comments without votes, all of them would be looked at.
"""

from __future__ import annotations

from typing import Any

from django.db.models.fields.tuple_lookups import (  # type: ignore[import-untyped]  # django-stubs lacks it
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
    TupleLookupMixin,
)

SQL = tuple[str, tuple[Any, ...]]


class RowBelow(TupleLessThan):  # type: ignore[misc]
    """Whether a row of columns comes before a row of values."""

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        """Compare as every other database does."""
        sql: SQL = super(TupleLookupMixin, self).as_sql(compiler, connection)
        return sql


class RowAbove(TupleGreaterThan):  # type: ignore[misc]
    """Whether a row of columns comes behind a row of values."""

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        """Compare as every other database does."""
        sql: SQL = super(TupleLookupMixin, self).as_sql(compiler, connection)
        return sql


class RowBelowOrSame(TupleLessThanOrEqual):  # type: ignore[misc]
    """Whether a row of columns comes before a row of values, or is it."""

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        """Compare as every other database does."""
        sql: SQL = super(TupleLookupMixin, self).as_sql(compiler, connection)
        return sql


class RowAboveOrSame(TupleGreaterThanOrEqual):  # type: ignore[misc]
    """Whether a row of columns comes behind a row of values, or is it."""

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        """Compare as every other database does."""
        sql: SQL = super(TupleLookupMixin, self).as_sql(compiler, connection)
        return sql
