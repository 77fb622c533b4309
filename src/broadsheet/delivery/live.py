"""`/live/`: what changes, told as it happens to whoever listens, or to whoever asks what they have missed.

    GET /live/?topic=thread:12&topic=campaign:3         a stream of server-sent events
    GET /live/?topic=thread:12&since=thread:12=41       an answer in JSON, at once

Names and figures, never content, and of nothing but what everybody may read: cookies are not looked at. Where somebody
stands is a word, the `id` of every event, which they give back as `Last-Event-ID`, or in the address as `after` (to
listen from there on) or `since` (to be answered at once).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from django.db import Error as DatabaseError

from broadsheet.delivery import positions
from broadsheet.delivery.asgi import (
    Busy,
    Header,
    Receive,
    Scope,
    Send,
    answer_busy,
    answer_plainly,
    answer_whole,
    start_of,
)
from broadsheet.delivery.board import Board
from broadsheet.delivery.boards import Boards
from broadsheet.delivery.crowd import Crowd, Full
from broadsheet.delivery.streams import Pace, Pieces, Places, Stream, word_for
from broadsheet.gate.address import FORWARDED_FOR, address_behind
from broadsheet.gate.limits import network_of
from broadsheet.kernel.refusal import Refusal

log = logging.getLogger("broadsheet.live")

PATH = "/live/"
MOST_TOPICS = 8  # of one page: its article, its thread, its campaign, and to spare
LONGEST_QUERY = 2_000
LAST_EVENT_ID, FORWARDED = b"last-event-id", FORWARDED_FOR.lower().encode()
# Seconds after which whoever finds no room may try again.
AGAIN_AFTER = 30

# The same for everybody and never kept; nobody between us packs it or holds pieces back until there are enough.
_HEADERS: list[Header] = [
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to hear of, and where they stand; `at_once` when they want an answer and no stream."""

    topics: tuple[str, ...]
    known: dict[str, int]
    at_once: bool


class Live:
    """Answers at `PATH`. One for each process, in one event loop."""

    def __init__(self, boards: Boards, *, crowd: Crowd | None = None, pace: Pace | None = None) -> None:
        self._boards = boards
        self._crowd = crowd or Crowd()
        self._askers = Crowd()
        self._pace = pace or Pace()
        self._pieces = Pieces()
        self._streams: set[Stream] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._answer(scope, receive, send)
        except Refusal as refusal:
            headers = [(b"allow", b"GET")] if refusal.status == 405 else []
            await answer_plainly(send, refusal.status, str(refusal.sentence), headers)
        except Full as full:
            await _refuse_for_now(send, 429 if full.is_of_network else 503)
        except (Busy, DatabaseError):
            await answer_busy(send)

    def end(self) -> None:
        """End every stream, soon, and begin none. May be called from a signal handler."""
        self._has_ended = True
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_streams)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        wish = _wish(scope)
        if wish.at_once:
            with self._askers.joined(_network(scope)):
                await self._tell_at_once(wish, send)
        else:
            with self._crowd.joined(_network(scope)):
                await self._stream(wish, receive, send)

    async def _stream(self, wish: Wish, receive: Receive, send: Send) -> None:
        if self._has_ended:
            raise Full(is_of_network=False)
        stream = Stream(send, self._pieces, self._pace)
        self._streams.add(stream)
        try:
            boards = await self._boards_for(wish, stream)
            places = await self._places(wish, boards)
            headers = [(b"content-type", b"text/event-stream; charset=utf-8"), *_HEADERS]
            await send(start_of(200, headers))
            await stream.run(boards, places, receive)
        except TimeoutError:
            log.debug("A reader did not take what was told, and was left behind.")
        finally:
            self._streams.discard(stream)
            self._boards.leave(stream, wish.topics)

    async def _tell_at_once(self, wish: Wish, send: Send) -> None:
        boards = await self._boards_for(wish)
        places = await self._places(wish, boards)
        events = [event for board, place in zip(boards, places, strict=True) for event in board.after(place)]
        word = word_for(boards, [board.version for board in boards])
        body = b'{"id":%b,"events":[%b]}' % (json.dumps(word).encode(), b",".join(event.data for event in events))
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *_HEADERS]
        await answer_whole(send, 200, headers, body)

    async def _boards_for(self, wish: Wish, stream: Stream | None = None) -> list[Board]:
        boards = await self._boards.look(wish.topics, stream)
        if boards is None:
            raise Refusal("not-found", "There is no such topic, or it is not for everybody.", status=404)
        return boards

    async def _places(self, wish: Wish, boards: Sequence[Board]) -> Places:
        """Return where on the boards somebody stands; who does not say, or not so that we know it, knows everything."""
        for board in boards:
            if board.topic in wish.known:
                await self._boards.reach_back(board, wish.known[board.topic])
        return tuple(wish.known.get(board.topic, board.version) for board in boards)

    def _end_streams(self) -> None:
        for stream in list(self._streams):
            stream.end()


def is_asked(scope: Scope) -> bool:
    """Whether a request is for `Live`: without a topic it is for a section that somebody has called *Live*."""
    return bool(scope["path"] == PATH) and b"topic" in scope["query_string"]


def _wish(scope: Scope) -> Wish:
    """Read a request. Raises Refusal for what no page of ours asks."""
    if scope["method"] != "GET":
        raise Refusal("only-get", "One listens with GET, and says nothing.", status=405)
    if len(scope["query_string"]) > LONGEST_QUERY:
        raise Refusal("too-long", "This address is longer than any of ours.", status=414)
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    topics = tuple(dict.fromkeys(asked.get("topic", ())))
    if not topics:
        raise Refusal("no-topic", "Say what you want to hear of, such as ?topic=thread:12.", status=400)
    if len(topics) > MOST_TOPICS:
        raise Refusal("too-many-topics", f"One can listen to {MOST_TOPICS} topics at once.", status=400)
    if not all(map(positions.TOPIC.fullmatch, topics)):
        raise Refusal("no-such-topic", "A topic is written as kind:key, such as thread:12.", status=400)
    if "since" in asked:
        return Wish(topics, positions.read(asked["since"][-1]), at_once=True)
    last = next(_said(scope, LAST_EVENT_ID), "") or asked.get("after", [""])[-1]
    return Wish(topics, positions.read(last), at_once=False)


def _network(scope: Scope) -> str:
    """Return what whoever asks is counted as."""
    peer = (scope.get("client") or ("", 0))[0]
    return network_of(address_behind(peer, ",".join(_said(scope, FORWARDED))))


def _said(scope: Scope, header: bytes) -> Iterator[str]:
    return (value.decode("latin-1") for name, value in scope["headers"] if name == header)


async def _refuse_for_now(send: Send, status: int) -> None:
    sentence = "Too many listen at the moment. Ask now and then, with `since` in the address, or try again later."
    await answer_plainly(send, status, sentence, [(b"retry-after", b"%d" % AGAIN_AFTER)])
