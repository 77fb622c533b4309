"""What `broadsheet check` finds in what moderators decided and readers reported."""

from __future__ import annotations

import pytest
from django.db import connection

from broadsheet.accounts.models import User
from broadsheet.discussion.models import Comment, CommentDecision, CommentReport
from broadsheet.kernel.append_only import closing, opening
from broadsheet.moderation.actions import Chosen, rule, undo
from broadsheet.moderation.invariants import broken_promises
from broadsheet.moderation.models import Ruling
from broadsheet.moderation.reports import report
from tests.unit.moderation.conftest import Hold


@pytest.fixture
def reported(hold: Hold, mo: User) -> Comment:
    """A published comment that somebody has reported."""
    comment = hold()
    rule("publish", [Chosen("comment", comment.public_id)], by=mo)
    report(CommentReport, comment, by=None, client="203.0.113.5", reason="spam")
    return comment


def test_a_desk_that_is_well(reported: Comment, mo: User) -> None:
    done = rule("remove", [Chosen("comment", reported.public_id, "published")], by=mo).ruling
    assert done
    undo(done, by=mo)
    assert list(broken_promises()) == []


def test_a_report_that_waits_in_vain(reported: Comment) -> None:
    Comment.objects.filter(pk=reported.pk).update(standing="removed", is_shown=False)
    (finding,) = broken_promises()
    assert finding.endswith(f"is open on comment {reported.public_id}, which is not published")


def test_an_undoing_that_errs(reported: Comment, mo: User) -> None:
    first = CommentDecision.objects.get()
    CommentDecision.objects.create(subject=reported, standing="removed", by=mo, undoes=first)
    (finding,) = broken_promises()
    assert "undoes another, but not what that did" in finding


def test_a_table_that_lost_its_triggers(db: None) -> None:
    table = Ruling._meta.db_table
    _execute(opening(table, connection.vendor))
    assert list(broken_promises()) == [f"rows of {table} can be changed: its triggers are missing"]
    _execute(closing(table, connection.vendor))
    assert list(broken_promises()) == []


def _execute(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
