"""The feed: every process hears of every change within a moment, and knows when it does not."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from broadsheet.delivery import changes
from broadsheet.delivery.announce import announce
from broadsheet.delivery.changes import (
    TRUSTED_FOR,
    Change,
    Feed,
    changes_since,
    forget_old_announcements,
    now,
)
from broadsheet.delivery.models import Announcement
from tests.waiting import until, usual

TOPIC = "article:12"
PROMISED = 1.0  # seconds from commit to every process

pytestmark = pytest.mark.django_db(transaction=True)


class Ear:
    """A listener that notes what it is told, and when."""

    def __init__(self) -> None:
        self.heard: list[Change] = []
        self.at: list[float] = []
        self.lost = 0

    def moved(self, changes: Sequence[Change]) -> None:
        self.heard += changes
        self.at += [now()] * len(changes)

    def lost_track(self) -> None:
        self.lost += 1

    def said(self) -> list[tuple[str, int, str]]:
        return [(change.topic, change.version, change.change) for change in self.heard]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def feed(ear: Ear) -> Iterator[Feed]:
    feed = Feed()
    feed.tell(ear)
    feed.start()
    until(feed.is_up_to_date)
    yield feed
    feed.stop()


def test_a_change_is_heard_soon_after_its_commit(feed: Feed, ear: Ear) -> None:
    delays = []
    for version in range(1, 6):
        announce(TOPIC, "published")
        committed = now()
        until(lambda version=version: len(ear.heard) == version)  # type: ignore[misc]
        delays.append(ear.at[-1] - committed)
    assert usual(delays) < PROMISED
    assert ear.said() == [(TOPIC, version, "published") for version in range(1, 6)]


def test_what_it_was_about_is_heard_too(feed: Feed, ear: Ear) -> None:
    announce("thread:7", "comment-posted", about="nv8s44zjc4vn")
    until(lambda: ear.heard)
    assert ear.heard[0].about == "nv8s44zjc4vn"


def test_nothing_is_heard_before_the_commit_nor_of_what_is_rolled_back(feed: Feed, ear: Ear) -> None:
    def fail() -> None:
        with transaction.atomic():
            announce(TOPIC, "published")
            raise RuntimeError("the picture is missing")

    with pytest.raises(RuntimeError):
        fail()
    with transaction.atomic():
        announce(TOPIC, "moved")
        time.sleep(0.2)
        assert ear.heard == []
    until(lambda: ear.heard)
    assert ear.said() == [(TOPIC, 1, "moved")]


def test_the_feed_is_up_to_date_while_it_looks(feed: Feed) -> None:
    for _ in range(20):
        assert feed.is_up_to_date()
        time.sleep(0.05)


def test_what_was_committed_before_the_last_look_was_told(feed: Feed, ear: Ear) -> None:
    """Whoever trusts the feed relies on this."""
    for version in range(1, 40):
        announce(TOPIC, "comment-posted")
        committed = now()
        until(lambda committed=committed: feed.looked_at >= committed)  # type: ignore[misc]
        assert len(ear.heard) == version


def test_many_writers_at_once_and_nothing_is_missed(feed: Feed, ear: Ear) -> None:
    """Their transactions end in another order than they began."""
    writers, each = 6, 15

    def write(number: int) -> None:
        try:
            for round_ in range(each):
                with transaction.atomic():
                    announce(f"thread:{number}", "comment-posted")
                    if connection.vendor == "postgresql":  # where they do not wait for each other
                        time.sleep(0.01 * ((number + round_) % 3))
                    announce("publication:lists", "published") if number == 0 else None
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as threads:
        for written in [threads.submit(write, number) for number in range(writers)]:
            written.result(60)
    until(lambda: len(ear.heard) >= writers * each + each)
    for number in range(writers):
        versions = [change.version for change in ear.heard if change.topic == f"thread:{number}"]
        assert versions == list(range(1, each + 1))
    assert ear.lost == 1  # when it began


def test_two_feeds_hear_the_same(feed: Feed, ear: Ear) -> None:
    other, second = Ear(), Feed()
    second.tell(other)
    second.start()
    try:
        until(second.is_up_to_date)
        announce(TOPIC, "published")
        until(lambda: ear.heard and other.heard)
        assert ear.heard == other.heard
    finally:
        second.stop()


def test_a_process_that_was_asleep_trusts_nothing(ear: Ear) -> None:
    clock = [0.0]
    feed = Feed(clock=lambda: clock[0])
    feed.looked_at = 0.0
    assert feed.is_up_to_date()
    clock[0] = TRUSTED_FOR
    assert not feed.is_up_to_date()


def test_a_database_that_goes_away_is_waited_for_and_anything_may_have_changed(
    feed: Feed, ear: Ear, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection is cut from the outside where the database lets us, else from within."""
    assert ear.lost == 1
    _cut(monkeypatch)
    until(lambda: ear.lost >= 2)
    announce(TOPIC, "published")
    until(lambda: ear.said()[-1:] == [(TOPIC, 1, "published")])
    until(feed.is_up_to_date)
    assert caplog.text.count("has lost track") == 1
    until(lambda: "is back" in caplog.text)


