"""The front with the real Django behind it, as a web process has it: for tests that commit what they write."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.http.cookie import SimpleCookie
from django.test import Client

from broadsheet.accounts.visitor import identifying_cookies
from broadsheet.delivery.addresses import Key, key_of
from broadsheet.delivery.changes import Feed, now
from broadsheet.delivery.front import Finish, Front, Outcome
from broadsheet.delivery.shown import Showing, with_notes_of_what_is_shown
from broadsheet.delivery.store import Store
from broadsheet.site.environ import environ_of_key
from broadsheet.site.hop import THREADS, Answer, Hop
from broadsheet.site.stored import own_hosts, stored_at
from tests.wire import Got, Wire

SOON = 30.0


@dataclass
class Process:
    """What one web process consists of, and the pages it has had drawn."""

    feed: Feed
    store: Store
    hop: Hop
    front: Front
    drawn: list[Key] = field(default_factory=list)

    def ask(self, target: str = "/", **about: Any) -> Got:
        """Send one request and return the answer."""
        return self.ask_all([(target, about)])[0]

    def ask_all(self, requests: list[tuple[str, dict[str, Any]]]) -> list[Got]:
        """Send requests all at once and return the answers in their order."""

        async def all_at_once() -> list[Got]:
            wires = [Wire(target, **about) for target, about in requests]
            return await asyncio.gather(*(wire.ask(self.front) for wire in wires))

        return asyncio.run(all_at_once())


@contextmanager
def a_process(room: int = 50_000_000) -> Iterator[Process]:
    """Run what a web process runs, without a server in front."""
    scheme = "https" if settings.IS_ENCRYPTED else "http"
    hop = Hop(with_notes_of_what_is_shown(WSGIHandler()), scheme=scheme, limit=lambda path: 1_000_000)
    drawn: list[Key] = []

    async def ask(key: Key, showing: Showing, finish: Finish) -> Outcome:
        drawn.append(key)

        def hand_on(answer: Answer) -> Outcome:
            return finish(answer.status, answer.headers, answer.body if isinstance(answer.body, bytes) else None)

        return await hop.whole(environ_of_key(key, scheme, showing), hand_on)

    feed, store = Feed(), Store(room)
    feed.tell(store)
    front = Front(
        hop, ask, store=store, feed=feed, clock=now, private_cookies=identifying_cookies(),
        key_of=partial(key_of, hosts=own_hosts(), stored=stored_at),
    )  # fmt: skip
    feed.start()
    try:
        yield Process(feed, store, hop, front, drawn)
    finally:
        feed.stop()
        _close_connections(hop)


def cookies_of(browser: Client) -> tuple[str, str]:
    """Return the header that a browser sends its cookies in."""
    jar: SimpleCookie = browser.cookies
    return "Cookie", "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


def _close_connections(hop: Hop) -> None:
    together = threading.Barrier(THREADS)

    def leave() -> None:
        together.wait(SOON)
        connections.close_all()

    for left in [hop._threads.submit(leave) for _ in range(THREADS)]:
        left.result(SOON)
    hop._threads.shutdown()
