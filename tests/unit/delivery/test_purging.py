"""Caches in front are told to forget what has changed: all of it, soon, and without anybody waiting for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from broadsheet.delivery.addresses import Asked
from broadsheet.delivery.changes import now
from broadsheet.delivery.purging import AGAIN_AFTER, MOST_WAITING, Purger
from broadsheet.delivery.store import Store
from tests.unit.delivery.test_store import change, key, put
from tests.waiting import SOON, until

ADDRESS = "https://slipway.example"


class Cache:
    """What a cache in front is told; it may be slow, and it may fail."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.at: list[float] = []
        self.fails: Exception | None = None
        self.takes = threading.Event()
        self.takes.set()

    def purge(self, urls: Sequence[str]) -> None:
        self.takes.wait(SOON)
        self.told += urls
        self.at.append(now())
        if self.fails:
            raise self.fails


@pytest.fixture
def cache() -> Cache:
    return Cache()


@pytest.fixture
def store() -> Store:
    return Store(10_000_000)


@pytest.fixture
def purger(store: Store, cache: Cache) -> Iterator[Purger]:
    purger = Purger(store, ADDRESS, cache.purge)
    yield purger
    cache.takes.set()
    purger.stop()


def asked(path: str, query: str = "", host: str = "slipway.example") -> Asked:
    return host.encode(), path.encode(), query.encode()


def test_every_page_that_shows_a_topic_is_forgotten_and_no_other(store: Store, cache: Cache, purger: Purger) -> None:
    put(store, "ferry", "article:1", "thread:1")
    put(store, "front", "article:1", "article:2")
    put(store, "quay", "article:2")
    put(store, "archive", "article:*")
    purger.moved([change("article:1")])
    until(lambda: cache.told)
    assert cache.told == [f"{ADDRESS}/{name}/" for name in ("archive", "ferry", "front")]


def test_in_every_way_it_was_asked_for(store: Store, cache: Cache, purger: Purger) -> None:
    put(store, "ferry")
    ways = [
        asked("/ferry/", "utm_source=letter"),
        asked("/f%65rry/"),
        asked("/ferry/", host="Slipway.Example"),
        asked("/ferry/", "a", host="127.0.0.1:8000"),  # no cache asks there
        asked("/ferry/", "a#b"),
        asked("/ferry/", "a\r\nHost: evil.example"),
        asked("/ferry/", "søk"),
    ]
    for way in ways:
        store.remember(way, key())
    purger.moved([change("article:1")])
    until(lambda: cache.told)
    assert cache.told == [f"{ADDRESS}/f%65rry/", f"{ADDRESS}/ferry/", f"{ADDRESS}/ferry/?utm_source=letter"]


def test_again_a_moment_later_with_what_was_on_its_way(store: Store, cache: Cache, purger: Purger) -> None:
    put(store, "ferry")
    purger.moved([change("article:1")])
    until(lambda: cache.told)
    put(store, "quay")
    until(lambda: len(cache.told) == 3)
    assert cache.told == [f"{ADDRESS}/ferry/", f"{ADDRESS}/ferry/", f"{ADDRESS}/quay/"]
    assert cache.at[1] - cache.at[0] > AGAIN_AFTER / 2
    time.sleep(AGAIN_AFTER + 0.2)
    assert len(cache.told) == 3


def test_also_what_no_longer_shows_it_by_then(store: Store, cache: Cache, purger: Purger) -> None:
    put(store, "front", "article:1")
    purger.moved([change("article:1")])
    put(store, "front", "article:2")
    until(lambda: len(cache.told) == 2)
    assert set(cache.told) == {f"{ADDRESS}/front/"}


def test_everything_where_changes_may_have_been_missed(store: Store, cache: Cache, purger: Purger) -> None:
    put(store, "ferry")
    put(store, "quay", "article:2")
    purger.lost_track()
    until(lambda: len(cache.told) == 4)
    assert set(cache.told) == {f"{ADDRESS}/ferry/", f"{ADDRESS}/quay/"}


def test_nobody_waits_for_a_slow_cache_and_the_same_is_said_once(store: Store, cache: Cache, purger: Purger) -> None:
    put(store, "ferry")
    cache.takes.clear()
    began = now()
    for _ in range(1_000):
        purger.moved([change("article:1")])
    assert now() - began < 1.0
    cache.takes.set()
    until(lambda: len(cache.told) == 3)  # the first, all that came while it was said, and once more
    time.sleep(0.1)
    assert len(cache.told) == 3


def test_a_cache_that_fails_is_said_once_and_told_of_the_next_change(
    store: Store, cache: Cache, purger: Purger, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "ferry")
    cache.fails = OSError("no route to it")
    purger.moved([change("article:1")])
    until(lambda: len(cache.told) == 2)
    time.sleep(AGAIN_AFTER)
    assert len(cache.told) == 2
    cache.fails = None
    purger.moved([change("article:1")])
    until(lambda: len(caplog.records) == 2)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "no route to it" in caplog.records[0].getMessage()


def test_what_waits_has_a_bound(cache: Cache, purger: Purger, caplog: pytest.LogCaptureFixture) -> None:
    purger.moved([change(f"article:{number}") for number in range(MOST_WAITING)])
    assert "take in less" in caplog.text
