"""The line to one reader, for the event loop and for the thread that answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import BinaryIO

from broadsheet.delivery.asgi import Header, Message, Receive, Send, answer_whole, start_of
from broadsheet.site.intake import Gone

# Seconds for a reader to take a piece of an answer.
PATIENCE = 30.0
PIECE = 64 * 1024  # bytes of a file


class Line:
    """What is sent to one reader, who may be slow, and may have gone."""

    def __init__(self, send: Send, patience: float = PATIENCE) -> None:
        self._send = send
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._abandoned = threading.Event()
        self.has_begun = False

    @property
    def is_abandoned(self) -> bool:
        """Whether the reader has gone."""
        return self._abandoned.is_set()

    async def watch(self, receive: Receive) -> None:
        """Note when the reader goes."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._abandoned.set()

    async def put_whole(self, status: int, headers: list[Header], body: bytes) -> None:
        """Send an answer at once."""
        await answer_whole(self._send, status, headers, body)

    async def put_file(self, status: int, headers: list[Header], file: BinaryIO) -> None:
        """Send a file as long as the headers say it is.

        What the system keeps of a file in memory is read in less time than a thread is found. Raises Gone for a reader
        who does not take it, and for a file that has become shorter.
        """
        left = _length_in(headers)
        await self._put(start_of(status, headers))
        while left is None or left > 0:
            piece = file.read(PIECE if left is None else min(PIECE, left))
            if not piece:
                break
            left = None if left is None else left - len(piece)
            await self._put({"type": "http.response.body", "body": piece, "more_body": True})
        if left:
            raise Gone
        await self._put({"type": "http.response.body", "body": b""})

    def stream(self, status: int, headers: list[Header], pieces: Iterable[bytes]) -> None:
        """Send an answer while it is made, from a thread: the next piece is asked for when this one is taken.

        Raises Gone also for one that turns out shorter than it said, so that nobody takes a part for the whole.
        """
        left = _length_in(headers)
        for piece in pieces:
            if not self.has_begun:
                self._put_from_thread(start_of(status, headers))
            if left is not None:
                piece = piece[:left]
                left -= len(piece)
            if piece:
                self._put_from_thread({"type": "http.response.body", "body": piece, "more_body": True})
        if not self.has_begun:
            self._put_from_thread(start_of(status, headers))
        if left:
            raise Gone
        self._put_from_thread({"type": "http.response.body", "body": b"", "more_body": False})

    async def _put(self, message: Message) -> None:
        """Send, and wait until it is taken. Raises Gone where nobody takes it."""
        if self.is_abandoned:
            raise Gone
        self.has_begun = True
        try:
            await asyncio.wait_for(self._send(message), self._patience)
        except TimeoutError:
            raise Gone from None

    def _put_from_thread(self, message: Message) -> None:
        asyncio.run_coroutine_threadsafe(self._put(message), self._loop).result()


def _length_in(headers: Iterable[Header]) -> int | None:
    return next((int(value) for name, value in headers if name == b"content-length"), None)