def _cut(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                           "datname = current_database() AND application_name = 'broadsheet-changes'")  # fmt: skip
            assert cursor.fetchone() == (True,)
        return
    # A file cannot be cut off; a table can be put aside.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE delivery_announcement RENAME TO put_aside")
        time.sleep(0.3)
        cursor.execute("ALTER TABLE put_aside RENAME TO delivery_announcement")


def test_a_listener_that_fails_costs_nobody_the_track(feed: Feed, ear: Ear) -> None:
    def fail(changes: Sequence[Change]) -> None:
        del ear.moved  # type: ignore[method-assign]
        raise RuntimeError("out of memory")

    ear.moved = fail  # type: ignore[method-assign]
    announce(TOPIC, "published")
    until(lambda: ear.lost == 2)
    announce(TOPIC, "moved")
    until(lambda: ear.said() == [(TOPIC, 2, "moved")])


def test_an_announcement_that_does_not_reach_us_is_noticed(feed: Feed, ear: Ear) -> None:
    """A pooler between may swallow what PostgreSQL says; on SQLite nothing stands between."""
    Announcement.objects.create(topic=TOPIC, version=1, change="published", announced_at=timezone.now())
    if connection.vendor == "postgresql":
        until(lambda: ear.lost == 2)
    else:
        until(lambda: ear.heard)
    until(feed.is_up_to_date)


def test_while_one_is_on_its_way_the_look_is_not_trusted(ear: Ear) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite tells all at once")
    line = connection.copy()
    line.connect()
    watch = changes.PostgresWatch(line)
    try:
        assert watch.look() == ([], True)
        Announcement.objects.create(topic=TOPIC, version=1, change="published", announced_at=timezone.now())
        assert watch.look() == ([], False)
        announce("article:13", "published")
        until(lambda: watch.look()[1])
    finally:
        line.close()


def test_it_waits_however_many_files_are_open() -> None:
    """As behind a thousand readers, where the line gets a number that `select` does not take."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is not waited for by a file")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard < 4_096 else 4_096, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1_100):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        line = connection.copy()
        line.connect()
        stack.callback(line.close)
        watch = changes.PostgresWatch(line)
        assert line.connection.fileno() >= 1_024
        watch.wait(0.01)
        announce(TOPIC, "published")
        until(lambda: watch.wait(0.1) or watch.look()[0])  # type: ignore[func-returns-value]


def test_looking_writes_nothing_and_keeps_no_transaction_open(feed: Feed) -> None:
    """A reader that stays would keep SQLite's log from being emptied."""
    if connection.vendor != "sqlite":
        pytest.skip("of SQLite only")
    announce(TOPIC, "published")
    time.sleep(0.2)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert cursor.fetchone()[0] == 0  # not busy


def test_a_thread_is_left_by_nobody(feed: Feed) -> None:
    feed.stop()
    assert "changes" not in {thread.name for thread in threading.enumerate()}


class TestWhatWasMissed:
    def test_is_told_in_its_order(self) -> None:
        for change in ("published", "moved", "unpublished"):
            announce(TOPIC, change)
            announce("thread:7", "comment-posted")
        missed = changes_since(TOPIC, 1)
        assert missed is not None
        assert [(one.version, one.change) for one in missed] == [(2, "moved"), (3, "unpublished")]

    def test_names_what_it_was_about(self) -> None:
        announce("thread:7", "comment-posted", about="nv8s44zjc4vn")
        announce("thread:7", "thread-closed")
        missed = changes_since("thread:7", 0)
        assert missed is not None
        assert [one.about for one in missed] == ["nv8s44zjc4vn", ""]

    def test_is_nothing_for_who_knows_the_newest(self) -> None:
        announce(TOPIC, "published")
        assert changes_since(TOPIC, 1) == []
        assert changes_since("article:13", 0) == []

    def test_cannot_be_told_when_it_is_forgotten(self) -> None:
        for _ in range(3):
            announce(TOPIC, "published")
        Announcement.objects.filter(version=2).delete()
        assert changes_since(TOPIC, 0) is None
        assert changes_since(TOPIC, 2) is not None
        Announcement.objects.all().delete()
        assert changes_since(TOPIC, 2) is None
        assert changes_since(TOPIC, 3) == []

    def test_nor_to_somebody_who_knows_more_than_we(self) -> None:
        """Such as from before a backup was put back."""
        announce(TOPIC, "published")
        assert changes_since(TOPIC, 9) is None

    def test_is_kept_for_an_hour(self) -> None:
        Announcement.objects.all().delete()  # what migrating had to tell
        announce(TOPIC, "published")
        assert forget_old_announcements(timezone.now() + timedelta(minutes=59)) == 0
        assert forget_old_announcements(timezone.now() + timedelta(minutes=61)) == 1
        announce(TOPIC, "moved")
        assert Announcement.objects.get().version == 2
