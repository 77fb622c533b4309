"""A thread as a topic: who may know of it, and what everybody can count in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from broadsheet.accounts.models import Profile
from broadsheet.delivery.topics import topic_kinds
from broadsheet.discussion.actions import cast_vote, open_thread
from broadsheet.discussion.models import Comment, Thread
from broadsheet.publication.models import ArticlePage, Section
from tests import factories
from tests.unit.discussion.conftest import Decide, Say

pytestmark = pytest.mark.django_db

KIND = next(kind for kind in topic_kinds() if kind.name == "thread")


def figures(thread: Thread, *comments: Comment) -> Mapping[str, Any]:
    return KIND.figures(str(thread.pk), [comment.public_id for comment in comments])


def test_everybody_can_count_comments_and_see_their_scores(thread: Thread, say: Say, rita: Any) -> None:
    first, second = say("One."), say("Two.")
    cast_vote(first, by=rita.profile, value=1)
    assert figures(thread) == {"": {"comments": 2}}
    assert figures(thread, first, second) == {
        "": {"comments": 2}, first.public_id: {"score": 1}, second.public_id: {"score": 0},
    }  # fmt: skip


def test_of_what_nobody_may_read_nothing_is_said(thread: Thread, say: Say, decide: Decide, gus: Profile) -> None:
    seen, held, removed, tombstone = say("One."), say("Two.", held=True), say("Three."), say("Four.")
    say("An answer.", to=tombstone)
    decide(removed, "removed")
    decide(tombstone, "removed")
    assert figures(thread, seen, held, removed, tombstone) == {"": {"comments": 2}, seen.public_id: {"score": 0}}


def test_nor_of_what_stands_elsewhere(thread: Thread, say: Say, section: Section) -> None:
    elsewhere = say("One.", where=open_thread(factories.make_article(section, "Another story")))
    assert figures(thread, elsewhere) == {"": {"comments": 0}}


def test_a_thread_that_is_off_or_below_a_draft_is_nobodys_business(thread: Thread, article: ArticlePage) -> None:
    assert KIND.may_see(str(thread.pk))
    Thread.objects.filter(pk=thread.pk).update(is_off=True)
    assert not KIND.may_see(str(thread.pk))
    assert KIND.title(str(thread.pk)) == KIND.url(str(thread.pk)) == ""
    Thread.objects.filter(pk=thread.pk).update(is_off=False)
    article.unpublish()
    assert not KIND.may_see(str(thread.pk))
