"""In front of everything: readers whom nobody knows are given pages out of the store, all others are led on.

Nobody is given a state older than a second. A page is given if nothing it shows has changed, as far as a feed tells
that has looked within half a second; or if it was begun to be drawn within the last quarter. Whatever else happens, it
is drawn anew: once, however many wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from django.utils import timezone

from broadsheet.delivery.addresses import Asked, Key
from broadsheet.delivery.asgi import Application, Busy, Header, Message, Receive, Scope, Send, answer_busy, answer_whole
from broadsheet.delivery.changes import TRUSTED_FOR, Feed
from broadsheet.delivery.encodings import best_encoding
from broadsheet.delivery.pages import ASK_AGAIN, Page, Reply, Variant, finished, is_known, may_be_shared, why_not_kept
from broadsheet.delivery.shown import Showing
from broadsheet.delivery.store import Store

log = logging.getLogger("broadsheet.store")

# Seconds for which a page is given as it was when it was begun to be drawn, whatever has changed since. A page that
# changes all the time is drawn four times a second, and not for every reader.
MOMENT = 0.25
# With one of these in it a request is about its sender, or brings a body along.
NOT_FOR_ALL = frozenset([b"authorization", b"content-length", b"transfer-encoding"])
# What of a request has a part in the answer; said several times, it is one list. A host is said once.
_READ = frozenset([b"cookie", b"accept-encoding", b"if-none-match", b"if-modified-since", *NOT_FOR_ALL])
MOST_WISHES = 500  # ways of writing `Accept-Encoding` that are kept in mind; browsers have a handful
REPORT_EVERY = 60.0  # seconds

Outcome = Page | Reply | None
# A page in one of its forms, and whether the client has it already.
Form = tuple[Variant, bool]
Finish = Callable[[int, list[Header], bytes | None], Outcome]
_OF_A_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"  # RFC 6265, section 4.1.1
_NOTHING: Message = {"type": "http.response.body", "body": b""}


class Ask(Protocol):
    """Asks for a page in nobody's name, notes what it shows, and returns what `finish` makes of it. May raise Busy."""

    def __call__(self, key: Key, showing: Showing, finish: Finish) -> Awaitable[Outcome]:
        """Ask."""


@dataclass(frozen=True)
class Flight:
    """A page that is being drawn: since when, and what comes of it."""

    began: float
    task: asyncio.Task[Outcome]


