"""The feed of changes: how every process hears, within a moment of the commit, of what any process has announced.

On SQLite a thread asks the database file many times a second whether anybody has written, which costs microseconds. On
PostgreSQL it listens, and asks regularly whether it has heard of the newest announcement, so that a connection that has
silently died, or a pooler that swallows what it should pass on, is noticed. Either way the feed knows until when it has
looked: whoever trusts it can ask how long ago that was, and trusts a feed that has not looked lately no further.
"""

from __future__ import annotations

import json
import logging
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from broadsheet.delivery.announce import CHANNEL, versions_of
from broadsheet.delivery.models import Announcement

log = logging.getLogger("broadsheet.changes")

# Seconds between two looks: of the second within which a change is seen everywhere, the smaller part.
LOOK_EVERY = 0.05
# Seconds after which a look is no longer trusted. Beyond it a process may have been asleep, or its database away.
TRUSTED_FOR = 0.5
# Seconds that a committed announcement may be on its way to us before we believe that nothing reaches us.
ON_ITS_WAY = 0.3
RETRY_AFTER = 0.5
# For libpq: a server that is not there, or no longer, is found out within these seconds (and milliseconds).
LIVELY = {"connect_timeout": 5, "tcp_user_timeout": 3000, "application_name": "broadsheet-changes"}
# A stream that was interrupted longer than this begins anew.
KEPT_FOR = timedelta(hours=1)


