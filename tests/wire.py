"""One request over ASGI, as a server would pass it: what a client sends, when it goes away, what it gets."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import brotli

from broadsheet.delivery.asgi import Application, Message, Scope

Headers = Iterable[tuple[str, str]]


@dataclass
class Got:
    """What a client has got of an answer; `is_whole` when its end came too."""

    status: int = 0
    pairs: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    is_whole: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers by their names in lower case, of several the last."""
        return dict(self.pairs)

    @property
    def text(self) -> str:
        """The body as text, unpacked."""
        unpack: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}
        packed = self.headers.get("content-encoding", "")
        return (unpack[packed](self.body) if packed else self.body).decode()


class Wire:
    """A client's side of one request. `takes` is awaited for every message it gets, so that it can be a slow reader."""

    def __init__(
        self,
        target: str = "/",
        *,
        method: str = "GET",
        headers: Headers = (),
        pieces: Iterable[bytes] = (),
        takes: Callable[[Message], Awaitable[None]] | None = None,
        host: str = "testserver",
    ) -> None:
        path, _mark, query = target.partition("?")
        given = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        raw = path.encode("ascii") if path.isascii() else quote(path).encode("ascii")
        self.scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": raw,
            "query_string": query.encode("latin-1"),
            "headers": [(b"host", host.encode("latin-1")), *given] if host else given,
            "server": ("127.0.0.1", "8000"),
            "client": ("198.51.100.7", "50000"),
        }
        self.pieces = list(pieces)
        self.gone = asyncio.Event()
        self.got = Got()
        self.asked_for_body = 0
        self._takes = takes

    async def ask(self, application: Application) -> Got:
        """Send the request and return what came, which may be nothing."""
        await application(self.scope, self._receive, self._send)
        return self.got

    async def _receive(self) -> Message:
        self.asked_for_body += 1
        if self.asked_for_body <= max(1, len(self.pieces)):
            body = self.pieces[self.asked_for_body - 1] if self.pieces else b""
            return {"type": "http.request", "body": body, "more_body": self.asked_for_body < len(self.pieces)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._takes:
            await self._takes(message)
        if message["type"] == "http.response.start":
            assert not self.got.status, "an answer begins once"
            self.got.status = message["status"]
            self.got.pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            assert self.got.status, "a body has a beginning"
            assert not self.got.is_whole, "an answer ends once"
            self.got.body += message.get("body", b"")
            self.got.is_whole = not message.get("more_body", False)


def ask(application: Application, target: str = "/", **about: Any) -> Got:
    """Send one request over a wire of its own and return the answer."""

    async def once() -> Got:
        return await Wire(target, **about).ask(application)

    return asyncio.run(once())
