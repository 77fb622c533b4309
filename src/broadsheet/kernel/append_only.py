"""What a database is told so that the rows of a table can be added, and never changed or taken away."""

from __future__ import annotations

_POSTGRESQL = (
    "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER {table}_keeps_rows BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
    "CREATE TRIGGER {table}_keeps_all BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
)
_SQLITE = (
    "CREATE TRIGGER {table}_keeps_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_keeps_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    # INSERT OR REPLACE deletes without asking the trigger on deleting, so it is refused before it begins.
    "CREATE TRIGGER {table}_keeps_replace BEFORE INSERT ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
_POSTGRESQL_AGAIN = (
    "DROP TRIGGER {table}_keeps_rows ON {table}",
    "DROP TRIGGER {table}_keeps_all ON {table}",
    "DROP FUNCTION {table}_append_only()",
)
_SQLITE_AGAIN = tuple(f"DROP TRIGGER {{table}}_keeps_{what}" for what in ("update", "delete", "replace"))


def closing(table: str, vendor: str) -> list[str]:
    """Return the statements that make a table of ours append-only; whoever changes a row gets an integrity error.

    `vendor` is Django's name of the database. SQLite forgets them when a migration alters the table, as it makes a new
    one then: such a migration has to say them again.
    """
    return [statement.format(table=table) for statement in (_POSTGRESQL if vendor == "postgresql" else _SQLITE)]


def opening(table: str, vendor: str) -> list[str]:
    """Return the statements that undo `closing`."""
    statements = _POSTGRESQL_AGAIN if vendor == "postgresql" else _SQLITE_AGAIN
    return [statement.format(table=table) for statement in statements]