def now() -> float:
    """Return seconds of a clock that is never set and goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(_CLOCK)


_TABLE = f'"{Announcement._meta.db_table}"'
_LISTEN = f'LISTEN "{CHANNEL}"'
_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True)
class Change:
    """What was announced: that a topic has this version now, and why. `number` tells announcements apart.

    `about` is the public id of what in the topic has changed, "" where that is not one thing.
    """

    number: int
    topic: str
    version: int
    change: str
    about: str = ""


class Listener(Protocol):
    """Who is told of changes: in the feed's thread, one batch after the other, in the order of each topic's versions.

    A batch may be told twice.
    """

    def moved(self, changes: Sequence[Change]) -> None:
        """Hear what has changed."""

    def lost_track(self) -> None:
        """Hear that changes may have been missed: anything may have changed."""


class Watch(Protocol):
    """A look at one kind of database."""

    def look(self) -> tuple[list[Change], bool]:
        """Return what was announced since the last look, and whether that is all that is committed.

        Raises LostTrack when it cannot be told any more.
        """

    def wait(self, seconds: float) -> None:
        """Wait so long, or until there may be something to see."""


class LostTrack(Exception):
    """Changes may have been missed."""


class Feed:
    """Tells the listeners of one process of every change. To be started once in each process, after it was forked."""

    def __init__(self, clock: Callable[[], float] = now) -> None:
        self.looked_at = float("-inf")  # on the feed's clock; what was committed before has been told
        self._clock = clock
        self._listeners: list[Listener] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_failing = False

    def tell(self, listener: Listener) -> None:
        """Tell `listener` too from now on. Before the feed is started."""
        self._listeners.append(listener)

    def is_up_to_date(self) -> bool:
        """Whether what was told is all that was committed until a moment ago."""
        return self._clock() - self.looked_at < TRUSTED_FOR

    def start(self) -> None:
        """Begin to look, in a thread that ends with the process."""
        self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with _watching() as watch:
                    self._begin_anew()
                    while not self._stop.is_set():
                        self._look(watch)
                        watch.wait(LOOK_EVERY)
            except Exception:  # whatever it was: nothing is trusted until we have found the track again
                if not self._is_failing:
                    log.exception("The feed of changes has lost track; every page is drawn when it is asked for.")
                self._is_failing = True
                self._stop.wait(RETRY_AFTER)

    def _begin_anew(self) -> None:
        for listener in self._listeners:
            listener.lost_track()

    def _look(self, watch: Watch) -> None:
        asked_at = self._clock()
        changes, is_all = watch.look()
        if changes:
            for listener in self._listeners:
                listener.moved(changes)
        if is_all:
            self.looked_at = asked_at
            if self._is_failing:
                log.warning("The feed of changes is back.")
                self._is_failing = False


def changes_since(topic: str, version: int) -> list[Change] | None:
    """Return the changes of a topic after `version`, in their order; None where some of them are forgotten already."""
    rows = Announcement.objects.filter(topic=topic, version__gt=version).order_by("version")
    found = [Change(row.number, row.topic, row.version, row.change, row.about) for row in rows]
    newest = found[-1].version if found else versions_of([topic])[topic]
    return found if newest - version == len(found) else None


def forget_old_announcements(now: datetime | None = None) -> int:
    """Forget what was announced more than an hour ago; return how much that was. For the timetable."""
    return Announcement.objects.filter(announced_at__lt=(now or timezone.now()) - KEPT_FOR).delete()[0]


@contextmanager
def _watching() -> Iterator[Watch]:
    """Watch the database, on a connection of its own."""
    line: BaseDatabaseWrapper = connection.copy()
    if line.vendor == "postgresql":
        line.settings_dict["OPTIONS"].update(LIVELY)
    line.connect()
    try:
        yield PostgresWatch(line) if line.vendor == "postgresql" else SQLiteWatch(line)
    finally:
        line.close()


class SQLiteWatch:
    """Asks whether another connection has written, and if so what was announced: writers there take turns."""

    def __init__(self, line: BaseDatabaseWrapper) -> None:
        self._line = line
        self._seen = self._data_version()
        self._last = _newest_number(line)
        self._idle = threading.Event()

    def look(self) -> tuple[list[Change], bool]:
        """Return what is new; that is always all."""
        seen = self._data_version()
        if seen == self._seen:
            return [], True
        with self._line.cursor() as cursor:
            cursor.execute(
                f"SELECT number, topic, version, change, about FROM {_TABLE} WHERE number > %s ORDER BY number",  # noqa: S608 - our own table
                [self._last],
            )
            changes = [Change(*row) for row in cursor.fetchall()]
        self._seen = seen
        self._last = changes[-1].number if changes else self._last
        return changes, True

    def wait(self, seconds: float) -> None:
        """Sleep; a file calls nobody."""
        self._idle.wait(seconds)

    def _data_version(self) -> int:
        with self._line.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            return int(cursor.fetchone()[0])


class PostgresWatch:
    """Listens, in the order of commits; numbers alone would not do, for a lower one may be committed later."""

    def __init__(self, line: BaseDatabaseWrapper) -> None:
        self._line = line
        self._heard: list[Change] = []
        self._missing_since: float | None = None
        self._wire: Any = line.connection
        self._wire.add_notify_handler(self._hear)
        with line.cursor() as cursor:
            cursor.execute(_LISTEN)
        self._newest = _newest_number(line)

    def look(self) -> tuple[list[Change], bool]:
        """Return what was heard; it is all unless something newer is committed, which must be on its way then."""
        newest = _newest_number(self._line)  # and with the answer comes what has been said meanwhile
        changes, self._heard = self._heard, []
        self._newest = max([self._newest, *(change.number for change in changes)])
        if newest <= self._newest:
            self._missing_since = None
            return changes, True
        self._missing_since = self._missing_since or now()
        if now() - self._missing_since > ON_ITS_WAY:
            raise LostTrack("PostgreSQL has something to tell that does not reach us. Is a pooler between that ends "
                            "LISTEN with the transaction?")  # fmt: skip
        return changes, False

    def wait(self, seconds: float) -> None:
        """Sleep until the server says something."""
        poll = select.poll()  # select itself takes no file whose number is beyond a thousand
        poll.register(self._wire.fileno(), select.POLLIN)
        poll.poll(seconds * 1000)

    def _hear(self, notification: Any) -> None:
        if notification.channel == CHANNEL:
            self._heard.append(Change(*json.loads(notification.payload)))


def _newest_number(line: BaseDatabaseWrapper) -> int:
    with line.cursor() as cursor:
        cursor.execute(f"SELECT max(number) FROM {_TABLE}")  # noqa: S608 - our own table
        return int(cursor.fetchone()[0] or 0)
