"""The boards of a process, kept up to date: once for each version, however many listen.

The feed says that a topic has moved. What has happened is read from the log of announcements, so that nothing is missed
or told twice whatever the feed has heard; and with it, every time, whether everybody may know of the topic at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import close_old_connections, connections

from broadsheet.delivery.announce import versions_of
from broadsheet.delivery.asgi import Busy
from broadsheet.delivery.board import KEPT, Board, Listener, Reading
from broadsheet.delivery.changes import Change, changes_since
from broadsheet.delivery.topics import for_everybody

log = logging.getLogger("broadsheet.live")

# Seconds for which an answer of the database is true enough; pages are not older than that either.
CHECKED_FOR = 1.0
# Topics that nobody listens to, which may be asked for again.
MOST_IDLE = 2_000
# Questions to the database that wait for their turn; beyond it nobody would wait for theirs.
MOST_WAITING = 500
# Seconds between two rounds of telling; at least as long as a round takes, so that half of the time is for others.
PAUSE = 0.05
RETRY_AFTER = 1.0
# Listeners that are woken in one go; then whoever asks for a page gets a turn.
IN_ONE_GO = 100

# Returns what everybody may know of a topic since a version, None for the newest; None for one that is not public.
Read = Callable[[str, int | None], Reading | None]


def read_topic(topic: str, since: int | None) -> Reading | None:
    """Read a topic from the database: a `Read`."""
    found = for_everybody(topic)
    if found is None:
        return None
    kind, key = found
    version = versions_of([topic])[topic]
    changes: list[Change] | None = []
    if since is not None and since != version:
        changes = changes_since(topic, since) if 0 < version - since <= KEPT else None
    newest = changes[-1].version if changes else version
    names = {change.about for change in changes or () if change.about}
    return Reading(newest, changes, kind.figures(key, names))


class Boards:
    """The boards of one process; a listener of the feed. All but what the feed calls is for one event loop."""

    def __init__(
        self,
        read: Read = read_topic,
        *,
        spread: int = 0,
        checked_for: float = CHECKED_FOR,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """`spread` is over how many seconds listeners fetch what has changed, even if they are few."""
        self._read = read
        self._spread = spread
        self._checked_for = checked_for
        self._most_waiting = most_waiting
        self._boards: dict[str, Board] = {}
        self._may_be_idle = 0  # so many boards at most, since they were counted last
        self._checked_at: dict[Board, float] = {}
        self._asking: dict[Board, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._moved: set[str] = set()
        self._has_moved = asyncio.Event()
        self._teller: asyncio.Task[None] | None = None
        self._is_failing = False
        # Of its own, so that whoever waits for a page does not wait for listeners, nor they for pages.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")

    def moved(self, changes: Sequence[Change]) -> None:
        """Hear from the feed, in its thread, that topics have moved."""
        self._pass_on({change.topic for change in changes})

    def lost_track(self) -> None:
        """Hear from the feed, in its thread, that any topic may have moved."""
        self._pass_on(tuple(self._boards))

    async def look(self, topics: Iterable[str], listener: Listener | None = None) -> list[Board] | None:
        """Return the boards of the topics as they stand; None where one of them is not for everybody. Raises Busy.

        A `listener` is woken from now on when one of them changes, until it leaves.
        """
        self._begin()
        boards = []
        for topic in topics:
            board = self._board(topic)
            if listener:
                board.listeners.add(listener)  # before the next one is made, for which this one may be forgotten
            boards.append(board)
        for board in boards:
            if self._now() - self._checked_at.get(board, float("-inf")) >= self._checked_for:
                await self._once(board, self._check)
        return boards if all(board.is_public for board in boards) else None

    def leave(self, listener: Listener, topics: Iterable[str]) -> None:
        """Wake a listener no more."""
        for topic in topics:
            if topic in self._boards:
                self._boards[topic].listeners.discard(listener)
                self._may_be_idle += 1

    async def reach_back(self, board: Board, position: int) -> None:
        """Have a board show what came after `position`, unless that is too long ago. Raises Busy."""
        for _ in range(2):  # the first answer may have been on its way already
            if position > board.version:  # as of a page that another process has drawn a moment ago
                await self._once(board, self._check)
        while board.is_public and not board.is_settled(position):
            await self._once(board, partial(self._look_back, position=position))

    def close(self) -> None:
        """Let go of the thread and of its connection to the database."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown()

    def _board(self, topic: str) -> Board:
        board = self._boards.get(topic)
        if board is None:
            self._make_room()
            # Before the database is asked, so that the feed's word of what moves meanwhile is heard.
            board = self._boards[topic] = Board(topic, self._spread)
            self._may_be_idle += 1
        return board

    def _make_room(self) -> None:
        """Forget half of the boards that nobody looks at, those first that came first, where they are too many."""
        if self._may_be_idle < MOST_IDLE:
            return
        idle = [board for board in self._boards.values() if not board.listeners and board not in self._asking]
        for board in idle[: MOST_IDLE // 2] if len(idle) >= MOST_IDLE else ():
            del self._boards[board.topic]
            self._checked_at.pop(board, None)
        self._may_be_idle = sum(not board.listeners for board in self._boards.values())

    def _pass_on(self, topics: Collection[str]) -> None:
        known = {topic for topic in topics if topic in self._boards}
        if known and self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, known)

    def _note(self, topics: set[str]) -> None:
        self._moved |= topics
        self._has_moved.set()

    def _begin(self) -> None:
        """Tell from now on what moves, in the loop that asks first."""
        if self._teller is None:
            self._loop = asyncio.get_running_loop()
            self._teller = self._loop.create_task(self._tell())

    async def _tell(self) -> None:
        """Bring boards that have moved up to date and wake who looks at them, round after round."""
        while True:
            await self._has_moved.wait()
            self._has_moved.clear()
            topics, self._moved = self._moved, set()
            began = self._now()
            try:
                for topic in topics:
                    await self._tell_of(topic)
            except Exception:  # whatever it was: it is told when the database answers again
                if not self._is_failing:
                    log.exception("The database does not say what has changed; whoever listens waits.")
                self._is_failing = True
                self._note(topics)
                await asyncio.sleep(RETRY_AFTER)
            else:
                self._is_failing = False
                await asyncio.sleep(max(PAUSE, self._now() - began))

    async def _tell_of(self, topic: str) -> None:
        board = self._boards.get(topic)
        if board and board.listeners:
            await self._check(board)
        elif board:
            self._checked_at.pop(board, None)  # whoever asks for it next shall see

    async def _once(self, board: Board, ask: Callable[[Board], Awaitable[None]]) -> None:
        """Ask the database about a board, or wait for what it is being asked already."""
        if board not in self._asking:
            if len(self._asking) >= self._most_waiting:
                raise Busy
            self._asking[board] = asyncio.ensure_future(self._forgetting(board, ask))
        await asyncio.shield(self._asking[board])

    async def _forgetting(self, board: Board, ask: Callable[[Board], Awaitable[None]]) -> None:
        try:
            await ask(board)
        finally:
            del self._asking[board]

    async def _check(self, board: Board) -> None:
        """Bring a board up to date, and wake who looks at it if anything is new."""
        began = self._now()
        reading = await self._read_in_thread(board.topic, board.version if board.is_public else None)
        if self._boards.get(board.topic) is board:
            self._checked_at[board] = began
        was_public = board.is_public
        if reading is None:
            board.take_down()
        if board.go_on(reading) if reading else was_public:
            await _wake(list(board.listeners))

    async def _look_back(self, board: Board, position: int) -> None:
        reading = await self._read_in_thread(board.topic, position)
        if reading is not None:
            board.reach_back(position, reading)
        else:
            await self._check(board)

    async def _read_in_thread(self, topic: str, since: int | None) -> Reading | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _read, self._read, topic, since)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _read(read: Read, topic: str, since: int | None) -> Reading | None:
    """Ask the database, in a thread that keeps its connection for as long as Django's settings let it."""
    close_old_connections()
    return read(topic, since)


async def _wake(listeners: Sequence[Listener]) -> None:
    for start in range(0, len(listeners), IN_ONE_GO):
        for listener in listeners[start : start + IN_ONE_GO]:
            listener.wake()
        await asyncio.sleep(0)
