"""Subscribing: a member at once, anybody else when they have confirmed, and nobody is bothered twice."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.notification.actions import subscribe, subscribe_to_replies
from broadsheet.notification.limits import CONFIRMATIONS, REQUESTS
from broadsheet.notification.models import CONFIRMED_WITHIN, OutboxMessage, Subscription
from broadsheet.notification.notify import notify_subscribers
from broadsheet.notification.outbox import send_due
from broadsheet.notification.rounds import write_rounds
from broadsheet.notification.tokens import CONFIRM, OVERVIEW, SILENCE, STOP
from tests.fakes.mail_server import MailServer
from tests.unit.notification.quays import QUAYS, Quays

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("publication")]

ADA = "ada@example.org"
LOOK = "/subscriptions/asked/?topic=quay%3A7"


def ask(client: Client, address: str = ADA, topic: str = "quay:7", kind: str = "all", **more: str) -> HttpResponse:
    """Send the form as a page does."""
    form = {"topic": topic, "kind": kind, "email": address, **more}
    return client.post("/subscriptions/new/", form, headers={"Sec-Fetch-Site": "same-origin"})


def confirm_link(post: MailServer, address: str = ADA) -> str:
    """Send what waits and return the link of the last confirmation an address got."""
    send_due()
    return post.to(address)[-1].link("/subscriptions/confirm/")


def in_force() -> set[tuple[str, str]]:
    """Return topic and kind of all that is in force."""
    return set(Subscription.objects.in_force().values_list("topic", "kind"))


def tell(occasion: str = "boat:1", wanted: str = "all", but_not: Profile | None = None) -> None:
    """Tell the subscribers of the north quay."""
    notify_subscribers("news", occasion=occasion, topic="quay:7", wanted=Subscription.Kind(wanted), but_not=but_not)
    write_rounds()
    send_due()


# --- anybody ---------------------------------------------------------------------------------------------------------


def test_a_stranger_subscribes_confirms_and_is_told(quays: Quays, post: MailServer, stan: Client) -> None:
    answer = ask(stan)
    assert (answer.status_code, answer["Location"]) == (302, LOOK)
    assert "Look into your mailbox" in stan.get(LOOK).content.decode()
    assert in_force() == set()
    link = confirm_link(post)
    tell("boat:1")
    assert len(post.to(ADA)) == 1, "nothing is sent before it is confirmed"

    page = stan.get(link).content.decode()
    assert "Do you want to be told?" in page
    assert QUAYS["7"] in page
    assert in_force() == set(), "opening the link changes nothing: programs open links, too"

    confirmed = stan.post(link, {"kind": "all"}, follow=True)
    assert "You will be told" in confirmed.content.decode()
    assert in_force() == {("quay:7", "all")}
    tell("boat:1")
    assert len(post.to(ADA)) == 1, "what happened before is no news"
    tell("boat:2")
    assert len(post.to(ADA)) == 2
    assert not stan.cookies, "who reads and subscribes needs no cookie"


def test_one_may_change_ones_mind_when_confirming(quays: Quays, post: MailServer, stan: Client) -> None:
    ask(stan, kind="all")
    stan.post(confirm_link(post), {"kind": "replies"})
    assert in_force() == {("quay:7", "replies")}


def test_the_mail_and_its_pages_are_in_the_readers_language(quays: Quays, post: MailServer, stan: Client) -> None:
    stan.post("/nb/subscriptions/new/", {"topic": "quay:7", "kind": "all", "email": ADA})
    link = confirm_link(post)
    assert link.startswith("/nb/subscriptions/confirm/")
    assert 'lang="nb"' in stan.get(link).content.decode()


def test_somebody_elses_address_submitted_a_thousand_times_gets_one_mail(quays: Quays, post: MailServer) -> None:
    def forms(number: int) -> tuple[str, str, str]:
        address = ("ada@example.org", "ADA@example.org", " ada@EXAMPLE.org ")[number % 3]
        return address, ("all", "replies")[number % 2], f"2001:db8:{number:x}::1"

    for address, kind, client in map(forms, range(960)):
        assert subscribe("quay:7", by=None, kind=kind, address=address, client=client) is None
    for address, kind, client in map(forms, range(960, 1_000)):
        answer = ask(Client(REMOTE_ADDR=client), address, kind=kind)
        assert answer["Location"] == LOOK, "the answer tells nothing"
    while send_due():
        pass
    assert len(post.deliveries) == 1


def test_a_hundred_at_once_get_one_mail(quays: Quays, post: MailServer) -> None:
    ready = threading.Barrier(20)

    def rush(number: int) -> int:
        try:
            ready.wait(30)
            return ask(Client(REMOTE_ADDR=f"198.51.100.{number}")).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        statuses = [done.result(60) for done in [threads.submit(rush, number) for number in range(100)]]
    send_due()
    assert set(statuses) == {302}
    assert len(post.to(ADA)) == 1


def test_when_nobody_answered_for_days_one_may_ask_again(quays: Quays, post: MailServer, stan: Client) -> None:
    ask(stan)
    first = confirm_link(post)
    with time_machine.travel(timezone.now() + CONFIRMED_WITHIN + timedelta(minutes=1)):
        assert stan.get(first).status_code == 410
        ask(stan)
        second = confirm_link(post)
        assert second != first
        assert stan.post(first, {"kind": "all"}).status_code == 410
        stan.post(second, {"kind": "all"})
    assert in_force() == {("quay:7", "all")}
    assert len(post.to(ADA)) == 2


def test_a_mailbox_gets_few_confirmations_a_day_however_it_is_dressed(quays: Quays, post: MailServer) -> None:
    for number in range(CONFIRMATIONS.turns + 5):
        answer = ask(Client(REMOTE_ADDR=f"198.51.100.{number}"), f"a.d.a+{number}@example.org")
        assert answer["Location"] == LOOK
    send_due()
    assert len(post.deliveries) == CONFIRMATIONS.turns
    # Whom nobody asked can ask again when the day is over.
    with time_machine.travel(timezone.now() + CONFIRMATIONS.within + timedelta(minutes=1)):
        ask(Client(), f"a.d.a+{CONFIRMATIONS.turns + 1}@example.org")
        send_due()
    assert len(post.deliveries) == CONFIRMATIONS.turns + 1


@pytest.mark.parametrize(
    "address_of", [lambda number: "203.0.113.9", lambda number: f"2001:db8:0:7::{number:x}"], ids=["one", "a network"]
)
def test_one_connection_is_told_to_wait(quays: Quays, post: MailServer, address_of: object) -> None:
    def answer(number: int, network: str = "") -> HttpResponse:
        return ask(Client(REMOTE_ADDR=network or address_of(number)), f"reader-{number}@example.org")  # type: ignore[operator]

    assert {answer(number).status_code for number in range(REQUESTS.turns)} == {302}
    refused = answer(999)
    assert refused.status_code == 429
    assert "Try again in an hour" in refused.content.decode()
    assert answer(999, "203.0.113.10").status_code == 302, "others are not held up"
    with time_machine.travel(timezone.now() + REQUESTS.within + timedelta(minutes=1)):
        assert answer(1_000).status_code == 302


def test_what_the_proxy_did_not_say_counts_for_nothing(quays: Quays, post: MailServer) -> None:
    statuses = [
        ask(Client(REMOTE_ADDR="203.0.113.9"), f"r{number}@example.org", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        for number in range(REQUESTS.turns + 1)
    ]
    assert statuses[-1].status_code == 429


def test_a_robot_gets_the_same_answer_and_no_mail(quays: Quays, post: MailServer, stan: Client) -> None:
    assert ask(stan, website="https://cheap.example")["Location"] == LOOK
    assert (send_due(), Subscription.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"topic": "quay:99"}, 404),
        ({"topic": "quay:8 "}, 404),
        ({"topic": "article:1"}, 404),
        ({"topic": "thread:999999999999999999999"}, 404),
        ({"topic": "publication:lists"}, 404),
        ({"topic": ""}, 404),
        ({"topic": ":"}, 404),
        ({"topic": "quay:7\0"}, 404),
        ({"topic": "q" * 100_000}, 404),
        ({"kind": ""}, 422),
        ({"kind": "everything"}, 422),
        ({"email": ""}, 422),
        ({"email": "%@%"}, 422),
        ({"email": "ada@example.org\r\nBcc: bo@example.org"}, 422),
        ({"email": "ada@example.org, bo@example.org"}, 422),
        ({"email": "a" * 100_000 + "@example.org"}, 422),
        ({"email": "ada@\0example.org"}, 422),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_bad_input_is_refused_and_leaves_nothing(
    quays: Quays, post: MailServer, stan: Client, form: dict[str, str], status: int
) -> None:
    answer = stan.post("/subscriptions/new/", {"topic": "quay:7", "kind": "all", "email": ADA, **form})
    assert answer.status_code == status
    assert (send_due(), Subscription.objects.count(), OutboxMessage.objects.count()) == (0, 0, 0)


def test_what_readers_may_not_see_they_cannot_subscribe_to(quays: Quays, post: MailServer, stan: Client) -> None:
    quays.closed.add("7")
    assert ask(stan).status_code == 404
    assert QUAYS["7"] not in stan.get(LOOK).content.decode()


def test_another_sites_page_subscribes_nobody(quays: Quays, rita: User, as_rita: Client, stan: Client) -> None:
    form = {"topic": "quay:7", "kind": "all", "email": ADA}
    for client in (as_rita, stan):
        assert client.post("/subscriptions/new/", form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert Subscription.objects.count() == 0
    assert as_rita.get("/subscriptions/new/").status_code == 405


# --- changing one's mind ---------------------------------------------------------------------------------------------


def confirmed(post: MailServer, client: Client, kind: str = "all") -> str:
    """Subscribe Ada, confirm, and return the link it was done with."""
    ask(client, kind=kind)
    link = confirm_link(post)
    client.post(link, {"kind": kind})
    return link


def test_who_is_subscribed_is_not_asked_again(quays: Quays, post: MailServer, stan: Client) -> None:
    confirmed(post, stan)
    assert ask(stan)["Location"] == LOOK
    assert send_due() == 0


def test_a_stranger_cannot_change_what_is_in_force(quays: Quays, post: MailServer, stan: Client) -> None:
    confirmed(post, stan, "replies")
    ask(stan, kind="all")
    link = confirm_link(post)
    assert in_force() == {("quay:7", "replies")}
    stan.post(link, {"kind": "all"})
    assert in_force() == {("quay:7", "all")}


def test_confirming_twice_is_as_good_as_once(quays: Quays, post: MailServer, stan: Client) -> None:
    link = confirmed(post, stan)
    assert "You will be told" in stan.post(link, {"kind": "all"}, follow=True).content.decode()
    assert Subscription.objects.count() == 1


def test_a_used_link_does_not_begin_again_what_was_ended(quays: Quays, post: MailServer, stan: Client) -> None:
    link = confirmed(post, stan)
    stan.post(f"/subscriptions/stop/?t={STOP.token(Subscription.objects.get().public_id)}")
    refused = stan.post(link, {"kind": "all"})
    assert refused.status_code == 410
    assert "has been used up" in refused.content.decode()
    assert in_force() == set()


def test_a_link_replaced_by_a_newer_one_is_used_up(quays: Quays, post: MailServer, stan: Client) -> None:
    old = confirmed(post, stan, "replies")
    ask(stan, kind="all")
    new = confirm_link(post)
    assert stan.get(old).status_code == 410
    assert stan.get(new).status_code == 200


def test_a_topic_that_has_gone_meanwhile_sends_nothing(quays: Quays, post: MailServer, stan: Client) -> None:
    ask(stan)
    quays.closed.add("7")
    send_due()
    assert post.deliveries == []
    assert OutboxMessage.objects.get().state == OutboxMessage.State.WITHDRAWN


# --- tokens ----------------------------------------------------------------------------------------------------------

FORGED = ["", "x", ".", "..", "a.b.c", "\0", "é", "\ud83d", "A" * 100_000, "../../etc/passwd", "<script>"]


@pytest.mark.parametrize("page", ["confirm", "stop", "silence", "all"])
@pytest.mark.parametrize("token", FORGED, ids=lambda token: ascii(token)[:16])
def test_a_forged_link_is_refused_with_a_sentence(quays: Quays, stan: Client, page: str, token: str) -> None:
    query = {"t": token.encode("utf-8", "surrogatepass")}
    for answer in (stan.get(f"/subscriptions/{page}/", query), stan.get(f"/subscriptions/{page}/")):
        assert answer.status_code == 400
        assert "Open it from the mail once more" in answer.content.decode()
    posted = stan.post(f"/subscriptions/{page}/?t=x", {"kind": "all"})
    assert posted.status_code == (405 if page == "all" else 400)


@pytest.mark.parametrize("page", ["confirm", "stop", "silence", "all"])
def test_a_link_is_good_for_one_page_only(quays: Quays, post: MailServer, stan: Client, page: str) -> None:
    ask(stan)
    wish = Subscription.objects.get()
    tokens = {
        "confirm": CONFIRM.token(f"{wish.public_id}.{wish.nonce}"),
        "stop": STOP.token(wish.public_id),
        "silence": SILENCE.token(ADA),
        "all": OVERVIEW.token(ADA),
    }
    statuses = {name: stan.get(f"/subscriptions/{page}/", {"t": token}).status_code for name, token in tokens.items()}
    assert statuses == {name: 200 if name == page else 400 for name in tokens}


def test_a_changed_link_is_refused(quays: Quays, post: MailServer, stan: Client) -> None:
    ask(stan)
    link = confirm_link(post)
    other = Subscription.objects.create(
        topic="quay:8", kind="all", asked_kind="all", asked_at=timezone.now(), address="bo@example.org", language="en"
    )
    swapped = re.sub(r"t=\w+", f"t={other.public_id}", link)
    assert swapped != link
    assert stan.post(swapped, {"kind": "all"}).status_code == 400
    assert stan.post(link[:-1] + ("A" if link[-1] != "A" else "B"), {"kind": "all"}).status_code == 400
    assert stan.post(link, {"kind": "whatever"}).status_code == 422
    assert in_force() == set()


def test_another_publications_link_is_refused(quays: Quays, stan: Client, settings: object) -> None:
    settings.SECRET_KEY = "another publication's"  # type: ignore[attr-defined]
    token = SILENCE.token(ADA)
    settings.SECRET_KEY = "ours"  # type: ignore[attr-defined]
    assert stan.post(f"/subscriptions/silence/?t={token}").status_code == 400


# --- members and guests ----------------------------------------------------------------------------------------------


@pytest.fixture
def proven(rita: User) -> Iterator[User]:
    """Rita, who has proven her address."""
    rita.emailaddress_set.create(email=rita.email, verified=True, primary=True)
    return rita


def test_a_member_is_subscribed_at_once(quays: Quays, post: MailServer, proven: User, as_rita: Client) -> None:
    answer = ask(as_rita, address="")
    assert answer["Location"] == f"{LOOK}&done=yes"
    assert "You will be told" in as_rita.get(answer["Location"]).content.decode()
    assert in_force() == {("quay:7", "all")}
    tell()
    assert len(post.to(proven.email)) == 1


def test_a_member_changes_what_they_are_told_of(quays: Quays, proven: User, as_rita: Client) -> None:
    ask(as_rita, address="", kind="all")
    ask(as_rita, address=proven.email.upper(), kind="replies")
    assert in_force() == {("quay:7", "replies")}
    assert Subscription.objects.count() == 1


def test_a_member_without_public_name_gets_one(quays: Quays, proven: User, as_rita: Client) -> None:
    Profile.objects.filter(user=proven).delete()
    ask(as_rita, address="")
    assert Subscription.objects.get().profile == Profile.objects.get(user=proven)


def test_a_member_who_gives_another_address_has_to_prove_it(
    quays: Quays, post: MailServer, proven: User, as_rita: Client
) -> None:
    assert ask(as_rita, address=ADA)["Location"] == LOOK
    assert in_force() == set()
    as_rita.post(confirm_link(post), {"kind": "all"})
    assert in_force() == {("quay:7", "all")}


def test_a_member_who_has_proven_nothing_is_like_anybody(
    quays: Quays, post: MailServer, rita: User, as_rita: Client
) -> None:
    rita.emailaddress_set.create(email=rita.email, verified=False, primary=True)
    assert ask(as_rita, address="").status_code == 422
    assert ask(as_rita, address=rita.email)["Location"] == LOOK
    assert in_force() == set()


def test_a_guests_address_is_asked_though_they_gave_it_with_a_comment(
    quays: Quays, post: MailServer, gus: Profile, as_gus: Client
) -> None:
    Profile.objects.filter(pk=gus.pk).update(email="gus@example.org")
    assert ask(as_gus, address="")["Location"] == LOOK
    as_gus.post(confirm_link(post, "gus@example.org"), {"kind": "all"})
    assert Subscription.objects.get().profile == gus


def test_nobody_is_told_of_their_own_doing(
    quays: Quays, post: MailServer, proven: User, as_rita: Client, stan: Client
) -> None:
    ask(as_rita, address="")
    confirmed(post, stan)
    tell(but_not=proven.profile)
    assert len(post.to(proven.email)) == 0
    assert len(post.to(ADA)) == 2, "the confirmation and the news"
    tell("boat:2", but_not=Profile.objects.create(name="Ada", email=ADA))
    assert (len(post.to(proven.email)), len(post.to(ADA))) == (1, 2)


def test_who_wants_replies_only_gets_no_news_of_others(
    quays: Quays, post: MailServer, proven: User, as_rita: Client
) -> None:
    ask(as_rita, address="", kind="replies")
    tell(wanted="all")
    assert post.deliveries == []
    assert list(Subscription.objects.in_force().of_replies_to(proven.profile)) == [Subscription.objects.get()]


def test_telling_of_replies_keeps_what_includes_them(
    quays: Quays, post: MailServer, proven: User, as_rita: Client, gus: Profile
) -> None:
    ask(as_rita, address="", kind="all")
    kept = subscribe_to_replies("quay:7", by=proven.profile, client="198.51.100.1")
    assert kept is not None
    assert kept.kind == "all"
    gus.email = ADA
    assert subscribe_to_replies("quay:7", by=gus, address=ADA, client="198.51.100.1") is None
    Client().post(confirm_link(post), {"kind": "replies"})
    assert list(Subscription.objects.in_force().of_replies_to(gus).values_list("address", flat=True)) == [ADA]
    again = subscribe_to_replies("quay:7", by=gus, address=ADA, client="198.51.100.1")
    assert again is not None
    assert send_due() == 0
