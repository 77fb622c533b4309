"""The store: what is true is found, what has changed is marked, and there is never more than there is room for."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.delivery.addresses import Asked, Key
from broadsheet.delivery.changes import Change
from broadsheet.delivery.pages import Page, finished
from broadsheet.delivery.store import LONGEST_WAY, SHORT_CUTS, Store
from broadsheet.delivery.topics import every

ROOM = 10_000_000


def key(name: str = "ferry") -> Key:
    return Key("slipway.example", f"/{name}/", "")


def asked(name: str = "ferry", query: str = "") -> Asked:
    return (b"slipway.example", f"/{name}/".encode(), query.encode())


def page(*topics: str) -> Page:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    return finished([], b"x", topics=topics or ["article:1"], until=None, began=0.0, now=now)


def put(store: Store, name: str = "ferry", *topics: str) -> Page:
    made = page(*topics)
    with store.drawing() as drawing:
        store.put(key(name), made, drawing)
    return made


def change(topic: str, why: str = "published") -> Change:
    return Change(1, topic, 1, why)


@pytest.fixture
def store() -> Store:
    return Store(ROOM)


class TestFinding:
    def test_a_page_by_its_key(self, store: Store) -> None:
        made = put(store)
        assert store.get(key()) is made
        assert store.get(key("other")) is None

    def test_and_by_a_request_that_was_seen_before(self, store: Store) -> None:
        made = put(store)
        assert store.at(asked()) is None
        store.remember(asked(), key())
        store.remember(asked("none"), key("none"))
        assert store.at(asked()) is made
        assert store.at(asked("none")) is None

    def test_a_short_cut_leads_to_whatever_is_there_now(self, store: Store) -> None:
        put(store)
        store.remember(asked(), key())
        newer = put(store)
        assert store.at(asked()) is newer

    def test_who_makes_up_requests_does_not_fill_the_memory(self, store: Store) -> None:
        put(store)
        for number in range(1_000):
            store.remember(asked(query=f"utm={number}"), key())
        assert sum(store.at(asked(query=f"utm={number}")) is not None for number in range(1_000)) == SHORT_CUTS


class TestTruth:
    def test_what_shows_a_topic_is_stale_when_it_moves(self, store: Store) -> None:
        ferry, pilot = put(store, "ferry", "article:1", "thread:1"), put(store, "pilot", "article:2")
        store.moved([change("thread:1")])
        assert (ferry.is_stale, pilot.is_stale) == (True, False)

    def test_so_is_what_shows_something_of_all(self, store: Store) -> None:
        front, feed = put(store, "front", every("article")), put(store, "feed", "publication:lists")
        store.moved([change("article:1")])
        assert (front.is_stale, feed.is_stale) == (True, False)

    def test_a_newer_page_is_not_marked_for_what_the_older_showed(self, store: Store) -> None:
        put(store, "ferry", "thread:1")
        newer = put(store, "ferry", "article:1")
        store.moved([change("thread:1")])
        assert not newer.is_stale

    def test_what_changes_while_a_page_is_drawn_makes_it_stale_at_once(self, store: Store) -> None:
        for made, moved, is_stale in (
            (page("thread:1"), "thread:1", True),
            (page(every("thread")), "thread:1", True),
            (page("thread:2"), "thread:1", False),
        ):
            with store.drawing() as drawing:
                store.moved([change(moved)])
                store.put(key(), made, drawing)
            assert made.is_stale is is_stale

    def test_what_changed_before_it_was_begun_does_not(self, store: Store) -> None:
        store.moved([change("thread:1")])
        assert not put(store, "ferry", "thread:1").is_stale

    def test_one_that_is_drawn_beside_it_has_its_own_beginning(self, store: Store) -> None:
        first, second = page("thread:1"), page("thread:1")
        with store.drawing() as early:
            store.moved([change("thread:1")])
            with store.drawing() as late:
                store.put(key("late"), second, late)
            store.put(key("early"), first, early)
        assert (first.is_stale, second.is_stale) == (True, False)

    def test_when_the_track_is_lost_nothing_is_true(self, store: Store) -> None:
        kept, drawn = put(store), page()
        with store.drawing() as drawing:
            store.lost_track()
            store.put(key("other"), drawn, drawing)
        assert (kept.is_stale, drawn.is_stale) == (True, True)
        assert not put(store).is_stale


class TestRoom:
    def test_what_was_not_read_for_longest_leaves(self) -> None:
        store = Store(page().size * 3)
        for name in ("one", "two", "three"):
            put(store, name)
            store.remember(asked(name), key(name))
        store.get(key("one"))
        store.at(asked("two"))
        put(store, "four")
        assert [name for name in ("one", "two", "three", "four") if store.get(key(name))] == ["one", "two", "four"]
        assert store.at(asked("three")) is None

    def test_pages_are_counted_as_what_they_take(self) -> None:
        """With headers as ours are, in every form, and asked for in every way that is remembered."""
        store = Store(10**9)
        tracemalloc.start()
        try:
            for number in range(100):
                headers = [(b"x-header-%d" % place, b"%d %b" % (number, b"v" * 80)) for place in range(10)]
                body = b"<p>%d" % number + token_bytes(2_000).hex().encode()
                now = datetime(2026, 11, 29, tzinfo=UTC)
                drawn = finished(headers, body, topics=[f"article:{number}"], until=None, began=0.0, now=now)
                drawn.settle()
                with store.drawing() as drawing:
                    store.put(key(str(number)), drawn, drawing)
                for way in range(SHORT_CUTS):
                    store.remember(asked(str(number), f"{way}{'x' * 100}"), key(str(number)))
            taken, _most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert taken <= store.size

    def test_an_endless_way_is_not_remembered(self, store: Store) -> None:
        put(store)
        for way in (asked(query="x" * 100), asked(query="x" * LONGEST_WAY)):
            store.remember(way, key())
        assert store.at(asked(query="x" * 100))
        assert store.at(asked(query="x" * LONGEST_WAY)) is None

    def test_a_page_that_finds_no_room_at_all_is_not_kept(self) -> None:
        store = Store(0)
        put(store)
        assert (len(store), store.size) == (0, 0)

    @given(
        st.lists(st.tuples(st.sampled_from(["put", "get", "ask", "move", "lose"]), st.integers(0, 12)), max_size=60),
        st.integers(1, 6),
    )
    def test_it_never_holds_more_and_counts_right(self, steps: list[tuple[str, int]], room: int) -> None:
        store = Store(page().size * room)
        for step, number in steps:
            name = f"page-{number}"
            if step == "put":
                put(store, name, f"article:{number % 3}", every("thread"))
                store.remember(asked(name), key(name))
            elif step == "get":
                store.get(key(name))
            elif step == "ask":
                store.at(asked(name))
            elif step == "move":
                store.moved([change(f"article:{number % 3}")])
            else:
                store.lost_track()
            kept = [found for number in range(13) if (found := store.get(key(f"page-{number}")))]
            assert len(kept) == len(store) <= room
            assert store.size == sum(found.size for found in kept)
            assert len(store._short_cuts) == len(kept)
            assert {entry.key for entries in store._by_topic.values() for entry in entries} == set(store._entries)
            assert ("article:0" in store._by_topic) == any("article:0" in found.topics for found in kept)
