"""Kill -9, between any two lines: nothing that was committed is lost, and a mail sent twice is the same mail."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest
from django.db import connections, transaction
from django.utils import timezone

import broadsheet.notification
from broadsheet.accounts.models import Profile
from broadsheet.notification.messages import Reader
from broadsheet.notification.models import OutboxMessage, Round, Subscription
from broadsheet.notification.notify import notify, notify_subscribers
from broadsheet.notification.outbox import send_due
from broadsheet.notification.rounds import write_rounds
from tests.fakes.mail_server import Delivery, MailServer

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quays"),
    # Python 3.12 warns of forking a process that has threads; the child here uses none of them.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]

PACKAGE = Path(broadsheet.notification.__file__).parent
ADA = "ada@example.org"
# Which files' lines the process is killed at: those that decide, in every run; all of them in the long one.
SENDING = [
    pytest.param(["outbox.py"], id="outbox"),
    pytest.param(["*.py"], id="everywhere", marks=pytest.mark.soak),
]


def killed_at(line: int, files: list[str], work: Callable[[], object]) -> bool:
    """Do `work` in a process that is killed before the so-many-th line of `files`; False when it had no so many."""
    traced = {str(path) for pattern in files for path in PACKAGE.glob(pattern)}
    left = line

    def trace(frame: FrameType, event: str, argument: object) -> object:
        nonlocal left
        if frame.f_code.co_filename not in traced:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    connections.close_all()  # what was open belongs to this process
    child = os.fork()
    if child == 0:
        sys.settrace(trace)
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def every_kill(files: list[str], work: Callable[[int], object]) -> Iterator[int]:
    """Kill `work`, which is told the number, before its first line, its second, and so on; yield each number."""
    line = 1
    while killed_at(line, files, lambda number=line: work(number)):
        yield line
        line += 1
    assert line > 10, "the lines were not found"


def let_leases_run_out() -> None:
    """Do as if nobody had been heard of for long."""
    past = timezone.now() - timedelta(seconds=1)
    OutboxMessage.objects.exclude(leased_until=None).update(leased_until=past)


def tell(number: int) -> None:
    """Tell Ada of a boat."""
    notify("news", occasion=f"boat:{number}", to=[Reader("en", address=ADA)])


@pytest.mark.parametrize("files", SENDING)
def test_a_worker_that_is_killed_anywhere_loses_no_mail(post: MailServer, files: list[str]) -> None:
    repeats = 0
    tell(1)
    for number in every_kill(files, lambda number: send_due()):
        sent_before = len(post.deliveries)
        let_leases_run_out()
        send_due()
        message = OutboxMessage.objects.latest("pk")
        copies = [one.mail["Message-ID"] for one in post.deliveries]
        assert message.state == OutboxMessage.State.SENT, f"killed at {number}"
        assert set(copies) == {f"<{message.number}@testserver>"}
        assert len(copies) - sent_before <= 1 >= sent_before
        repeats += len(copies) == 2
        post.deliveries.clear()
        tell(number + 1)
    assert repeats >= 1, "no kill fell between sending and noting it"


def test_a_worker_that_is_killed_while_the_server_answers_sends_again(post: MailServer) -> None:
    def kill(delivery: Delivery) -> None:
        post.meanwhile = lambda delivery: None
        os.kill(child, signal.SIGKILL)

    post.meanwhile = kill
    tell(1)
    connections.close_all()
    child = os.fork()
    if child == 0:
        send_due()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert send_due() == 0, "the lease holds"
    let_leases_run_out()
    assert send_due() == 1
    first, second = post.to(ADA)
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
    assert OutboxMessage.objects.get().state == OutboxMessage.State.SENT


def test_a_mail_that_kills_its_worker_each_time_is_given_up(post: MailServer) -> None:
    tell(1)
    while killed_at(1, ["tokens.py", "publication.py"], send_due):
        let_leases_run_out()
    message = OutboxMessage.objects.get()
    assert message.state == OutboxMessage.State.DEAD
    assert message.reason == "The worker ended each time it tried to send this."
    assert post.deliveries == []


def test_what_happened_and_its_mail_are_there_together_or_not_at_all(post: MailServer) -> None:
    def happen(number: int) -> None:
        with transaction.atomic():
            Profile.objects.create(name=f"Boat {number}")
            tell(number)

    for number in every_kill(["notify.py", "messages.py", "tasks.py"], happen):
        happened = Profile.objects.filter(name=f"Boat {number}").count()
        send_due()
        assert len(post.deliveries) == happened, f"killed at {number}"
        post.deliveries.clear()


def test_a_round_that_is_killed_anywhere_leaves_nobody_out_and_tells_nobody_twice(post: MailServer) -> None:
    readers = [f"reader-{number}@example.org" for number in range(3)]
    for reader in readers:
        Subscription.objects.create(
            topic="quay:7", kind="all", address=reader, language="en", state="confirmed", confirmed_at=timezone.now()
        )

    def tell_all(number: int) -> None:
        notify_subscribers("news", occasion=f"boat:{number}", topic="quay:7", wanted=Subscription.Kind.ALL)

    tell_all(1)
    for number in every_kill(["rounds.py", "messages.py"], lambda number: write_rounds(at_once=2)):
        write_rounds(at_once=2)
        assert not Round.objects.filter(finished_at=None).exists()
        written = OutboxMessage.objects.order_by("pk").values_list("address", flat=True)
        assert list(written) == readers, f"killed at {number}"
        OutboxMessage.objects.all().delete()
        tell_all(number + 1)
