"""What `broadsheet check` finds in a discussion."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.actions import cast_vote, edit_comment, pick_comment
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, Thread, Vote
from broadsheet.gate.keys import Key
from tests.unit.discussion.conftest import Decide, Say, backdate

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(say: Say, decide: Decide) -> list[Comment]:
    """Comments and replies, one of them removed below its replies, one held, one rejected."""
    top = say()
    reply = say(to=top)
    deeper = say(to=reply)
    removed = say(to=top)
    say(to=removed)
    say(held=True)
    decide(removed, "removed")
    decide(say(to=deeper), "rejected")
    return [top, reply, deeper]


def test_a_discussion_that_is_well(talk: list[Comment]) -> None:
    assert list(broken_promises()) == []


def test_a_thread_that_counts_wrong(talk: list[Comment]) -> None:
    Thread.objects.update(comment_count=99)
    (finding,) = broken_promises()
    assert finding == f"thread {talk[0].thread_id} counts 99 comments and has 4"


def test_a_thread_that_counts_its_picks_wrong(talk: list[Comment], mo: User) -> None:
    pick_comment(talk[1], by=mo)
    assert list(broken_promises()) == []
    Thread.objects.update(pick_count=3)
    assert list(broken_promises()) == [f"thread {talk[0].thread_id} counts 3 picks and has 1"]
    Comment.objects.update(is_pick=False)
    Thread.objects.update(pick_count=0, comment_count=5)
    assert list(broken_promises()) == [f"thread {talk[0].thread_id} counts 5 comments and has 4"]


def test_a_thread_with_more_pinned_than_fit(talk: list[Comment], say: Say) -> None:
    tops = [say(f"no. {number}").pk for number in range(4)]
    Comment.objects.filter(pk__in=tops).update(is_pinned=True)
    assert list(broken_promises()) == [f"thread {talk[0].thread_id} has 4 pinned comments and room for 3"]


def test_a_comment_that_counts_wrong(talk: list[Comment]) -> None:
    Comment.objects.filter(pk=talk[0].pk).update(reply_count=7, branch_count=8)
    assert list(broken_promises()) == [
        f"comment {talk[0].public_id} counts 7 replies and has 2",
        f"comment {talk[0].public_id} counts 8 in its branch and has 4",
    ]


@pytest.mark.parametrize("wrong", ["depth", "thread", "root", "position"])
def test_a_reply_out_of_place(talk: list[Comment], say: Say, wrong: str) -> None:
    parent, deeper = talk[1:]
    if wrong == "position":  # no later than what it answers
        Comment.objects.filter(pk=parent.pk).update(position=1000)
    elsewhere = {"depth": 5, "thread": Thread.objects.create(translation_key=uuid.uuid4()), "root": say()}
    Comment.objects.filter(pk=deeper.pk).update(**{name: place for name, place in elsewhere.items() if name == wrong})
    assert f"comment {deeper.public_id} does not stand where a reply to its parent stands" in list(broken_promises())


def test_votes_that_were_counted_wrong(talk: list[Comment], rita: User) -> None:
    cast_vote(talk[0], by=rita, value=1)
    assert list(broken_promises()) == []
    Vote.objects.update(value=-1)
    assert list(broken_promises()) == [f"comment {talk[0].public_id} counts 1 up and 0 down and has 0 and 1"]


def test_words_that_are_nobodys_version(talk: list[Comment], gus: Profile) -> None:
    edit_comment(
        backdate(talk[0], minutes=2), by=gus, body="Edited", key=Key.of("test", "edit"), within=timedelta(hours=1)
    )
    assert list(broken_promises()) == []
    Comment.objects.filter(pk=talk[0].pk).update(source="Other words")
    assert list(broken_promises()) == [
        f"comment {talk[0].public_id} does not bear the words of its last published version"
    ]
