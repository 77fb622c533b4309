"""The outbox: written with what it tells of, sent at least once, by as many workers as there are."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from broadsheet.accounts.models import User
from broadsheet.notification.messages import Reader
from broadsheet.notification.models import OutboxMessage
from broadsheet.notification.notify import notify
from broadsheet.notification.outbox import (
    ATTEMPTS,
    LEASE,
    LONGEST_DELAY,
    OUTAGE,
    delay_after,
    findings,
    send_due,
)
from broadsheet.notification.retention import DEAD_FOR, SETTLED_FOR, forget_what_has_served
from broadsheet.notification.tasks import NEGLECT, see_to_waiting_mail, send_waiting_mail, wake
from tests.fakes.mail_server import Delivery, MailServer, serving_mail
from tests.places import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quays")]

State = OutboxMessage.State
ADA = "ada@example.org"


def tell(*addresses: str, occasion: str = "boat:1", **facts: object) -> None:
    """Tell readers of a boat."""
    notify("news", occasion=occasion, to=[Reader("en", address=one) for one in addresses or [ADA]], facts=facts)


def states() -> Counter[str]:
    """Count the mails by how they stand."""
    return Counter(OutboxMessage.objects.values_list("state", flat=True))


def let_everything_be_due() -> None:
    """Let the time of every waiting mail come, and every lease run out."""
    past = timezone.now() - timedelta(seconds=1)
    OutboxMessage.objects.waiting().update(next_attempt_at=past)
    OutboxMessage.objects.exclude(leased_until=None).update(leased_until=past)


# --- writing ---------------------------------------------------------------------------------------------------------


def test_what_is_rolled_back_was_never_written(post: MailServer) -> None:
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert (send_due(), post.deliveries, DBTaskResult.objects.count()) == (0, [], 0)


def test_of_one_occasion_nobody_gets_two_mails(post: MailServer) -> None:
    for _ in range(3):
        tell(ADA, "bo@example.org")
    tell(ADA, occasion="boat:2")
    send_due()
    assert Counter(one.recipients[0] for one in post.deliveries) == {ADA: 2, "bo@example.org": 1}


def test_a_hundred_who_tell_at_once_write_one_mail(post: MailServer) -> None:
    def write() -> None:
        try:
            tell()
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        for done in [threads.submit(write) for _ in range(100)]:
            done.result(60)
    send_due()
    assert len(post.deliveries) == 1


def test_a_kind_that_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no notice kind"):
        notify("olds", occasion="boat:1", to=[Reader("en", address=ADA)])


def test_a_member_is_written_to_where_they_are_proven_to_be(rita: User, post: MailServer) -> None:
    nobody, member = Reader("en", profile=rita.profile), Reader("en", profile=rita.profile)
    notify("news", occasion="boat:1", to=[nobody])
    assert states() == {}
    rita.emailaddress_set.create(email="old@example.org", verified=True, primary=False)
    rita.emailaddress_set.create(email="rita@example.org", verified=True, primary=True)
    rita.emailaddress_set.create(email="unproven@example.org", verified=False)
    notify("news", occasion="boat:1", to=[member])
    send_due()
    assert [one.recipients for one in post.deliveries] == [("rita@example.org",)]


def test_a_member_who_moves_is_followed_and_one_who_leaves_is_left_alone(rita: User, post: MailServer) -> None:
    here = rita.emailaddress_set.create(email="here@example.org", verified=True, primary=True)
    notify("news", occasion="boat:1", to=[Reader("en", profile=rita.profile)])
    here.delete()
    rita.emailaddress_set.create(email="there@example.org", verified=True, primary=True)
    send_due()
    assert [one.recipients for one in post.deliveries] == [("there@example.org",)]
    notify("news", occasion="boat:2", to=[Reader("en", profile=rita.profile)])
    User.objects.filter(pk=rita.pk).update(is_active=False)
    send_due()
    assert (len(post.deliveries), states()) == (1, {State.SENT: 1, State.WITHDRAWN: 1})


# --- sending ---------------------------------------------------------------------------------------------------------


def test_a_mail_is_sent_once_and_noted(post: MailServer) -> None:
    tell()
    assert (send_due(), send_due()) == (1, 0)
    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts, message.leased_until, message.reason) == (State.SENT, 1, None, "")
    assert post.only(ADA).mail["Message-ID"] == f"<{message.number}@testserver>"


def test_mail_is_never_sent_inside_a_transaction(post: MailServer) -> None:
    tell()
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        send_due()
    assert (post.deliveries, states()) == ([], {State.WAITING: 1})


def test_no_more_than_asked_for_are_sent_at_once(post: MailServer) -> None:
    tell(*(f"reader-{number}@example.org" for number in range(7)))
    assert [send_due(at_most=3) for _ in range(4)] == [3, 3, 1, 0]
    assert len(post.deliveries) == 7


def test_what_is_no_longer_so_is_withdrawn(post: MailServer) -> None:
    tell(is_taken_back=True)
    send_due()
    assert (post.deliveries, states()) == ([], {State.WITHDRAWN: 1})


def test_a_mail_that_cannot_be_written_harms_no_other(post: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    tell("broken@example.org")
    OutboxMessage.objects.update(facts=["not", "what", "the kind", "wrote"])
    tell(ADA, occasion="boat:2")
    send_due()
    broken = OutboxMessage.objects.get(address="broken@example.org")
    assert (broken.state, broken.attempts) == (State.WAITING, 1)
    assert broken.reason.startswith("AttributeError")
    assert len(post.to(ADA)) == 1
    assert "cannot be written" in caplog.text


# --- trying again ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["451 Come back later", "421 Shutting down"])
def test_what_may_succeed_another_time_is_tried_again(post: MailServer, answer: str) -> None:
    post.answers[ADA] = [answer]
    tell()
    tell("bo@example.org", occasion="boat:2")
    send_due()
    message = OutboxMessage.objects.get(address=ADA)
    assert (message.state, message.attempts, message.reason) == (State.WAITING, 1, answer)
    assert timedelta(seconds=40) < message.next_attempt_at - timezone.now() <= timedelta(seconds=75)
    assert len(post.to("bo@example.org")) == 1, "one reader's trouble is not another's"
    assert send_due() == 0, "not before its time"
    let_everything_be_due()
    send_due()
    assert len(post.to(ADA)) == 1


def test_a_temporary_refusal_of_the_content_is_tried_again_under_the_same_name(post: MailServer) -> None:
    seen: list[Delivery] = []
    post.meanwhile = seen.append
    post.content_answers[ADA] = ["452 The disk is full", "451 Not yet"]
    tell()
    for _ in range(3):
        send_due()
        let_everything_be_due()
    assert len(post.to(ADA)) == 1
    assert len({one.mail["Message-ID"] for one in seen}) == 1
    assert OutboxMessage.objects.get().attempts == 3


@pytest.mark.parametrize(("where", "answer"), [("answers", "550 No such user"), ("content_answers", "554 Spam")])
def test_what_is_refused_for_good_is_not_tried_again(post: MailServer, where: str, answer: str) -> None:
    getattr(post, where)[ADA] = [answer] * 5
    tell()
    send_due()
    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts, message.reason) == (State.DEAD, 1, answer)
    assert send_due() == 0


def test_after_the_last_attempt_it_is_given_up(post: MailServer) -> None:
    post.answers[ADA] = ["451 Never, but politely"] * (ATTEMPTS + 5)
    tell()
    for _ in range(ATTEMPTS + 5):
        send_due()
        let_everything_be_due()
    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts, message.reason) == (State.DEAD, ATTEMPTS, "451 Never, but politely")
    assert list(findings()) == ["1 mails could not be delivered: look at them in the newsroom under Mail"]


def test_the_wait_doubles_and_strays() -> None:
    middle = [delay_after(attempts, 0.5) for attempts in range(1, 12)]
    assert middle[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert middle == sorted(middle)
    assert middle[-1] == LONGEST_DELAY == delay_after(1_000_000, 0.5)
    assert delay_after(3, 0.0) == timedelta(minutes=3)
    assert delay_after(3, 1.0) == timedelta(minutes=5)
    assert timedelta(days=1) < sum((delay_after(n, 0.5) for n in range(1, ATTEMPTS)), timedelta()) < timedelta(days=3)


@pytest.mark.parametrize("trouble", ["nobody listens", "it does not let us in"])
def test_a_server_that_is_away_harms_no_mail(
    post: MailServer, settings: object, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    if trouble == "nobody listens":
        settings.EMAIL_PORT = free_port()  # type: ignore[attr-defined]
    else:
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"  # type: ignore[attr-defined]
    tell(*(f"reader-{number}@example.org" for number in range(5)))
    assert send_due() == 1, "one finds out, the others need not try"
    assert set(OutboxMessage.objects.values_list("attempts", "state")) == {(0, State.WAITING)}
    waits = {message.next_attempt_at - timezone.now() for message in OutboxMessage.objects.all()}
    assert OUTAGE * 0.7 < min(waits) <= max(waits) < OUTAGE * 1.3
    assert "cannot be reached" in caplog.text
    settings.EMAIL_PORT, settings.EMAIL_HOST_USER = post.port, ""  # type: ignore[attr-defined]
    let_everything_be_due()
    send_due()
    assert (len(post.deliveries), states()) == (5, {State.SENT: 5})


def test_a_connection_that_breaks_is_opened_anew(post: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    whole = EmailBackend.open
    monkeypatch.setattr(EmailBackend, "open", lambda self: opened.append(self) or whole(self))
    post.content_answers["a@example.org"] = ["421 Out of patience"]
    tell("a@example.org", "b@example.org", "c@example.org")
    send_due()
    assert {one.recipients[0] for one in post.deliveries} == {"b@example.org", "c@example.org"}
    assert len(set(map(id, opened))) == 2


def test_check_tells_of_mail_that_waits_too_long(post: MailServer, settings: object) -> None:
    settings.EMAIL_PORT = free_port()  # type: ignore[attr-defined]
    tell()
    send_due()
    assert list(findings()) == []
    (finding,) = findings(timezone.now() + timedelta(hours=2))
    assert finding.startswith("1 mails wait")
    assert "refused" in finding


# --- several workers -------------------------------------------------------------------------------------------------


def test_two_workers_never_send_one_mail_twice(post: MailServer) -> None:
    readers = [f"reader-{number}@example.org" for number in range(40)]
    tell(*readers)
    ready = threading.Barrier(4)

    def work() -> int:
        try:
            ready.wait(30)
            return send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        taken = [done.result(120) for done in [threads.submit(work) for _ in range(4)]]
    assert sum(taken) == 40
    assert Counter(one.recipients[0] for one in post.deliveries) == dict.fromkeys(readers, 1)


def test_while_a_lease_holds_nobody_else_touches_the_mail(post: MailServer) -> None:
    arrived, go_on = threading.Event(), threading.Event()
    post.meanwhile = lambda delivery: (arrived.set(), go_on.wait(30))

    def work() -> int:
        try:
            return send_due()
        finally:
            connection.close()

    tell()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(work)
        assert arrived.wait(30)
        assert send_due() == 0
        with time_machine.travel(timezone.now() + LEASE - timedelta(seconds=30)):
            assert send_due() == 0
        go_on.set()
        assert slow.result(60) == 1
    assert len(post.deliveries) == 1


def test_who_has_lost_the_lease_does_not_undo_what_another_did(post: MailServer, settings: object) -> None:
    """A worker that was asleep for longer than its lease fails, long after another one has sent the mail."""

    def send_by_another_server(port: int) -> None:
        try:
            let_everything_be_due()
            settings.EMAIL_PORT = port  # type: ignore[attr-defined]
            assert send_due() == 1
        finally:
            connection.close()

    def sleep(delivery: Delivery) -> None:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(send_by_another_server, other.port).result(60)

    post.meanwhile = sleep
    post.content_answers[ADA] = ["451 Too late"]
    tell()
    with serving_mail() as other:
        send_due()
    message = OutboxMessage.objects.get()
    assert (message.state, message.reason, len(other.to(ADA)), len(post.to(ADA))) == (State.SENT, "", 1, 0)


# --- waking, looking after, forgetting -------------------------------------------------------------------------------


def test_a_hint_is_given_once_after_the_commit() -> None:
    with transaction.atomic():
        tell()
        assert DBTaskResult.objects.count() == 0
    tell(occasion="boat:2")
    assert [one.task_path for one in DBTaskResult.objects.all()] == [send_waiting_mail.module_path]


def test_a_hint_that_cannot_be_given_harms_nobody(post: MailServer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {DBTaskResult._meta.db_table} RENAME TO away")
    tell()
    assert (send_due(), len(post.deliveries)) == (1, 1)


def test_the_task_sends_everything(post: MailServer) -> None:
    tell(*(f"reader-{number}@example.org" for number in range(25)))
    send_waiting_mail.call()
    assert len(post.deliveries) == 25


def test_the_timetable_wakes_the_worker_and_sends_what_it_neglects(post: MailServer) -> None:
    see_to_waiting_mail()
    assert DBTaskResult.objects.count() == 0, "nothing waits, so nobody is woken"
    tell()
    DBTaskResult.objects.all().delete()
    see_to_waiting_mail()
    assert (DBTaskResult.objects.count(), post.deliveries) == (1, [])
    with time_machine.travel(timezone.now() + NEGLECT + timedelta(seconds=1)):
        see_to_waiting_mail()
    assert len(post.deliveries) == 1


def test_no_second_hint_is_laid_beside_one_that_nobody_took() -> None:
    for _ in range(3):
        wake()
    assert DBTaskResult.objects.count() == 1


def test_mail_that_has_served_is_forgotten(post: MailServer) -> None:
    post.answers["dead@example.org"] = ["550 No"]
    tell(ADA, "dead@example.org")
    send_due()
    tell("later@example.org", occasion="boat:2")
    now = timezone.now()
    forget_what_has_served(now + SETTLED_FOR - timedelta(minutes=1))
    assert OutboxMessage.objects.count() == 3
    forget_what_has_served(now + SETTLED_FOR + timedelta(minutes=1))
    assert states() == {State.DEAD: 1, State.WAITING: 1}
    forget_what_has_served(now + DEAD_FOR + timedelta(minutes=1))
    assert states() == {State.WAITING: 1}
