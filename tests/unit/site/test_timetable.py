"""The timetable: what is due when, one holder at a time, and a record of how it went."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from broadsheet.discussion.models import DiscussionSettings, Thread
from broadsheet.gate.models import AnsweredKey
from broadsheet.publication.models import Section
from broadsheet.site import timetable
from broadsheet.site.models import Heartbeat, TimetableEntry
from broadsheet.site.timetable import LEASE, TIMETABLE, Daily, Every, Job, run_due
from tests import factories

OSLO = ZoneInfo("Europe/Oslo")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=OSLO)
MINUTE = timedelta(minutes=1)


class TestEvery:
    @pytest.mark.parametrize(
        ("last", "is_due"),
        [
            (None, True),
            (NOON - MINUTE, True),
            (NOON - MINUTE + timedelta(seconds=1), False),
            (NOON, False),
            (NOON - timedelta(days=400), True),
            (NOON + timedelta(hours=1), True),  # the clock was put back: do not wait until it has caught up
        ],
    )
    def test_due_when_the_interval_has_passed(self, last: datetime | None, is_due: bool) -> None:
        assert Every(MINUTE).is_due(last, NOON) is is_due

    @pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
    def test_as_often_while_clocks_are_put_on_or_back(self, change: datetime) -> None:
        last = change - 2 * MINUTE
        for seconds in range(-60, 2 * 3600, 30):
            moment = change + timedelta(seconds=seconds)
            assert Every(MINUTE).is_due(last, moment.astimezone(OSLO)) is (seconds % 60 == 0)
            if seconds % 60 == 0:
                last = moment


class TestDaily:
    @pytest.mark.parametrize(
        ("last", "is_due"),
        [
            (None, True),
            (NOON.replace(hour=4, minute=9), True),
            (NOON.replace(hour=4, minute=11), False),
            (NOON - timedelta(days=1), True),
        ],
    )
    def test_due_once_after_that_time(self, last: datetime | None, is_due: bool) -> None:
        assert Daily(time(4, 10)).is_due(last, NOON) is is_due

    def test_before_that_time_yesterdays_run_counts(self) -> None:
        at_three = NOON.replace(hour=3)
        assert not Daily(time(4, 10)).is_due(NOON.replace(hour=4, minute=10) - timedelta(days=1), at_three)
        assert Daily(time(4, 10)).is_due(NOON - timedelta(days=2), at_three)

    @pytest.mark.parametrize("change", [datetime(2026, 3, 29, tzinfo=OSLO), datetime(2026, 10, 25, tzinfo=OSLO)])
    def test_once_on_a_day_of_23_or_25_hours(self, change: datetime) -> None:
        last: datetime | None = change - timedelta(hours=20)
        runs, moment = 0, change.astimezone(UTC)
        while moment.astimezone(OSLO).date() == change.date():
            if Daily(time(2, 30)).is_due(last, moment.astimezone(OSLO)):
                runs, last = runs + 1, moment
            moment += timedelta(minutes=10)
        assert runs == 1


def hourly(work: Callable[[], object], name: str = "wind-the-clock") -> Job:
    return Job(name, Every(timedelta(hours=1)), work)


@pytest.mark.django_db
class TestRunning:
    def test_a_job_runs_once_per_interval_whoever_keeps_time(self) -> None:
        runs: list[int] = []
        job = hourly(lambda: runs.append(1))
        assert run_due([job], "one machine") == ["wind-the-clock"]
        assert run_due([job], "another machine") == []
        assert runs == [1]
        entry = TimetableEntry.objects.get()
        assert (entry.outcome, entry.holder, entry.held_until) == ("done", "", None)
        assert entry.started_at is not None
        assert entry.finished_at is not None
        assert entry.started_at <= entry.finished_at

    def test_a_job_that_fails_is_noted_and_stops_no_other(self, caplog: pytest.LogCaptureFixture) -> None:
        runs: list[int] = []
        broken = hourly(lambda: 1 / 0, "divide")
        assert run_due([broken, hourly(lambda: runs.append(1))], "me") == ["divide", "wind-the-clock"]
        assert runs == [1]
        entry = TimetableEntry.objects.get(name="divide")
        assert (entry.outcome, entry.detail, entry.holder) == ("failed", "ZeroDivisionError: division by zero", "")
        assert "divide failed" in caplog.text

    def test_nobody_takes_a_job_that_is_held(self) -> None:
        old, now = timezone.now() - timedelta(days=1), timezone.now()
        TimetableEntry.objects.create(name="wind-the-clock", holder="they", held_until=now + LEASE, started_at=old)
        assert run_due([hourly(lambda: None)], "me") == []

    def test_a_job_whose_holder_is_gone_is_taken_over(self) -> None:
        old = timezone.now() - timedelta(days=1)
        TimetableEntry.objects.create(name="wind-the-clock", holder="they", held_until=old + LEASE, started_at=old)
        assert run_due([hourly(lambda: None)], "me") == ["wind-the-clock"]

    def test_a_holder_who_lost_the_job_does_not_write_over_the_new_one(self) -> None:
        def lose_it() -> None:
            TimetableEntry.objects.update(holder="they", detail="theirs")

        run_due([hourly(lose_it)], "me")
        entry = TimetableEntry.objects.get()
        assert (entry.holder, entry.detail, entry.finished_at) == ("they", "theirs", None)

    def test_nothing_is_begun_when_stopping(self) -> None:
        stop = threading.Event()
        first = hourly(stop.set, "first")
        assert run_due([first, hourly(lambda: None, "second")], "me", stop) == ["first"]


@pytest.mark.django_db(transaction=True)
def test_a_long_job_keeps_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetable, "LEASE", timedelta(seconds=0.3))
    stolen: list[str] = []

    def work_long() -> None:
        stop = threading.Event()
        for _ in range(8):
            stop.wait(0.1)
            stolen.extend(run_due([hourly(lambda: None)], "thief"))

    TimetableEntry.objects.create(name="wind-the-clock", started_at=timezone.now() - timedelta(days=1))
    job = Job("wind-the-clock", Every(timedelta(seconds=0.05)), work_long)
    assert run_due([job], "me") == ["wind-the-clock"]
    assert stolen == []


@pytest.mark.django_db
class TestTheJobs:
    def run(self, name: str) -> None:
        (job,) = (job for job in TIMETABLE if job.name == name)
        assert run_due([job], "me") == [name]
        assert TimetableEntry.objects.get(name=name).outcome == "done", TimetableEntry.objects.get(name=name).detail

    def test_names_are_unique(self) -> None:
        assert len({job.name for job in TIMETABLE}) == len(TIMETABLE)

    def test_an_article_is_published_when_its_time_has_come(self, section: Section) -> None:
        article = factories.make_article(section, publish=False)
        article.go_live_at = timezone.now() + timedelta(hours=1)
        article.save_revision().publish()
        with time_machine.travel(timezone.now() + timedelta(hours=2)):
            self.run("publish-scheduled")
        article.refresh_from_db()
        assert article.live

    def test_a_discussion_closes_within_a_minute_of_its_age(self, section: Section) -> None:
        article = factories.make_article(section)
        DiscussionSettings.objects.create(site=article.get_site(), close_after_days=14)
        with time_machine.travel(timezone.now() + timedelta(days=14), tick=False) as clock:
            self.run("close-old-discussions")
            assert Thread.objects.get().is_closed
            jobs = [job for job in TIMETABLE if job.name == "close-old-discussions"]
            clock.shift(MINUTE)
            assert run_due(jobs, "me") == ["close-old-discussions"]

    def test_a_heartbeat_is_asked_for_once_until_it_is_given(self) -> None:
        self.run("ask-for-a-heartbeat")
        TimetableEntry.objects.all().delete()
        self.run("ask-for-a-heartbeat")
        task = DBTaskResult.objects.get()
        task.task.call()
        assert timezone.now() - Heartbeat.objects.get(name="worker").beat_at < MINUTE

    def test_old_keys_are_forgotten(self) -> None:
        AnsweredKey.objects.create(scope="post", digest="old", created_at=timezone.now() - timedelta(days=3))
        AnsweredKey.objects.create(scope="post", digest="new")
        self.run("forget-old-keys")
        assert [key.digest for key in AnsweredKey.objects.all()] == ["new"]

    @pytest.mark.parametrize("name", ["forget-finished-tasks", "forget-old-sessions"])
    def test_the_nights_jobs_run(self, name: str) -> None:
        self.run(name)
