"""Limits on writing: enough for a school behind one address, an end for floods; what was typed is never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from broadsheet.discussion.actions import comments
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.limits import Limit
from tests.unit.discussion.conftest import PageRead

pytestmark = pytest.mark.django_db

WORDS = "I have more to say, number"


def write(browser: Client, thread: Thread, number: int, client: str = "203.0.113.9") -> PageRead:
    fields = {"body": f"{WORDS} {number}.", "name": "Gus"}
    return PageRead(browser.post(thread.write_url, fields, HTTP_X_FORWARDED_FOR=client))


def test_twenty_five_behind_one_address_talk(thread: Thread) -> None:
    browsers = [Client() for _ in range(25)]
    answers = [write(browser, thread, number).status for number, browser in enumerate(browsers * 4)]
    assert answers == [303] * 100
    assert Comment.objects.published_of(Comment.objects.latest("pk").author).count() == 4


def test_one_person_comes_to_an_end(as_gus: Client, thread: Thread) -> None:
    """From whatever address; the words stand in the form, and ten minutes later they are taken."""
    turns = comments.OF_PROFILE.turns
    answers = [write(as_gus, thread, number, f"203.0.113.{number}") for number in range(turns + 1)]
    assert [answer.status for answer in answers] == [303] * turns + [429]
    assert answers[-1].field("body") == f"{WORDS} {turns}."
    assert answers[-1].alert
    assert Comment.objects.count() == turns
    with time_machine.travel(timezone.now() + comments.WITHIN + timedelta(seconds=1), tick=False):
        assert write(as_gus, thread, turns).status == 303


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::{number:x}"], ids=["one address", "one /64"])
def test_one_connection_comes_to_an_end(thread: Thread, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "OF_NETWORK", Limit("few-of-network", 3, comments.WITHIN))
    forged = (f"10.9.8.{{number}}, {address}").format
    answers = [write(Client(), thread, number, forged(number=number)).status for number in range(5)]
    assert answers == [303, 303, 303, 429, 429]
    assert write(Client(), thread, 9, "2001:db8:0:1::1").status == 303


def test_one_thread_comes_to_an_end(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "OF_THREAD", Limit("few-of-thread", 3, comments.WITHIN))
    answers = [write(Client(), thread, number, f"203.0.113.{number}").status for number in range(5)]
    assert answers == [303, 303, 303, 429, 429]


def test_what_is_refused_or_repeated_takes_no_turn(as_gus: Client, thread: Thread) -> None:
    key = "k" * 20
    for _time in range(comments.OF_PROFILE.turns + 5):
        assert as_gus.post(thread.write_url, {"body": "", "name": "Gus"}).status_code == 422
        assert as_gus.post(thread.write_url, {"body": "Once.", "name": "Gus", "key": key}).status_code == 303
    assert Comment.objects.count() == 1
