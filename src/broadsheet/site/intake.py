"""Taking in the body of a request, before any of Django's threads is kept busy by whoever sends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile

from broadsheet.delivery.asgi import Receive

# A comment fits; an upload goes to a file.
IN_MEMORY = 64 * 1024
# Of all bodies that one process is taking in. Whoever opens a thousand uploads at once fills no disk of ours.
AT_ONCE = 512 * 1024 * 1024
# Seconds between two pieces; a telephone in a tunnel comes back within that.
PATIENCE = 30.0

Body = SpooledTemporaryFile[bytes]


class Unwelcome(Exception):
    """A body that is not taken in. `status` and `sentence` are what its sender is told."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Gone(Exception):
    """Whoever sent the request does not wait for an answer any more."""


class Intake:
    """Takes in bodies, each as a file that begins at its start, and counts them all."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._at_once = at_once
        self._patience = patience
        self._taken = 0

    async def take(self, receive: Receive, declared: int | None, limit: int) -> tuple[Body, int]:
        """Return the body and its length; the caller lets go of it with `forget`.

        `declared` is what the request says of its length, None for one that comes in chunks. Raises Unwelcome for a
        body beyond `limit` (bytes), before anything of it is read where that was declared, and Gone.
        """
        self._check(declared or 0, limit)
        body = SpooledTemporaryFile[bytes](max_size=IN_MEMORY)
        length = 0
        try:
            async for piece in self._pieces(receive):
                length += len(piece)
                self._taken += len(piece)
                self._check(0, limit, length)
                body.write(piece)
        except BaseException:
            self.forget(body, length)
            raise
        body.seek(0)
        return body, length

    def forget(self, body: Body, length: int) -> None:
        """Let go of a body that was taken in."""
        self._taken -= length
        body.close()

    def _check(self, declared: int, limit: int, length: int = 0) -> None:
        if max(declared, length) > limit:
            raise Unwelcome(413, "This is too much at once. Nothing was done with it.")
        if self._taken + declared > self._at_once:
            raise Unwelcome(503, "Too much is being sent here at the moment. Nothing was done with this; try again.")

    async def _pieces(self, receive: Receive) -> AsyncIterator[bytes]:
        goes_on = True
        while goes_on:
            try:
                message = await asyncio.wait_for(receive(), self._patience)
            except TimeoutError:
                raise Unwelcome(408, "The rest of this did not come. Nothing was done with it.") from None
            if message["type"] == "http.disconnect":
                raise Gone
            yield message.get("body", b"")
            goes_on = message.get("more_body", False)
