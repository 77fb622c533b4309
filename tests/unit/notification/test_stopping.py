"""Stopping: in one click, twice if one likes, never by a program that opens links; and being left in peace for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.notification.models import OutboxMessage, SilencedAddress, Subscription
from broadsheet.notification.notify import notify_subscribers
from broadsheet.notification.outbox import send_due
from broadsheet.notification.retention import IDLE_FOR, forget_what_has_served
from broadsheet.notification.rounds import write_rounds
from broadsheet.notification.tokens import OVERVIEW, SILENCE, STOP
from tests.fakes.mail_server import Delivery, MailServer
from tests.unit.notification.quays import QUAYS, Quays

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("publication", "quays")]

ADA = "ada@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def subscriber(topic: str = "quay:7", address: str = ADA, **fields: object) -> Subscription:
    """Make somebody who has confirmed that they want to be told of everything."""
    values = {"kind": "all", "language": "en", "state": "confirmed", "confirmed_at": timezone.now(), **fields}
    return Subscription.objects.create(topic=topic, address=address, **values)


def tell(occasion: str = "boat:1", topic: str = "quay:7") -> None:
    """Tell the subscribers of a quay."""
    notify_subscribers("news", occasion=occasion, topic=topic, wanted=Subscription.Kind.ALL)
    write_rounds()
    send_due()


def unsubscribe_header(delivery: Delivery) -> str:
    """Return the address of the header, as path and query."""
    header = str(delivery.mail["List-Unsubscribe"]).strip()
    assert header.startswith("<http://testserver/")
    assert header.endswith(">")
    return header.removeprefix("<http://testserver").removesuffix(">")


def one_click(path: str, **more: str) -> HttpResponse:
    """Post as a mailbox provider does: no cookie, no header of a browser."""
    return Client(enforce_csrf_checks=True).post(path, {**ONE_CLICK, **more})


def in_force() -> set[str]:
    """Return the topics of all that is in force."""
    return set(Subscription.objects.in_force().values_list("topic", flat=True))


def test_one_click_ends_it_at_once(post: MailServer) -> None:
    subscriber()
    tell()
    got = post.only(ADA)
    assert got.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = one_click(unsubscribe_header(got))
    assert answer.status_code == 200, "a provider follows no redirect"
    assert not answer.cookies
    assert in_force() == set()
    tell("boat:2")
    assert len(post.to(ADA)) == 1


def test_one_click_may_come_as_a_form_with_parts_or_url_encoded(post: MailServer) -> None:
    for number, content_type in enumerate(("multipart/form-data; boundary=x", "application/x-www-form-urlencoded")):
        wish = subscriber(address=f"reader-{number}@example.org")
        body = {
            0: b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            1: b"List-Unsubscribe=One-Click",
        }[number]
        answer = Client().generic(
            "POST", f"/subscriptions/stop/?t={STOP.token(wish.public_id)}", body, content_type=content_type
        )
        assert answer.status_code == 200
    assert in_force() == set()


def test_opening_the_link_asks_first(post: MailServer, stan: Client) -> None:
    subscriber()
    tell()
    link = post.only(ADA).link("/subscriptions/stop/")
    assert link == unsubscribe_header(post.only(ADA))
    for method in (stan.get, stan.head, stan.options):
        method(link)
    page = stan.get(link).content.decode()
    assert "No more of these mails?" in page
    assert QUAYS["7"] in page
    assert in_force() == {"quay:7"}

    answer = stan.post(link, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 302
    assert "You get no more of these mails" in stan.get(answer["Location"]).content.decode()
    assert in_force() == set()


def test_stopping_twice_is_fine(post: MailServer, stan: Client) -> None:
    wish = subscriber()
    link = f"/subscriptions/stop/?t={STOP.token(wish.public_id)}"
    one_click(link)
    ended = Subscription.objects.get().stopped_at
    for answer in (one_click(link), stan.post(link, follow=True), stan.get(link)):
        assert answer.status_code == 200
        assert "You get no more of these mails" in answer.content.decode()
    assert Subscription.objects.get().stopped_at == ended


def test_a_link_to_stop_never_grows_old(post: MailServer, stan: Client) -> None:
    wish = subscriber()
    link = f"/subscriptions/stop/?t={STOP.token(wish.public_id)}"
    with time_machine.travel(timezone.now() + timedelta(days=3_000)):
        assert one_click(link).status_code == 200
        assert in_force() == set()
        forget_what_has_served(timezone.now() + IDLE_FOR + timedelta(days=1))
        assert not Subscription.objects.exists()
        assert "You get no more of these mails" in stan.get(link).content.decode()


def test_another_sites_page_stops_nothing(stan: Client) -> None:
    wish = subscriber()
    link = f"/subscriptions/stop/?t={STOP.token(wish.public_id)}"
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert stan.post(link, ONE_CLICK, headers=headers).status_code == 403
    assert in_force() == {"quay:7"}


def test_one_reader_stops_for_nobody_else(post: MailServer) -> None:
    wishes = [subscriber(), subscriber("quay:8"), subscriber(address="bo@example.org")]
    one_click(f"/subscriptions/stop/?t={STOP.token(wishes[0].public_id)}")
    assert set(Subscription.objects.in_force()) == set(wishes[1:])


def test_what_is_on_its_way_is_withdrawn_when_its_reader_stops(post: MailServer) -> None:
    wish = subscriber()
    notify_subscribers("news", occasion="boat:1", topic="quay:7", wanted=Subscription.Kind.ALL)
    write_rounds()
    one_click(f"/subscriptions/stop/?t={STOP.token(wish.public_id)}")
    send_due()
    assert post.deliveries == []
    assert OutboxMessage.objects.get().state == OutboxMessage.State.WITHDRAWN


def test_what_has_been_closed_meanwhile_is_told_to_nobody(post: MailServer, quays: Quays) -> None:
    subscriber()
    notify_subscribers("news", occasion="boat:1", topic="quay:7", wanted=Subscription.Kind.ALL)
    write_rounds()
    quays.closed.add("7")
    send_due()
    assert post.deliveries == []


# --- being left in peace ---------------------------------------------------------------------------------------------


def test_whose_address_was_abused_is_left_in_peace(post: MailServer, stan: Client) -> None:
    form = {"topic": "quay:7", "kind": "all", "email": ADA}
    stan.post("/subscriptions/new/", form)
    send_due()
    link = post.only(ADA).link("/subscriptions/silence/")
    page = stan.get(link).content.decode()
    assert ADA in page
    assert not SilencedAddress.objects.exists()
    answer = stan.post(link, {"do": "silence"}, follow=True)
    assert "We do not write to you any more" in answer.content.decode()
    assert ADA not in str(list(SilencedAddress.objects.values()))
    stan.post("/subscriptions/new/", {**form, "topic": "quay:8"})
    stan.post("/subscriptions/", {"email": ADA})
    send_due()
    assert len(post.to(ADA)) == 1


def test_being_left_in_peace_ends_everything_and_can_be_taken_back(post: MailServer, stan: Client) -> None:
    subscriber(), subscriber("quay:8")
    link = f"/subscriptions/silence/?t={SILENCE.token(ADA)}"
    for _ in range(2):
        assert stan.post(link, {"do": "silence"}).status_code == 302
    assert in_force() == set()
    tell()
    assert post.deliveries == []
    stan.post(link, {"do": "undo"})
    assert in_force() == set(), "what was ended stays so"
    stan.post("/subscriptions/new/", {"topic": "quay:7", "kind": "all", "email": ADA})
    send_due()
    assert len(post.to(ADA)) == 1


def test_a_member_is_left_in_peace_too(post: MailServer, rita: User, as_rita: Client, stan: Client) -> None:
    rita.emailaddress_set.create(email=rita.email, verified=True, primary=True)
    form = {"topic": "quay:7", "kind": "all", "email": ""}
    as_rita.post("/subscriptions/new/", form)
    stan.post(f"/subscriptions/silence/?t={SILENCE.token(rita.email)}")
    assert in_force() == set()
    as_rita.post("/subscriptions/new/", form)
    tell()
    assert len(post.to(rita.email)) == 1, "who asks for it themselves has changed their mind"


# --- all of one's subscriptions --------------------------------------------------------------------------------------


def test_a_mailed_link_shows_all_of_ones_subscriptions(post: MailServer, stan: Client, quays: Quays) -> None:
    subscriber(), subscriber("quay:8", kind="replies"), subscriber("quay:9", state="stopped")
    subscriber("quay:9", "bo@example.org")
    answer = stan.post("/subscriptions/", {"email": " ADA@example.org"}, follow=True)
    assert "a mail with a link is on its way" in answer.content.decode()
    send_due()
    link = post.only(ADA).link("/subscriptions/all/")
    quays.closed.add("8")
    page = stan.get(link).content.decode()
    assert QUAYS["7"] in page
    assert "all new comments" in page
    assert "replies to my comments" in page
    assert QUAYS["8"] not in page
    assert "Something that is no longer public" in page
    assert "O&#x27;Brien" not in page
    stops = [part.partition('"')[0] for part in page.split('href="')[1:] if "/subscriptions/stop/" in part]
    assert len(stops) == 2
    for stop in stops:
        stan.post(stop)
    assert in_force() == {"quay:9"}
    assert "There are none." in stan.get(link).content.decode()


def test_a_members_are_among_those_of_their_address(post: MailServer, rita: User, as_rita: Client) -> None:
    rita.emailaddress_set.create(email=rita.email, verified=True, primary=True)
    as_rita.post("/subscriptions/new/", {"topic": "quay:7", "kind": "all"})
    as_rita.post("/subscriptions/", {"email": rita.email})
    send_due()
    assert QUAYS["7"] in Client().get(post.only(rita.email).link("/subscriptions/all/")).content.decode()


def test_the_link_to_all_is_good_for_a_day(post: MailServer, stan: Client) -> None:
    subscriber()
    stan.post("/subscriptions/", {"email": ADA})
    send_due()
    link = post.only(ADA).link("/subscriptions/all/")
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        assert stan.get(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        refused = stan.get(link)
    assert refused.status_code == 410
    assert "too old" in refused.content.decode()


def test_nobody_learns_whether_an_address_reads_here(post: MailServer, stan: Client) -> None:
    subscriber()
    answers = {stan.post("/subscriptions/", {"email": one})["Location"] for one in (ADA, "nobody@example.org")}
    assert answers == {"/subscriptions/?sent=yes"}
    send_due()
    assert [one.recipients for one in post.deliveries] == [(ADA,)]


def test_the_link_is_mailed_a_few_times_a_day(post: MailServer) -> None:
    subscriber()
    for number in range(50):
        Client(REMOTE_ADDR=f"198.51.100.{number}").post("/subscriptions/", {"email": ADA})
    send_due()
    assert len(post.deliveries) == 3


@pytest.mark.parametrize(
    "typed", ["", "%@%", "ada", "ada@example.org\r\nBcc: bo@example.org", '"><script>alert(1)</script>']
)
def test_a_bad_address_comes_back_with_a_sentence(stan: Client, typed: str) -> None:
    answer = stan.post("/subscriptions/", {"email": typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page


def test_pages_with_a_link_in_them_are_kept_by_nobody(stan: Client) -> None:
    wish = subscriber()
    for path in (
        "/subscriptions/", "/subscriptions/asked/", f"/subscriptions/stop/?t={STOP.token(wish.public_id)}",
        f"/subscriptions/silence/?t={SILENCE.token(ADA)}",
    ):  # fmt: skip
        answer = stan.get(path)
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer.content.decode()
        assert not answer.cookies


def test_the_list_asks_as_often_for_many_as_for_few(stan: Client) -> None:
    counts = []
    stan.get("/subscriptions/")  # what a process asks once only
    for number in range(12):
        subscriber("quay:7", f"reader-{number}@example.org")
        subscriber(f"quay:{number}")
        if number in (1, 11):
            with CaptureQueriesContext(connection) as queries:
                stan.get(f"/subscriptions/all/?t={OVERVIEW.token(ADA)}")
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_page_behind_a_link_leads_to_no_broken_one(stan: Client) -> None:
    """Its address in another language would lack what the mail's link had."""
    wish = subscriber()
    page = stan.get(f"/subscriptions/stop/?t={STOP.token(wish.public_id)}").content.decode()
    assert 'href="/nb/subscriptions/stop/"' not in page
    assert 'href="/nb/subscriptions/"' in stan.get("/subscriptions/").content.decode()
