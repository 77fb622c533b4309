"""The caches in front of us are told which addresses to forget, as soon as what their pages show has changed.

What a process has given since it began it can name, and it has every way forgotten in which that was asked for: at
once, and once more a moment later. In between a page that was begun just before may still be on its way to a cache,
from here or from a process that has not heard yet; that one tells the caches too when it has.

A cache that does not answer costs nobody anything but this: its pages end by their own time. So nothing is tried again.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from broadsheet.delivery.addresses import Asked
from broadsheet.delivery.changes import Change, now
from broadsheet.delivery.store import Store
from broadsheet.delivery.topics import names_of

log = logging.getLogger("broadsheet.purging")

# Seconds until it is said again: longer than a process gives a page that it should have heard of (TRUSTED_FOR) or that
# was begun before (front.MOMENT), and as much shorter than the second that is promised as an answer may be on its way.
AGAIN_AFTER = 0.6
# Seconds over which those who are told of a change fetch it. Half of it passes in any case (live.js), and that must be
# longer than a cache may have it as it was before: until every process has heard, and has said it again.
SPREAD = 3
# Addresses that wait to be said. Whoever takes them in so slowly will have forgotten by itself before their turn.
MOST_WAITING = 100_000
EVERYTHING = ""  # in place of a topic's name
_PLAIN = re.compile(rb'[!"$-~]*')  # visible, and no `#`, behind which no cache would look

Purge = Callable[[Sequence[str]], object]


@dataclass
class Again:
    """What is said once more: when, and of which addresses besides those known by then."""

    due: float = 0.0
    urls: set[str] = field(default_factory=set)


class Purger:
    """Tells the caches in front of one process. A listener of the feed, to be told after the store.

    The feed's thread only notes what there is to say; a thread that the first change begins says it.
    """

    def __init__(self, store: Store, address: str, purge: Purge, clock: Callable[[], float] = now) -> None:
        """`address` is the one that readers use, scheme and host; `purge` takes URLs and raises what went wrong."""
        self._store = store
        self._address = address
        self._host = urlsplit(address).netloc.encode()
        self._purge = purge
        self._clock = clock
        self._at_once: set[str] = set()
        self._again: dict[str, Again] = {}
        self._told = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_stopped = self._is_failing = False

    def moved(self, changes: Sequence[Change]) -> None:
        """Have every page forgotten that shows what has changed."""
        self._note({name for change in changes for name in names_of(change.topic)})

    def lost_track(self) -> None:
        """Have all of them forgotten."""
        self._note([EVERYTHING])

    def stop(self) -> None:
        """End the thread, whatever waits."""
        with self._told:
            self._is_stopped = True
            self._told.notify()
        if self._thread:
            self._thread.join()

    def _note(self, names: Iterable[str]) -> None:
        with self._told:
            due = self._clock() + AGAIN_AFTER
            for name in names:
                again = self._again.setdefault(name, Again())
                again.due = due
                again.urls |= self._known(name)
                self._at_once |= again.urls
            if max(len(self._at_once), len(self._again)) > MOST_WAITING:
                self._forget_what_waits()
            if self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._run, name="purging", daemon=True)
                self._thread.start()
            self._told.notify()

    def _known(self, name: str) -> set[str]:
        ways = self._store.ways_to(None if name == EVERYTHING else [name])
        return {self._url(way) for way in ways if way[0].lower() == self._host and _is_plain(way)}

    def _url(self, way: Asked) -> str:
        _host, path, query = (part.decode("ascii") for part in way)
        return f"{self._address}{path}{'?' if query else ''}{query}"

    def _forget_what_waits(self) -> None:
        log.warning("The caches in front take in less than there is to purge; their pages end by their own time.")
        self._at_once.clear()
        self._again.clear()

    def _run(self) -> None:
        while urls := self._next():
            self._say(sorted(urls))

    def _next(self) -> set[str]:
        """Wait for what there is to say; nothing at the end."""
        with self._told:
            while not self._is_stopped:
                if urls := self._take_what_is_due():
                    return urls
                wakes = min((again.due for again in self._again.values()), default=None)
                self._told.wait(None if wakes is None else max(0.0, wakes - self._clock()))
            return set()

    def _take_what_is_due(self) -> set[str]:
        urls, self._at_once = self._at_once, set()
        for name in [name for name, again in self._again.items() if again.due <= self._clock()]:
            urls |= self._again.pop(name).urls | self._known(name)
        return urls

    def _say(self, urls: Collection[str]) -> None:
        try:
            self._purge(list(urls))
        except Exception as error:  # noqa: BLE001 - whatever it was: the next change is told all the same
            if not self._is_failing:
                log.error("The caches in front were not told to forget: %s. Their pages end by their own time.", error)
            self._is_failing = True
        else:
            if self._is_failing:
                log.warning("The caches in front can be told again.")
            self._is_failing = False


def _is_plain(way: Asked) -> bool:
    """Whether an address can be written into a request as it came."""
    return all(_PLAIN.fullmatch(part) for part in way[1:])
