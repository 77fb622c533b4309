"""The timetable: what runs by the clock, one holder at a time however many processes and machines keep it."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from broadsheet.annotation.carried import carry_over_missed
from broadsheet.delivery.changes import forget_old_announcements
from broadsheet.discussion.actions import follow_age_rule
from broadsheet.funding.actions import tell_what_began_and_ended
from broadsheet.gate.keys import forget_old_keys
from broadsheet.gate.limits import forget_old_turns
from broadsheet.moderation.retention import forget_networks
from broadsheet.notification.retention import forget_what_has_served
from broadsheet.notification.tasks import see_to_waiting_mail
from broadsheet.publication.published import record_missing_texts
from broadsheet.site.models import TimetableEntry
from broadsheet.site.tasks import ask_for_a_heartbeat

log = logging.getLogger("broadsheet.timetable")

# How long a job stays with a holder who has gone silent. The living renew it in time.
LEASE = timedelta(seconds=60)
# How often the clock is looked at.
TICK = 1.0


@dataclass(frozen=True)
class Every:
    """Due again when this much time has passed since the last start."""

    interval: timedelta

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Tell whether the job should start now; a last start in the future means that the clock was put back."""
        now = now.astimezone(UTC)  # in one zone Python reckons by what clocks show, an hour off twice a year
        return last is None or not now - self.interval < last <= now


@dataclass(frozen=True)
class Daily:
    """Due once a day, at this time of day in the publication's time zone."""

    at: time

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Tell whether that time of day has come since the last start; `now` bears the publication's time zone."""
        # Yesterday by date, not 24 hours back; and compared in UTC, since in one zone Python compares what clocks show.
        # Two days of the year would be wrong by an hour otherwise.
        times = (datetime.combine(now.date() - timedelta(days=ago), self.at, now.tzinfo) for ago in (0, 1))
        latest = next(time for time in (time.astimezone(UTC) for time in times) if time <= now.astimezone(UTC))
        return last is None or last.astimezone(UTC) < latest


@dataclass(frozen=True)
class Job:
    """One line of the timetable. What it does may be done twice without harm: a holder can die after its work."""

    name: str
    when: Every | Daily
    work: Callable[[], object]


def _publish_scheduled() -> None:
    call_command("publish_scheduled", verbosity=0)


def _forget_finished_tasks() -> None:
    call_command("prune_db_task_results", queue_name="*", min_age_days=2, failed_min_age_days=14, verbosity=0)


def _forget_old_sessions() -> None:
    call_command("clearsessions", verbosity=0)


TIMETABLE: Sequence[Job] = (
    Job("publish-scheduled", Every(timedelta(minutes=1)), _publish_scheduled),
    Job("ask-for-a-heartbeat", Every(timedelta(minutes=1)), ask_for_a_heartbeat),
    Job("see-to-waiting-mail", Every(timedelta(seconds=30)), see_to_waiting_mail),
    Job("carry-passages-over", Every(timedelta(minutes=1)), carry_over_missed),
    Job("close-old-discussions", Every(timedelta(minutes=1)), follow_age_rule),
    Job("tell-of-campaigns", Every(timedelta(minutes=1)), tell_what_began_and_ended),
    Job("forget-old-keys", Every(timedelta(hours=1)), forget_old_keys),
    Job("forget-old-announcements", Every(timedelta(minutes=10)), forget_old_announcements),
    Job("forget-old-turns", Every(timedelta(hours=1)), forget_old_turns),
    Job("keep-missing-texts", Every(timedelta(hours=1)), record_missing_texts),
    Job("forget-finished-tasks", Daily(time(4, 10)), _forget_finished_tasks),
    Job("forget-old-sessions", Daily(time(4, 20)), _forget_old_sessions),
    Job("forget-networks", Daily(time(4, 40)), forget_networks),
    Job("forget-mail-that-has-served", Daily(time(4, 30)), forget_what_has_served),
)


def keep_time(stop: threading.Event) -> None:
    """Run what is due, again and again, until `stop` is set. A database that is away for a while is waited for."""
    holder = f"{socket.gethostname()[:40]}/{os.getpid()}/{secrets.token_hex(4)}"
    while not stop.is_set():
        try:
            close_old_connections()
            run_due(TIMETABLE, holder, stop)
        except DatabaseError:
            log.exception("The timetable cannot reach the database; it tries again.")
        stop.wait(TICK)


def run_due(jobs: Sequence[Job], holder: str, stop: threading.Event | None = None) -> list[str]:
    """Run each of `jobs` that is due and that nobody else holds; return the names of those that were run."""
    entries = {entry.name: entry for entry in TimetableEntry.objects.all()}
    ran = []
    for job in jobs:
        now = timezone.now()
        here = timezone.localtime(now, timezone.get_default_timezone())
        last = entries[job.name].started_at if job.name in entries else None
        if job.when.is_due(last, here) and not (stop and stop.is_set()) and _claim(job.name, last, holder, now):
            _run(job, holder)
            ran.append(job.name)
    return ran


def _claim(name: str, last: datetime | None, holder: str, now: datetime) -> bool:
    """Take the job unless somebody holds it or has started it since we read `last`."""
    TimetableEntry.objects.get_or_create(name=name)
    free = Q(held_until=None) | Q(held_until__lte=now)
    claimed = TimetableEntry.objects.filter(free, name=name, started_at=last).update(
        holder=holder, held_until=now + LEASE, started_at=now
    )
    return claimed == 1


def _run(job: Job, holder: str) -> None:
    outcome, detail = TimetableEntry.Outcome.DONE, ""
    try:
        with _renewing(job.name, holder):
            job.work()
    except Exception as error:
        log.exception("%s failed.", job.name)
        outcome, detail = TimetableEntry.Outcome.FAILED, f"{type(error).__name__}: {error}"[:300]
    TimetableEntry.objects.filter(name=job.name, holder=holder).update(
        holder="", held_until=None, finished_at=timezone.now(), outcome=outcome, detail=detail
    )


@contextmanager
def _renewing(name: str, holder: str) -> Iterator[None]:
    """Hold the job for as long as the work takes: a thread renews the lease, and dies with the process."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE.total_seconds() / 3):
            TimetableEntry.objects.filter(name=name, holder=holder).update(held_until=timezone.now() + LEASE)
        connection.close()

    renewer = threading.Thread(target=renew, daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()
