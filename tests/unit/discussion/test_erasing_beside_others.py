"""Erasing while others vote and answer: everybody locks in one order, so nobody waits for who waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Model, signals

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import erase_person
from broadsheet.delivery.models import Announcement
from broadsheet.discussion.actions import cast_vote
from broadsheet.discussion.models import Comment, Thread, Vote
from tests import factories
from tests.waiting import SOON

pytestmark = pytest.mark.django_db(transaction=True)
A_MOMENT = 1.0  # seconds, in which an erasing that told of something too soon has come to where it waits


def _vote(comment: Comment, ada: Profile) -> object:
    return cast_vote(comment, by=ada, value=1)


def _answer(comment: Comment, ada: Profile) -> object:
    return factories.make_comment(comment.thread, by=ada, parent=comment)


@pytest.mark.parametrize(("do", "row"), [(_vote, Vote), (_answer, Comment)])
def test_nobody_waits_for_each_other(
    thread: Thread, do: Callable[[Comment, Profile], object], row: type[Model]
) -> None:
    """Ada holds Gus's second comment and has not told of it yet, when Gus is erased and his first one is told of."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    gus, ada = factories.make_guest("Gus"), factories.make_guest("Ada")
    _first, second = (factories.make_comment(thread, words, by=gus) for words in ("One", "Two"))
    holds, told = threading.Event(), threading.Event()

    def ada_holds(**_kwargs: Any) -> None:
        holds.set()
        told.wait(A_MOMENT)

    def somebody_told(**_kwargs: Any) -> None:
        told.set()

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connections.close_all()

    def erase() -> None:
        assert holds.wait(SOON)
        erase_person(gus)

    signals.post_save.connect(ada_holds, sender=row)
    signals.post_save.connect(somebody_told, sender=Announcement)
    try:
        with ThreadPoolExecutor(2) as threads:
            for done in [threads.submit(run, lambda: do(second, ada)), threads.submit(run, erase)]:
                done.result(SOON * 2)
    finally:
        signals.post_save.disconnect(ada_holds, sender=row)
        signals.post_save.disconnect(somebody_told, sender=Announcement)

    assert not Comment.objects.filter(author=gus, deleted_at=None).exists()
    thread.refresh_from_db()
    assert thread.comment_count == Comment.objects.filter(author=ada).count()
