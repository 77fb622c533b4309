"""What moderators decided stays on record: the database itself refuses to change or delete a row."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from broadsheet.accounts.models import User
from broadsheet.discussion.models import CommentDecision
from broadsheet.moderation.models import Ruling
from tests.unit.discussion.conftest import Decide, Say

pytestmark = pytest.mark.django_db


@pytest.fixture
def tables(say: Say, decide: Decide, mo: User) -> list[str]:
    """The tables that are only ever added to, with a row in each."""
    decide(say(held=True), "published", "fine")
    Ruling.objects.create(verb=Ruling.Verb.REJECT, by=mo)
    return [CommentDecision._meta.db_table, Ruling._meta.db_table]


@pytest.mark.parametrize("statement", ["UPDATE {} SET reason = 'other'", "DELETE FROM {}"])
def test_no_statement_changes_or_deletes_a_row(tables: list[str], statement: str) -> None:
    for table in tables:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table))


def test_rows_are_still_added(tables: list[str], say: Say, decide: Decide) -> None:
    decide(say(held=True), "rejected", "no")
    assert CommentDecision.objects.count() == 2


def test_what_was_decided_on_cannot_be_deleted(tables: list[str]) -> None:
    with pytest.raises(ProtectedError):
        CommentDecision.objects.get().subject.delete()
