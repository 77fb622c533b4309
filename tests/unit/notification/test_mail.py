"""The mail as it goes over the wire: whose it is, what it says, and that nobody can put anything into it."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from email.utils import parseaddr

import html5lib
import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.notification.messages import Reader
from broadsheet.notification.models import OutboxMessage, Subscription
from broadsheet.notification.notify import notify, notify_subscribers
from broadsheet.notification.outbox import send_due
from broadsheet.notification.post import one_line
from broadsheet.notification.rounds import write_rounds
from broadsheet.publication.models import FrontPage
from tests.fakes.mail_server import Delivery, MailServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quays", "publication")]

ADA = "ada@example.org"
HOSTILE = [
    "Boat\r\nBcc: victim@example.net",
    "Boat\nX-Injected: yes\n\nbody",
    "Boat\rSubject: other",
    "Boat\r\n\r\n<script>alert(1)</script>",
    "Boat\x0bBcc: victim@example.net",
    "Boat\x85Bcc: victim@example.net",
    "Boat\u2028Bcc: victim@example.net",
    "Boat\u2029\0Bcc: victim@example.net",
    "Boat \u202egro.elpmaxe@adA",
    "=?utf-8?q?Boat=0D=0ABcc:_victim@example.net?=",
    "<b>Boat</b> & \"crew\" {{ publication_name }} {% now 'Y' %} %(name)s",
    "Båten, البحر, 🚢 and a half \ud83d",
    "B" * 5_000,
]


def subscriber(topic: str = "quay:7", language: str = "en", **fields: object) -> Subscription:
    """Make somebody who has confirmed that they want to be told of everything."""
    values = {"kind": "all", "address": ADA, "state": "confirmed", "confirmed_at": timezone.now(), **fields}
    return Subscription.objects.create(topic=topic, language=language, **values)


def told(post: MailServer, language: str = "en", **facts: object) -> Delivery:
    """Tell a subscriber of the north quay of a boat, and return the mail."""
    wish = subscriber(language=language)
    notify_subscribers("news", occasion="boat:1", topic=wish.topic, wanted=Subscription.Kind.ALL, facts=facts)
    write_rounds()
    send_due()
    return post.only(ADA)


def test_the_head_says_whose_it_is_and_that_a_machine_wrote_it(post: MailServer) -> None:
    got = told(post, subject="The boat is in")
    mail = got.mail
    assert (got.sender, got.recipients) == ("newsroom@testserver", (ADA,))
    assert parseaddr(mail["From"]) == ("The Slipway", "newsroom@testserver")
    assert (mail["To"], mail["Subject"]) == (ADA, "The boat is in")
    assert (mail["Auto-Submitted"], mail["Precedence"], mail["List-Id"]) == (
        "auto-generated",
        "list",
        "<quay-7.testserver>",
    )
    assert mail["Content-Language"] == "en"
    assert abs(mail["Date"].datetime.replace(tzinfo=UTC) - timezone.now()) < timedelta(minutes=1)
    assert mail["Message-ID"] == f"<{OutboxMessage.objects.get().number}@testserver>"
    assert not {"Reply-To", "Cc", "Bcc", "Return-Receipt-To", "Disposition-Notification-To"} & set(mail.keys())
    assert len(set(mail.keys())) == len(mail.keys())


def test_it_is_one_letter_in_two_forms(post: MailServer) -> None:
    got = told(post, news="The boat is in & dry <at last>.")
    assert [part.get_content_type() for part in got.mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "The boat is in & dry <at last>." in got.part("plain")
    assert "The boat is in &amp; dry &lt;at last&gt;." in got.part("html")
    for form in ("plain", "html"):
        assert "The Slipway" in got.part(form)


@pytest.mark.parametrize(
    ("language", "stop", "attributes"),
    [
        ("en", "Stop these mails", 'lang="en" dir="ltr"'),
        ("nb", "/nb/subscriptions/stop/", 'lang="nb" dir="ltr"'),
        ("ar", "/ar/subscriptions/stop/", 'lang="ar" dir="rtl"'),
        ("xx", "Stop these mails", 'lang="en" dir="ltr"'),
    ],
)
def test_it_is_in_the_readers_language(post: MailServer, language: str, stop: str, attributes: str) -> None:
    got = told(post, language=language)
    names = {"nb": "Slippen", "ar": "المزلق"}
    assert attributes in got.part("html")
    assert stop in got.part("plain")
    assert parseaddr(str(got.mail["From"]))[0] == names.get(language, "The Slipway")
    assert got.mail["Content-Language"] == (language if language in names else "en")


def test_nothing_in_it_tells_us_whether_it_was_read(post: MailServer) -> None:
    got = told(post)
    assert not re.search(r"<(img|link|script|iframe|style|object|form)|src=|style=|url\(", got.part("html"))
    addresses = re.findall(r"https?://[^\s\"<>]+", got.part("html") + got.part("plain"))
    assert addresses
    assert all(address.startswith("http://testserver/") for address in addresses)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_nobody_puts_a_line_into_the_head(post: MailServer, hostile: str) -> None:
    got = told(post, subject=hostile.replace("\0", "").encode("utf-8", "replace").decode(), news="The boat is in.")
    names = {line.partition(":")[0].lower() for line in got.head if not line.startswith((" ", "\t"))}
    assert names <= {
        "content-type", "mime-version", "subject", "from", "to", "date", "message-id", "auto-submitted", "precedence",
        "x-auto-response-suppress", "content-language", "list-id", "list-unsubscribe", "list-unsubscribe-post",
    }  # fmt: skip
    assert got.recipients == (ADA,)
    assert all(len(line) <= 998 for line in got.head)
    subject = str(got.mail["Subject"])
    assert len(subject.strip()) <= 200
    assert not set(subject) & set("\r\n\x0b\x85\0\u2028\u2029\u202e")
    assert "<script>" not in got.part("html")


@pytest.mark.parametrize("hostile", [*HOSTILE[:8], "The Slipway <evil@example.net>", '"Slip" , evil@example.net'])
def test_the_name_of_the_publication_is_a_name(post: MailServer, publication: FrontPage, hostile: str) -> None:
    FrontPage.objects.filter(pk=publication.pk).update(title=hostile.replace("\0", ""))
    got = told(post)
    assert (got.sender, got.recipients) == ("newsroom@testserver", (ADA,))
    ((name, address),) = [(one.display_name, one.addr_spec) for one in got.mail["From"].addresses]
    assert address == "newsroom@testserver"
    assert name.startswith(("Boat", "The Slipway", "=", '"Slip"'))
    assert "Bcc" not in got.mail


def test_a_topics_title_is_text(post: MailServer, stan: Client) -> None:
    stan.post("/subscriptions/new/", {"topic": "quay:9", "kind": "all", "email": ADA})
    send_due()
    got = post.only(ADA)
    assert got.mail["Subject"] == "Please confirm: The quay <of> O'Brien & sons"
    assert "The quay &lt;of&gt; O&#x27;Brien &amp; sons" in got.part("html")
    assert "The quay <of> O'Brien & sons" in got.part("plain")


def test_its_html_is_well_formed(post: MailServer) -> None:
    got = told(post)
    html5lib.HTMLParser(strict=True).parse(got.part("html"))


def test_a_mail_nobody_subscribed_to_has_nothing_to_stop(post: MailServer) -> None:
    notify("news", occasion="boat:1", to=[Reader("en", address=ADA)])
    send_due()
    mail = post.only(ADA).mail
    assert mail["Precedence"] == "bulk"
    assert {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} & set(mail.keys()) == set()


def test_the_operators_own_name_stays(post: MailServer, settings: object) -> None:
    settings.DEFAULT_FROM_EMAIL = "The desk <desk@slipway.example>"  # type: ignore[attr-defined]
    got = told(post)
    assert got.sender == "desk@slipway.example"
    assert parseaddr(got.mail["From"]) == ("The desk", "desk@slipway.example")


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_one_line_is_one_line(hostile: str) -> None:
    line = one_line(hostile, 40)
    assert len(line.splitlines()) == 1
    assert len(line) <= 42
    assert one_line(line, 60) == line


@pytest.mark.parametrize("name", ["O'Brien", "Þórður Ægisson", "محمد الأمين", "山田", "Ada 🚢", "می‌خواهم"])
def test_one_line_leaves_names_alone(name: str) -> None:
    assert one_line(name) == name