class Front:
    """Answers what it has or can have drawn, and leads everything else on. One for each process."""

    def __init__(
        self,
        elsewhere: Application,
        ask: Ask,
        *,
        store: Store,
        feed: Feed,
        key_of: Callable[[Asked], Key | None],
        private_cookies: Collection[str],
        clock: Callable[[], float],
        kept: str = ASK_AGAIN,
    ) -> None:
        """`private_cookies` are the names of cookies that make a page somebody's; `clock` is that of the feed.

        `kept` is what pages say of how long others may keep them.
        """
        self.given = self.drawn = 0
        self._elsewhere = elsewhere
        self._ask = ask
        self._store = store
        self._feed = feed
        self._key_of = key_of
        self._private = _named(private_cookies)
        self._clock = clock
        self._kept = kept
        self._flights: dict[Key, Flight] = {}
        self._wishes: dict[bytes, str] = {}
        self._reports = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            pairs = scope["headers"]
            headers = dict(pairs)
            if len(headers) != len(pairs):
                headers = _joined(pairs)
            asked = (headers.get(b"host", b""), scope["raw_path"], scope["query_string"])
            if form := self.at_once(asked, headers):
                await _give(form, scope["method"], send)
                return
            if self._is_anybodys(headers) and await self._answer_anybody(asked, scope["method"], headers, send):
                return
        await self._elsewhere(scope, receive, send)

    def at_once(self, asked: Asked, headers: Mapping[bytes, bytes]) -> Form | None:
        """Return what a page out of the store is for who asks with these headers; None for what is not there.

        All that a page in the store costs.
        """
        page, now = self._store.at(asked), self._clock()
        if page and self._is_anybodys(headers) and self._may_be_given(page, now):
            return self._form(page, headers, now)
        return None

    def _is_anybodys(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether nothing in a request tells who sends it."""
        cookies = headers.get(b"cookie")
        if cookies is not None and self._private.search(cookies):
            return False
        return headers.keys().isdisjoint(NOT_FOR_ALL)

    def _may_be_given(self, page: Page, now: float) -> bool:
        is_true = not page.is_stale and now < page.ends and now - self._feed.looked_at < TRUSTED_FOR
        return is_true or now - page.began < MOMENT

    def _form(self, page: Page, headers: Mapping[bytes, bytes], now: float) -> Form:
        """Return the page as a client takes it, or the word that theirs is true."""
        self.given += 1
        if now > page.settles:
            page.settle()
        variant = page.variant(self._encoding(headers.get(b"accept-encoding", b"")))
        known = headers.get(b"if-none-match")
        if known is None:
            is_unchanged = headers.get(b"if-modified-since") == page.modified and page.is_settled
        else:
            is_unchanged = known == variant.etag or is_known(variant.etag, known)
        return variant, is_unchanged

    def _encoding(self, accepted: bytes) -> str:
        encoding = self._wishes.get(accepted)
        if encoding is None:
            if len(self._wishes) >= MOST_WISHES:
                self._wishes.clear()
            encoding = self._wishes[accepted] = best_encoding(accepted.decode("latin-1"))
        return encoding

    async def _answer_anybody(self, asked: Asked, method: str, headers: Mapping[bytes, bytes], send: Send) -> bool:
        """Answer out of the store, or have drawn what is not there; False for what is not for the store."""
        key = self._key_of(asked)
        if key is None:
            return False
        try:
            outcome = await self._page(key)
        except Busy:
            await answer_busy(send)
            return True
        if isinstance(outcome, Page):
            self._store.remember(asked, key)
            await _give(self._form(outcome, headers, self._clock()), method, send)
        elif outcome:
            length = (b"content-length", b"%d" % len(outcome.body))
            body = outcome.body if method == "GET" else b""
            await answer_whole(send, outcome.status, [*outcome.headers, length], body)
        return outcome is not None

    async def _page(self, key: Key) -> Outcome:
        """Return a page that is true, or was a moment ago; whoever comes while it is drawn waits for that drawing.

        Who comes later than a moment after it was begun waits too, and takes what was drawn if it is still true then.
        """
        asked_at = self._clock()
        while True:
            page = self._store.get(key)
            if page and self._may_be_given(page, self._clock()):
                return page
            flight = self._flights.get(key)
            # One that is done and has not landed yet is nobody's to wait for: without a pause it never would.
            if flight is None or flight.task.done():
                flight = self._take_off(key)
            outcome = await asyncio.shield(flight.task)
            if asked_at - flight.began < MOMENT:
                return outcome

    def _take_off(self, key: Key) -> Flight:
        self._report_later()
        self.drawn += 1
        task = asyncio.ensure_future(self._draw(key, self._clock()))
        flight = self._flights[key] = Flight(self._clock(), task)
        task.add_done_callback(partial(self._land, key))
        return flight

    def _land(self, key: Key, task: asyncio.Task[Outcome]) -> None:
        if self._flights[key].task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # told to those who wait for it

    async def _draw(self, key: Key, began: float) -> Outcome:
        showing, now = Showing(), timezone.now()

        def finish(status: int, headers: list[Header], body: bytes | None) -> Outcome:
            reason = why_not_kept(status, headers, body, showing.topics)
            if not reason and body is not None:
                return finished(
                    headers, body, topics=showing.topics, until=showing.until, began=began, now=now, kept=self._kept
                )
            log.debug("%s is not kept: %s.", key.path, reason)
            return Reply(status, headers, body) if body is not None and may_be_shared(status, headers) else None

        with self._store.drawing() as drawing:
            outcome = await self._ask(key, showing, finish)
            if isinstance(outcome, Page):
                self._store.put(key, outcome, drawing)
            return outcome

    def _report_later(self) -> None:
        """Log, a minute from now, what was given meanwhile: answers out of the store have no line of their own."""
        if not self._reports:
            self._reports = True
            asyncio.get_running_loop().call_later(REPORT_EVERY, self._report)

    def _report(self) -> None:
        log.info("Gave %d pages out of the store and drew %d; it holds %d.", self.given, self.drawn, len(self._store))
        self.given = self.drawn = 0
        self._reports = False


async def _give(form: Form, method: str, send: Send) -> None:
    variant, is_unchanged = form
    await send(variant.unchanged if is_unchanged else variant.start)
    await send(_NOTHING if is_unchanged or method == "HEAD" else variant.body)


def _named(cookies: Collection[str]) -> re.Pattern[bytes]:
    """What finds one of these cookies wherever Django might, and none whose name only holds one of theirs."""
    names = b"|".join(re.escape(name.encode()) for name in cookies)
    return re.compile(rb"(?<!%b)(?:%b)(?!%b)" % (_OF_A_NAME, names, _OF_A_NAME))


def _joined(pairs: list[Header]) -> dict[bytes, bytes]:
    """The headers of a request that says some of them several times, as proxies write who asked them."""
    found: dict[bytes, bytes] = {}
    for name, value in pairs:
        if name in _READ and name in found:
            found[name] += (b"; " if name == b"cookie" else b", ") + value
        elif name == b"host" and name in found:
            return {b"authorization": b""}  # for nobody, until Django has said what it thinks of it
        else:
            found[name] = value
    return found
