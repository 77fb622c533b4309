"""Moderators are mailed about what is held: soon, of all of it, and never more than once in a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.moderation.actions import Chosen, rule
from broadsheet.moderation.notices import PAUSE
from broadsheet.notification.models import OutboxMessage
from broadsheet.notification.outbox import send_due
from tests.unit.moderation.conftest import Hold

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def postbox(mo: User) -> User:
    """The moderator has proven her address."""
    return prove(mo)


def prove(user: User) -> User:
    """Let somebody have proven their address."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def delivered() -> list[tuple[list[str], str]]:
    """Send what is due; return to whom and about what."""
    mail.outbox.clear()
    while send_due(at_most=10):
        pass
    return sorted((message.to, message.subject) for message in mail.outbox)


def test_who_decides_is_told(hold: Hold, postbox: User, ed: User, rita: User, tess: User) -> None:
    for person in (ed, rita, tess):
        prove(person)
    hold()
    assert delivered() == [([ed.email], "1 comment awaits you"), ([postbox.email], "1 comment awaits you")]
    (text, html) = mail.outbox[0].body, str(mail.outbox[0].alternatives[0][0])  # type: ignore[attr-defined]
    assert "The ferry keeps its winter hours" in text
    assert "/admin/desk/" in text
    assert "/admin/desk/" in html


def test_an_address_that_nobody_has_proven_gets_nothing(hold: Hold, mo: User) -> None:
    EmailAddress.objects.create(user=mo, email=mo.email, primary=True, verified=False)
    hold()
    assert not OutboxMessage.objects.exists()


def test_a_flood_is_one_mail_now_and_one_when_the_pause_is_over(hold: Hold, postbox: User) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        hold("The first")
        assert len(delivered()) == 1
        for number in range(20):
            clock.shift(10)
            hold(f"Number {number}")
        assert delivered() == []
        assert OutboxMessage.objects.count() == 2
        clock.shift(PAUSE)
        assert delivered() == [([postbox.email], "21 comments await you")]
        clock.shift(timedelta(days=1))
        assert delivered() == []


def test_of_what_was_decided_in_the_meantime_nobody_is_told(hold: Hold, postbox: User) -> None:
    comment = hold()
    rule("publish", [Chosen("comment", comment.public_id)], by=postbox)
    assert delivered() == []


def test_who_moderates_no_more_is_not_told(hold: Hold, postbox: User) -> None:
    hold()
    postbox.groups.clear()
    assert delivered() == []


def test_one_can_do_without(hold: Hold, postbox: User, as_mo: Client) -> None:
    as_mo.post("/admin/desk/mail/", {"mail": "no"})
    hold()
    assert delivered() == []
    assert "You get no mail when something is held." in as_mo.get("/admin/desk/").content.decode()
    as_mo.post("/admin/desk/mail/", {"mail": "yes"})
    hold("Another")
    assert delivered() == [([postbox.email], "2 comments await you")]
