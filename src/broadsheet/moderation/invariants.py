"""What must always be true of what moderators decided and readers reported; looked at by `broadsheet check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import F, Model

from broadsheet.moderation.kinds import ModeratedKind, moderated_kinds
from broadsheet.moderation.models import Ruling, Standing


def broken_promises() -> Iterator[str]:
    """Yield a sentence for every report that waits in vain, every undoing that errs, every table left unguarded."""
    yield from _unguarded(Ruling)
    for kind in moderated_kinds():
        yield from _unguarded(kind.decisions)
        yield from _idle_reports(kind)
        yield from _wrong_undoings(kind)


def _idle_reports(kind: ModeratedKind) -> Iterator[str]:
    """A report is open only on what everybody reads: it is in the queue then, and settled by whatever ends that."""
    if kind.report_rows is not None:
        for report in kind.report_rows.filter(settled_at=None).exclude(subject__standing=Standing.PUBLISHED):
            yield f"report {report.pk} is open on {kind.name} {report.subject}, which is not published"


def _wrong_undoings(kind: ModeratedKind) -> Iterator[str]:
    undoings = kind.decision_rows.filter(undoes__isnull=False)
    for decision in undoings.exclude(subject=F("undoes__subject"), standing=F("undoes__before")):
        yield f"decision {decision.pk} on {kind.name} {decision.subject} undoes another, but not what that did"


def _unguarded(model: type[Model]) -> Iterator[str]:
    """Find a table that lost its triggers; SQLite drops them with every migration that makes the table anew."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        if not any(name.startswith(f"{table}_keeps_") for (name,) in cursor.fetchall()):
            yield f"rows of {table} can be changed: its triggers are missing"
