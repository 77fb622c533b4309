"""The words of ASGI, as the front, the hop and whatever answers beside them speak it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]


class Busy(Exception):
    """More waits to be answered than will be in time."""


async def answer_busy(send: Send) -> None:
    """Say that it is too much at the moment."""
    await answer_plainly(send, 503, "Too many ask at the moment. Try again soon.", [(b"retry-after", b"5")])


async def answer_plainly(send: Send, status: int, sentence: str, headers: Iterable[Header] = ()) -> None:
    """Answer with one sentence for whoever sent what no page of ours would have sent; nobody keeps it."""
    fixed, body = plain_answer(sentence)
    await answer_whole(send, status, [*fixed, *headers], body)


async def answer_whole(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    """Send an answer at once; where it waits for its reader, it waits in memory only."""
    await send(start_of(status, headers))
    await send({"type": "http.response.body", "body": body})


def start_of(status: int, headers: list[Header]) -> Message:
    """Return the message that an answer begins with."""
    return {"type": "http.response.start", "status": status, "headers": headers}


def plain_answer(sentence: str) -> tuple[list[Header], bytes]:
    """Return the headers and the body of an answer with one sentence."""
    body = f"{sentence}\n".encode()
    return [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ], body
