"""A stream: one reader who listens, told of what comes after where they stand, until they or we have enough.

What is told is written once for all who stand at the same place. Nothing is kept for a reader who does not take it:
their stream waits until the last piece is taken, not for long, and goes on from the boards then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from broadsheet.delivery import positions
from broadsheet.delivery.asgi import Receive, Send
from broadsheet.delivery.board import Board

# Milliseconds after which a browser comes back, each its own: ten thousand do not come at once.
BACK_AFTER = (1_000, 4_000)
# Pieces that are kept for others who stand at the same place.
MOST_WRITTEN = 500
NOTHING_NEW = b":\n\n"

Places = tuple[int, ...]


@dataclass(frozen=True)
class Pace:
    """The times of a stream, in seconds; of the first and the last a quarter more or less, for each its own.

    After `heartbeat` without an event something is said all the same, so that nobody between us takes the line for
    dead, and we learn of readers who are gone without a word. A piece is taken within `patience`; some megabytes are on
    their way before it comes to that. A stream ends after `lasts`, for its reader to begin another: who listens no more
    is not kept for ever.
    """

    heartbeat: float = 20.0
    patience: float = 10.0
    lasts: float = 15 * 60.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stream and where its reader stands then; without text where there is nothing to be told."""

    text: bytes
    places: Places


class Pieces:
    """Writes pieces, each once for all who stand at the same places of the same boards."""

    def __init__(self) -> None:
        self._written: dict[tuple[tuple[str, ...], Places, Places], Piece] = {}

    def after(self, boards: Sequence[Board], places: Places) -> Piece:
        """Return what is to be told to who stands there."""
        key = tuple(board.topic for board in boards), tuple(board.version for board in boards), places
        if key not in self._written:
            if len(self._written) >= MOST_WRITTEN:
                self._written.clear()
            self._written[key] = _piece(boards, places)
        return self._written[key]


class Stream:
    """One reader's stream; a listener of its boards."""

    __slots__ = ("_goes_on", "_is_gone", "_loop", "_pace", "_pieces", "_send", "_turn")

    def __init__(self, send: Send, pieces: Pieces, pace: Pace) -> None:
        self._send = send
        self._pieces = pieces
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._turn: asyncio.Future[bool] | None = None
        self._goes_on = True
        self._is_gone = False

    def wake(self, *, is_news: bool = True) -> None:
        """Look at the boards again."""
        if self._turn and not self._turn.done():
            self._turn.set_result(is_news)

    def end(self) -> None:
        """Say nothing more."""
        self._goes_on = False
        self.wake()

    async def run(self, boards: Sequence[Board], places: Places, receive: Receive) -> None:
        """Tell what comes after the places, until somebody has enough. The answer has begun already.

        Raises TimeoutError where nobody takes what is told; the answer has no end then, and is cut off.
        """
        watch = asyncio.ensure_future(self._watch(receive))
        try:
            await self._tell(boards, places)
            if not self._is_gone:
                await self._put(b"", more=False)
        finally:
            watch.cancel()

    async def _tell(self, boards: Sequence[Board], places: Places) -> None:
        until = self._loop.time() + _about(self._pace.lasts)
        await self._put(_beginning(boards, places))
        while self._goes_on and self._loop.time() < until and all(board.is_public for board in boards):
            piece = self._pieces.after(boards, places)
            if piece.text:
                await self._put(piece.text)
                places = piece.places
            elif not await self._is_woken_within(_about(self._pace.heartbeat)):
                await self._put(NOTHING_NEW)

    async def _is_woken_within(self, seconds: float) -> bool:
        self._turn = self._loop.create_future()
        timer = self._loop.call_later(seconds, self._beat)
        try:
            return await self._turn
        finally:
            timer.cancel()

    def _beat(self) -> None:
        self.wake(is_news=False)

    async def _watch(self, receive: Receive) -> None:
        """Note when the reader goes."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        self.end()

    async def _put(self, text: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._pace.patience):
            await self._send({"type": "http.response.body", "body": text, "more_body": more})


def word_for(boards: Sequence[Board], places: Sequence[int]) -> str:
    """Return what somebody gives back who stands there, to go on from there."""
    return positions.written((board.topic, place) for board, place in zip(boards, places, strict=True))


def _beginning(boards: Sequence[Board], places: Places) -> bytes:
    """When to come back, and where the reader stands; that is kept in mind without being an event."""
    return f"retry: {random.randint(*BACK_AFTER)}\nid: {word_for(boards, places)}\n\n".encode()  # noqa: S311 - no secret


def _piece(boards: Sequence[Board], places: Places) -> Piece:
    at, text = list(places), b""
    for number, board in enumerate(boards):
        for event in board.after(at[number]):
            at[number] = event.version
            text += b"event: %b\nid: %b\ndata: %b\n\n" % (
                board.kind.encode(), word_for(boards, at).encode(), event.data,
            )  # fmt: skip
    return Piece(text, tuple(at))


def _about(seconds: float) -> float:
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
