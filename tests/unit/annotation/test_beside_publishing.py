"""Passages that somebody changes while their article is published: all announce first, so none waits for the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import signals

from broadsheet.accounts.models import User
from broadsheet.annotation.actions import ask, attach_again, remove_prompt
from broadsheet.annotation.anchoring import Selection
from broadsheet.annotation.carried import missed
from broadsheet.annotation.models import Annotation, Passage, Prompt
from broadsheet.delivery.models import Announcement
from broadsheet.publication.models import ArticlePage
from tests.unit.annotation.conftest import Mark, body_of, publish
from tests.waiting import SOON

pytestmark = pytest.mark.django_db(transaction=True)
A_MOMENT = 1.0  # seconds, in which one that touched a passage too soon has come to where it waits
ROOM = "The ferry office is one room"

Act = Callable[[], object]


@pytest.fixture
def acts(story: ArticlePage, mark: Mark, ed: User) -> dict[str, Act]:
    """What can happen to a passage at the same time, by its name."""
    mark(ROOM)
    mark("so that she could see both")
    publish(story, body_of(opening=f"{ROOM} with two windows. One shows the hill, one the quay."))
    orphan = Passage.objects.exclude(orphaned_at=None).get()
    prompt = ask(story, selection=Selection("later", "She retired in January."), by=ed, question="Who is next?")
    passage = Passage.objects.get(exact=ROOM)
    return {
        "publish": lambda: publish(
            story, body_of(opening=f"{ROOM} with three windows. One shows the hill, two the quay.")
        ),
        "take a question back": lambda: remove_prompt(prompt, by=ed),
        "attach again": lambda: attach_again(orphan, to=Selection("opening", "the hill"), by=ed),
        "ask": lambda: ask(story, selection=Selection("opening", passage.exact), by=ed, question="Which room?"),
        "comment": lambda: mark("She retired in January.", "later"),
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("publish", "take a question back"),
        ("publish", "attach again"),
        ("publish", "ask"),
        ("publish", "comment"),
        ("take a question back", "publish"),
        ("take a question back", "comment"),
        ("attach again", "publish"),
        ("attach again", "comment"),
    ],
)
def test_nobody_waits_for_each_other(acts: dict[str, Act], first: str, second: str) -> None:
    """The first has told of the article when the second comes, which may hold a passage by then."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    told, holds = threading.Event(), threading.Event()

    def somebody_told(instance: Announcement, **_kwargs: Any) -> None:
        if not told.is_set() and instance.topic.startswith("article:"):
            told.set()
            holds.wait(A_MOMENT)

    def somebody_holds(**_kwargs: Any) -> None:
        if told.is_set():
            holds.set()

    def run(act: Act) -> None:
        try:
            act()
        finally:
            connections.close_all()

    def after() -> None:
        assert told.wait(SOON)
        acts[second]()

    signals.post_save.connect(somebody_told, sender=Announcement)
    for row in (Passage, Annotation, Prompt):
        signals.post_save.connect(somebody_holds, sender=row)
    signals.post_delete.connect(somebody_holds, sender=Passage)
    try:
        with ThreadPoolExecutor(2) as threads:
            for done in [threads.submit(run, acts[first]), threads.submit(run, after)]:
                done.result(SOON * 2)
    finally:
        signals.post_save.disconnect(somebody_told, sender=Announcement)
        for row in (Passage, Annotation, Prompt):
            signals.post_save.disconnect(somebody_holds, sender=row)
        signals.post_delete.disconnect(somebody_holds, sender=Passage)
    assert not missed().exists()  # a publishing goes on without its passages, and leaves them to the timetable
