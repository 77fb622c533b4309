"""The readers' page store: finished pages by their keys, within a number of bytes; the least recently read leave first.

Pages are put, found and moved out by the event loop alone. What has changed is told from the feed's thread, and only
marks pages; a lock keeps the two from each other.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from broadsheet.delivery.addresses import Asked, Key
from broadsheet.delivery.changes import Change
from broadsheet.delivery.pages import Page
from broadsheet.delivery.topics import names_of

# Ways of writing the same request that lead to its page at once; whoever invents more takes the longer way there.
SHORT_CUTS = 8
LONGEST_WAY = 400  # bytes; what is longer takes the longer way too, so that ways cost no more than pages


@dataclass(slots=True, eq=False)
class Entry:
    """The place of one page."""

    key: Key
    page: Page
    asked: list[Asked] = field(default_factory=list)

    def ways(self) -> Iterator[Asked]:
        """Yield how it is asked for: in our way of writing, and as it was written by those who came."""
        yield self.key.host.encode(), quote(self.key.path).encode(), self.key.query.encode()
        yield from list(self.asked)  # the loop may add one meanwhile


@dataclass(eq=False)
class Drawing:
    """A page that is being drawn, and what has changed meanwhile."""

    moved: set[str] = field(default_factory=set)
    lost_track: bool = False

    def is_overtaken(self, topics: frozenset[str]) -> bool:
        """Whether a page that shows these topics is stale before it is finished."""
        return self.lost_track or not topics.isdisjoint(self.moved)


class Store:
    """Pages of one process, at most `limit` bytes of them. A listener of the feed."""

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._short_cuts: dict[Asked, Entry] = {}
        self._by_topic: dict[str, set[Entry]] = defaultdict(set)
        self._drawings: set[Drawing] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def at(self, asked: Asked) -> Page | None:
        """Return the page of a request that has been written in this very way before."""
        entry = self._short_cuts.get(asked)
        if entry is None:
            return None
        self._entries.move_to_end(entry.key)
        return entry.page

    def get(self, key: Key) -> Page | None:
        """Return the page of a key, be it stale."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.page

    def remember(self, asked: Asked, key: Key) -> None:
        """Lead requests that are written in this way to the page at once from now on."""
        entry = self._entries.get(key) if sum(map(len, asked)) <= LONGEST_WAY else None
        if entry and len(entry.asked) < SHORT_CUTS and asked not in self._short_cuts:
            entry.asked.append(asked)
            self._short_cuts[asked] = entry

    @contextmanager
    def drawing(self) -> Iterator[Drawing]:
        """Follow what changes while a page is being drawn; to be entered before anything for it is read."""
        drawing = Drawing()
        with self._lock:
            self._drawings.add(drawing)
        try:
            yield drawing
        finally:
            with self._lock:
                self._drawings.discard(drawing)

    def put(self, key: Key, page: Page, drawing: Drawing) -> None:
        """Keep a page in place of the one before, within its `drawing`; others leave where there is no room."""
        if page.size > self._limit:
            return
        with self._lock:
            page.is_stale = drawing.is_overtaken(page.topics)
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = Entry(key, page)
            else:
                self._leave(entry)
                entry.page = page
            self._enter(entry)
            self._entries.move_to_end(key)
            while self.size > self._limit:
                self._drop(next(iter(self._entries.values())))

    def ways_to(self, names: Collection[str] | None) -> set[Asked]:
        """Return how the pages are asked for that show one of these, in the words of `names_of`; None is all pages."""
        with self._lock:
            shown = (self._by_topic.get(name, ()) for name in names) if names is not None else [self._all()]
            return {way for entries in shown for entry in entries for way in entry.ways()}

    def moved(self, changes: Sequence[Change]) -> None:
        """Mark every page that shows what has changed."""
        names = {name for change in changes for name in names_of(change.topic)}
        with self._lock:
            for drawing in self._drawings:
                drawing.moved |= names
            self._mark(entry for name in names for entry in self._by_topic.get(name, ()))

    def lost_track(self) -> None:
        """Mark every page: any of them may show what is no more."""
        with self._lock:
            for drawing in self._drawings:
                drawing.lost_track = True
            self._mark(self._all())

    def _all(self) -> list[Entry]:
        return list(self._entries.values())  # the loop may touch one meanwhile

    def _mark(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            entry.page.is_stale = True

    def _enter(self, entry: Entry) -> None:
        self.size += entry.page.size
        for topic in entry.page.topics:
            self._by_topic[topic].add(entry)

    def _leave(self, entry: Entry) -> None:
        self.size -= entry.page.size
        for topic in entry.page.topics:
            entries = self._by_topic[topic]
            entries.discard(entry)
            if not entries:
                del self._by_topic[topic]

    def _drop(self, entry: Entry) -> None:
        self._leave(entry)
        del self._entries[entry.key]
        for asked in entry.asked:
            del self._short_cuts[asked]
