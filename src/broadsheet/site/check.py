"""`broadsheet check`: is the publication set up well, are its promises kept, does everything that should run, run?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import Page

from broadsheet.annotation import invariants as annotation
from broadsheet.discussion import invariants as discussion
from broadsheet.funding import invariants as funding
from broadsheet.moderation import invariants as moderation
from broadsheet.notification import outbox
from broadsheet.publication.models import Picture
from broadsheet.site.environment import SETTINGS_FILE
from broadsheet.site.health import SILENCE, heartbeat_ages
from broadsheet.site.home import is_in_hand
from broadsheet.site.models import TimetableEntry
from broadsheet.site.timetable import TIMETABLE

STUCK = timedelta(hours=1)  # no task of ours takes as long
WAITING = timedelta(minutes=10)


@dataclass(frozen=True)
class Examination:
    """One thing that is looked at. `look` yields a sentence for everything that is wrong."""

    name: str
    look: Callable[[], Iterable[str]]


def _configuration() -> Iterator[str]:
    for found in checks.run_checks(include_deployment_checks=settings.IS_ENCRYPTED):
        if not found.is_silenced() and found.level >= checks.WARNING:
            yield f"{found.msg}{f' {found.hint}' if found.hint else ''} ({found.id})"


def _settings_file() -> Iterator[str]:
    path = settings.HOME / SETTINGS_FILE
    if path.exists() and path.stat().st_mode & 0o077:
        yield f"{path} can be read by other users, and holds the secret key: chmod 600 {path}"


def _migrations() -> Iterator[str]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield f"{len(missing)} migrations have not been run: broadsheet manage migrate"


def _database() -> Iterator[str]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check")
            yield from (row[0] for row in cursor.fetchall() if row[0] != "ok")
            cursor.execute("PRAGMA foreign_key_check")
            for table, row, parent, _key in cursor.fetchall():
                yield f"row {row} of {table} names a row of {parent} that does not exist"


def _page_tree() -> Iterator[str]:
    kinds = ("characters in paths", "path lengths", "orphans", "depths", "child counts")
    for kind, pages in zip(kinds, Page.find_problems(), strict=True):
        if pages:
            yield f"wrong {kind} of pages {', '.join(map(str, pages))}: broadsheet manage fixtree"


def _pictures() -> Iterator[str]:
    for picture in Picture.objects.only("pk", "title", "file").iterator():
        if not picture.file.storage.exists(picture.file.name):
            yield f"the file of picture {picture.pk} ({picture.title}) is gone: {picture.file.name}"


def _tasks() -> Iterator[str]:
    now = timezone.now()
    for task in DBTaskResult.objects.running().filter(started_at__lt=now - STUCK):
        yield f"task {task.task_path} has been running since {task.started_at:%Y-%m-%d %H:%M} UTC: its worker is gone"
    waiting = DBTaskResult.objects.ready().filter(enqueued_at__lt=now - WAITING).count()
    if waiting and is_in_hand(settings.HOME):
        yield f"{waiting} background tasks have been waiting for more than {WAITING.seconds // 60} minutes"


def _timetable() -> Iterator[str]:
    for entry in TimetableEntry.objects.filter(outcome=TimetableEntry.Outcome.FAILED):
        yield f"{entry.name} failed on {entry.finished_at:%Y-%m-%d %H:%M} UTC: {entry.detail}"


def _processes() -> Iterator[str]:
    if is_in_hand(settings.HOME):
        for name, age in heartbeat_ages(timezone.now()).items():
            if age is not None and age > SILENCE:
                yield f"the {name} was last heard of {age.total_seconds() // 60:.0f} minutes ago"


# A module that promises something of its rows has `invariants.py`, and a line here.
EXAMINATIONS: Sequence[Examination] = (
    Examination("configuration", _configuration),
    Examination("settings file", _settings_file),
    Examination("migrations", _migrations),
    Examination("database", _database),
    Examination("page tree", _page_tree),
    Examination("pictures", _pictures),
    Examination("discussion", discussion.broken_promises),
    Examination("passages", annotation.broken_promises),
    Examination("funding", funding.broken_promises),
    Examination("moderation", moderation.broken_promises),
    Examination("background tasks", _tasks),
    Examination("mail", outbox.findings),
    Examination("timetable", _timetable),
    Examination("processes", _processes),
)


def examine(say: Callable[[str], object], examinations: Sequence[Examination] = EXAMINATIONS) -> bool:
    """Say what each of `examinations` found; return whether all is well. One that cannot be made is a finding too."""
    is_well = True
    for examination in examinations:
        findings = _findings_of(examination)
        is_well = is_well and not findings
        say(f"{'wrong' if findings else 'ok':<6}{examination.name}")
        for finding in findings:
            say(f"        {finding}")
    return is_well


def last_runs() -> list[str]:
    """Return a line for every job of the timetable: when it ran last, and how that ended. None without a database."""
    try:
        entries = {entry.name: entry for entry in TimetableEntry.objects.all()}
    except DatabaseError:
        return []
    return [f"{job.name:<24}{_last_run(entries.get(job.name))}" for job in TIMETABLE]


def _last_run(entry: TimetableEntry | None) -> str:
    if entry is None or entry.finished_at is None:
        return "never"
    return f"{entry.finished_at:%Y-%m-%d %H:%M:%S} UTC  {entry.outcome}"


def _findings_of(examination: Examination) -> list[str]:
    try:
        return list(examination.look())
    except Exception as error:  # noqa: BLE001 - told to the operator, and the others are still looked at
        return [f"could not be looked at: {type(error).__name__}: {error}"]
