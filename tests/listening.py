"""Listening to `/live/` over ASGI: a process with its feed and its loop, and readers who take what they are told."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from broadsheet.delivery.asgi import Message
from broadsheet.delivery.board import Reading
from broadsheet.delivery.boards import MOST_WAITING, Boards, read_topic
from broadsheet.delivery.changes import Feed
from broadsheet.delivery.live import PATH, Live
from tests.waiting import SOON, until
from tests.wire import Got, Wire


def address(*topics: str, **about: str) -> str:
    """Return where one listens to topics; `about` are further parameters."""
    return f"{PATH}?{urlencode([*(('topic', topic) for topic in topics), *about.items()])}"


@dataclass(frozen=True)
class Told:
    """One event of a stream: its name, its id and what it says."""

    name: str
    id: str
    data: dict[str, Any]


class Reader:
    """One who listens."""

    def __init__(self, wire: Wire, answer: Future[Got], loop: asyncio.AbstractEventLoop) -> None:
        self.wire = wire
        self._answer = answer
        self._loop = loop

    @property
    def text(self) -> str:
        """Everything said so far."""
        return self.wire.got.body.decode()

    @property
    def blocks(self) -> list[dict[str, str]]:
        """The fields of everything said so far, in whole pieces."""
        whole = self.text.split("\n\n")[:-1]
        return [dict(line.split(": ", 1) for line in block.split("\n") if ": " in line) for block in whole]

    @property
    def events(self) -> list[Told]:
        """The events so far."""
        return [Told(one["event"], one["id"], json.loads(one["data"])) for one in self.blocks if "data" in one]

    @property
    def last_id(self) -> str:
        """What a browser would give back, if it had to begin anew."""
        return [block["id"] for block in self.blocks if "id" in block][-1]

    @property
    def has_ended(self) -> bool:
        """Whether the stream is over."""
        return self._answer.done()

    def wait_for(self, number: int) -> list[Told]:
        """Return the events, when there are so many."""
        until(lambda: len(self.events) >= number or self.has_ended)
        assert len(self.events) >= number, self.text
        return self.events

    def go(self) -> None:
        """Close the page, and wait until that is noticed."""
        self._loop.call_soon_threadsafe(self.wire.gone.set)
        self.end()

    def end(self) -> Got:
        """Wait for the end of the answer."""
        return self._answer.result(SOON)


class Process:
    """What a web process has: a loop, a feed, boards; a context manager. `about` goes to `Live`.

    It notes in `asked` since which versions the database was asked, whose answers go through `answering`.
    """

    def __init__(self, *, checked_for: float = 0.0, most_waiting: int = MOST_WAITING, **about: Any) -> None:
        self.asked: list[int | None] = []
        self.answering: Callable[[], object] = lambda: None
        self.boards = Boards(self._read, checked_for=checked_for, most_waiting=most_waiting)
        self.live = Live(self.boards, **about)
        self.feed = Feed()
        self.feed.tell(self.boards)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self.feed.start()
        until(self.feed.is_up_to_date)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result(SOON)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self.feed.stop()
        self.boards.close()
        self._loop.close()

    def listen(
        self,
        *topics: str,
        last_id: str = "",
        headers: Iterable[tuple[str, str]] = (),
        takes: Callable[[Message], Awaitable[None]] | None = None,
        **about: str,
    ) -> Reader:
        """Begin to listen, and return who does when the answer has begun."""
        said = [*headers, *([("Last-Event-ID", last_id)] if last_id else [])]
        reader = self.begin(address(*topics, **about), headers=said, takes=takes)
        until(lambda: reader.text or reader.has_ended)
        return reader

    def ask(self, target: str, **about: Any) -> Got:
        """Ask once, and return the whole answer."""
        return self.begin(target, **about).end()

    def missed(self, *topics: str, since: str) -> tuple[str, list[dict[str, Any]]]:
        """Ask what one has missed; return where one stands then, and the events."""
        got = self.ask(address(*topics, since=since))
        assert got.status == 200, got.text
        answer = json.loads(got.text)
        return answer["id"], answer["events"]

    def _read(self, topic: str, since: int | None) -> Reading | None:
        self.asked.append(since)
        self.answering()
        return read_topic(topic, since)

    def begin(self, target: str, **about: Any) -> Reader:
        """Send a request, and return who does."""
        wire = Wire(target, **about)

        async def ask() -> Got:
            return await wire.ask(self.live)

        return Reader(wire, asyncio.run_coroutine_threadsafe(ask(), self._loop), self._loop)


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
