"""A board: what was lately announced of one topic, pinned up once for all who look; no database, no clock.

Whoever listens holds a position only, the version that they know, and takes from the board what came after it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from broadsheet.delivery.changes import Change
from broadsheet.delivery.topics import Figures

KEPT = 100  # changes of a topic; who has missed more begins anew
# More changes than this that somebody has missed are told as one.
ONE_BY_ONE = 8
# Pages a second that a process can well give to listeners who all fetch one because of the same event.
FETCHES = 500

# What is said instead of a change: that nobody knows any more what has changed, that it is more than ONE_BY_ONE.
LOST_TRACK, MANY = "lost-track", "many-changes"


class Listener(Protocol):
    """Who looks at boards."""

    def wake(self) -> None:
        """Look: a board has changed, or is no longer there for everybody."""


@dataclass(frozen=True)
class Reading:
    """What the database says of a topic: its version, what has changed (None: nobody knows any more), its figures."""

    version: int
    changes: Sequence[Change] | None
    figures: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be told: up to which version, and as JSON."""

    version: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Pinned:
    """A change on a board: the figures of what it is about, None where not everybody can read that, and its event."""

    change: Change
    figures: Figures | None
    event: Event


@dataclass(eq=False)
class Board:
    """Everything that was announced of a topic after the version `reach` and up to `version`.

    `forgotten` is a version from which on nobody knows any more what has changed. A board that is not public shows
    nothing: it has not been read yet, or its topic is not for everybody. `spread` is over how many seconds listeners
    fetch what has changed, even if they are few.
    """

    topic: str
    spread: int = 0
    version: int = 0
    reach: int = 0
    forgotten: int = -1
    is_public: bool = False
    pinned: deque[Pinned] = field(default_factory=deque)
    figures: Figures = field(default_factory=dict)
    listeners: set[Listener] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """What kind of topic it is, which is the name of its events."""
        return self.topic.partition(":")[0]

    def after(self, position: int) -> list[Event]:
        """Return what is to be told to who knows the version `position`, or that nobody knows what that is."""
        if not self.reach <= position <= self.version:
            return [self._event(self.version, LOST_TRACK)]
        missed = [one for one in self.pinned if one.change.version > position]
        return [one.event for one in missed] if len(missed) <= ONE_BY_ONE else [self._as_one(missed)]

    def is_settled(self, position: int) -> bool:
        """Whether it is known what somebody at `position` has missed, or known that nobody knows."""
        return position >= self.reach or position < max(self.forgotten + 1, self.version - KEPT)

    def take_down(self) -> None:
        """Show nothing any more."""
        self.is_public = False
        self._begin_anew(0)

    def go_on(self, reading: Reading) -> bool:
        """Pin up what is new in a reading from `version` on; return whether anything is. The first one is."""
        is_new = not self.is_public or reading.version != self.version
        self.figures = reading.figures.get("", {})
        if not self.is_public or (reading.changes is None and is_new):
            self._begin_anew(reading.version)
        self.is_public = True
        for change in reading.changes or ():
            if change.version == self.version + 1:
                self.version = change.version
                self.pinned.append(self._pin(change, reading.figures))
        while len(self.pinned) > KEPT:
            self.reach = self.pinned.popleft().change.version
        return is_new

    def reach_back(self, position: int, reading: Reading) -> None:
        """Pin up, before what is there, what a reading from `position` on says; or note that this is forgotten."""
        if reading.changes is None:
            self.forgotten = max(self.forgotten, position)
            return
        earlier = [change for change in reading.changes if position < change.version <= self.reach]
        self.pinned.extendleft(self._pin(change, reading.figures) for change in reversed(earlier))
        self.reach = min(self.reach, position)

    def _begin_anew(self, version: int) -> None:
        self.version = self.reach = version
        self.forgotten = -1
        self.pinned.clear()

    def _pin(self, change: Change, figures: Mapping[str, Figures]) -> Pinned:
        of_it = figures.get(change.about) if change.about else None
        about = {change.about: of_it} if change.about else {}
        return Pinned(change, of_it, self._event(change.version, change.change, about))

    def _as_one(self, missed: Sequence[Pinned]) -> Event:
        return self._event(self.version, MANY, {one.change.about: one.figures for one in missed if one.change.about})

    def _event(self, version: int, change: str, about: Mapping[str, Figures | None] | None = None) -> Event:
        said: dict[str, object] = {"topic": self.topic, "change": change, "version": version, **self.figures}
        if about:
            said["about"] = about
        if spread := max(self.spread, len(self.listeners) // FETCHES):
            said["spread"] = spread
        return Event(version, json.dumps(said, separators=(",", ":")).encode())
