"""Mail that is stuck: shown to those who may see readers' addresses, with its reason, to be sent again or discarded."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.actions import discard, resend
from broadsheet.notification.messages import Reader
from broadsheet.notification.models import OutboxMessage
from broadsheet.notification.notify import notify
from broadsheet.notification.outbox import send_due
from broadsheet.site.check import EXAMINATIONS, examine
from tests.fakes.mail_server import MailServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("publication", "quays")]

ADA = "ada@example.org"
LIST = "/admin/mail/"
SEE_TO = "/admin/mail/see-to/"


@pytest.fixture
def stuck(post: MailServer) -> OutboxMessage:
    """A mail that its server does not want."""
    post.answers[ADA] = ["550 <b>No</b> such user & no mercy"]
    notify("news", occasion="boat:1", to=[Reader("en", address=ADA)])
    send_due()
    return OutboxMessage.objects.get()


def see_to(client: Client, do: str, *chosen: object) -> HttpResponse:
    """Press a button of the list."""
    return client.post(SEE_TO, {"do": do, "chosen": [str(one) for one in chosen]}, follow=True)


def test_stuck_mail_is_listed_with_its_reason(stuck: OutboxMessage, as_ed: Client) -> None:
    page = as_ed.get(LIST).content.decode()
    assert ADA in page
    assert "550 &lt;b&gt;No&lt;/b&gt; such user &amp; no mercy" in page
    assert "News" in page
    assert "Mail (1)" in as_ed.get("/admin/").content.decode()


def test_it_is_sent_again_as_the_same_mail(stuck: OutboxMessage, as_ed: Client, post: MailServer) -> None:
    assert "1 mail is sent again." in see_to(as_ed, "resend", stuck.pk).content.decode()
    send_due()
    assert post.only(ADA).mail["Message-ID"] == f"<{stuck.number}@testserver>"
    stuck.refresh_from_db()
    assert (stuck.state, stuck.attempts) == (OutboxMessage.State.SENT, 1)


def test_it_is_discarded(stuck: OutboxMessage, as_ed: Client, post: MailServer) -> None:
    assert "1 mail was discarded." in see_to(as_ed, "discard", stuck.pk).content.decode()
    assert (send_due(), post.deliveries) == (0, [])
    assert "No mail is stuck." in as_ed.get(LIST).content.decode()
    assert ADA in as_ed.get(LIST, {"state": "withdrawn"}).content.decode()


def test_only_what_is_stuck_is_seen_to(as_ed: Client, post: MailServer) -> None:
    notify("news", occasion="boat:1", to=[Reader("en", address=ADA)])
    send_due()
    sent = OutboxMessage.objects.get()
    for do in ("resend", "discard"):
        see_to(as_ed, do, sent.pk)
    assert OutboxMessage.objects.get().state == OutboxMessage.State.SENT
    assert send_due() == 0


@pytest.mark.parametrize("chosen", [[], ["x"], ["-1"], ["9" * 30], ["\0"], ["１"], ["999999"]])
def test_a_choice_that_is_none_changes_nothing(stuck: OutboxMessage, as_ed: Client, chosen: list[str]) -> None:
    assert see_to(as_ed, "discard", *chosen).status_code == 200
    assert see_to(as_ed, "burn", stuck.pk).status_code == 200
    stuck.refresh_from_db()
    assert stuck.state == OutboxMessage.State.DEAD


@pytest.mark.parametrize("state", ["dead", "waiting", "sent", "withdrawn", "", "x", "\0"])
def test_every_state_can_be_looked_at(stuck: OutboxMessage, as_ed: Client, state: str) -> None:
    notify("news", occasion="boat:2", to=[Reader("en", address="bo@example.org")])
    assert as_ed.get(LIST, {"state": state, "p": "99999999999999999999"}).status_code == 200


def test_a_long_list_has_pages(as_ed: Client, django_assert_max_num_queries: object) -> None:
    now = timezone.now()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(key=str(n), kind="gone", address=f"r{n}@example.org", language="en", state="dead", settled_at=now)
        for n in range(120)
    )
    assert as_ed.get(LIST, {"p": 3}).content.decode().count("@example.org</bdi>") == 20
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        as_ed.get(LIST)


@pytest.mark.parametrize("path", [LIST, SEE_TO])
def test_nobody_else_sees_it(
    stuck: OutboxMessage, path: str, as_mo: Client, as_tess: Client, as_rita: Client, stan: Client
) -> None:
    for client in (as_mo, as_tess, as_rita, stan):
        for answer in (client.get(path), client.post(path, {"do": "discard", "chosen": [stuck.pk]})):
            assert answer.status_code in (302, 403, 405)
            assert ADA not in answer.content.decode()
    stuck.refresh_from_db()
    assert stuck.state == OutboxMessage.State.DEAD
    assert "Mail (1)" not in as_mo.get("/admin/").content.decode()


def test_the_right_can_be_given(stuck: OutboxMessage, mo: User, as_mo: Client) -> None:
    mo.groups.get().permissions.add(Permission.objects.get(codename="see_to_mail"))
    assert ADA in as_mo.get(LIST).content.decode()


@pytest.mark.parametrize("act", [resend, discard])
def test_the_actions_know_who_may(stuck: OutboxMessage, mo: User, act: object) -> None:
    with pytest.raises(Refusal) as refused:
        act([stuck.pk], by=mo)  # type: ignore[operator]
    assert (refused.value.code, refused.value.status) == ("not-for-mail", 403)


def test_check_tells_of_it(stuck: OutboxMessage) -> None:
    said = io.StringIO()
    mail = [one for one in EXAMINATIONS if one.name == "mail"]
    assert not examine(lambda line: said.write(f"{line}\n"), mail)
    assert "1 mails could not be delivered" in said.getvalue()
    OutboxMessage.objects.all().delete()
    assert examine(lambda line: None, mail)
