"""A board: whoever holds a position is told what came after it, each change once, or that nobody knows any more."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.delivery.board import FETCHES, KEPT, LOST_TRACK, MANY, ONE_BY_ONE, Board, Event, Reading
from broadsheet.delivery.changes import Change

TOPIC = "thread:12"


def changes(versions: Iterable[int], about: str = "") -> list[Change]:
    return [Change(number, TOPIC, number, "comment-posted", about and f"{about}{number}") for number in versions]


def reading(versions: Iterable[int], version: int = 0, about: str = "", **figures: int) -> Reading:
    found = changes(versions, about)
    of_each = {change.about: {"score": change.version} for change in found if change.about}
    return Reading(found[-1].version if found else version, found, {"": figures, **of_each})


def board_at(version: int, *, reach: int | None = None) -> Board:
    """A board that was first read at `reach`, if that is given, and has gone on to `version`."""
    board = Board(TOPIC)
    begun = version if reach is None else reach
    board.go_on(reading([], begun))
    board.go_on(reading(range(begun + 1, version + 1), version))
    return board


def said(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [json.loads(event.data) for event in events]


def versions_told(board: Board, position: int) -> list[int]:
    return [event.version for event in board.after(position)]


def test_everything_after_a_position_is_told_in_its_order() -> None:
    board = board_at(12, reach=7)
    assert versions_told(board, 7) == [8, 9, 10, 11, 12]
    assert versions_told(board, 11) == [12]
    assert versions_told(board, 12) == []


def test_an_event_names_its_topic_what_happened_and_the_figures() -> None:
    board = board_at(40)
    board.go_on(reading([41], comments=41))
    assert said(board.after(40)) == [
        {"topic": TOPIC, "change": "comment-posted", "version": 41, "comments": 41},
    ]


def test_what_it_is_about_has_figures_of_its_own_where_everybody_can_read_it() -> None:
    board = board_at(40)
    seen = Change(1, TOPIC, 41, "comment-voted", "nv8s44zjc4vn")
    gone = Change(2, TOPIC, 42, "comment-decided", "mc5xjjgs89fh")
    board.go_on(Reading(42, [seen, gone], {"": {"comments": 1}, "nv8s44zjc4vn": {"score": -3}}))
    assert [event["about"] for event in said(board.after(40))] == [
        {"nv8s44zjc4vn": {"score": -3}},
        {"mc5xjjgs89fh": None},
    ]


def test_what_was_read_twice_is_told_once() -> None:
    board = board_at(10, reach=8)
    assert not board.go_on(reading([9, 10]))
    assert board.go_on(reading([9, 10, 11]))
    assert versions_told(board, 8) == [9, 10, 11]


def test_many_missed_changes_are_told_as_one() -> None:
    board = board_at(0)
    board.go_on(reading(range(1, ONE_BY_ONE + 2), about="comment"))
    (event,) = said(board.after(0))
    assert (event["change"], event["version"]) == (MANY, ONE_BY_ONE + 1)
    assert event["about"] == {f"comment{number}": {"score": number} for number in range(1, ONE_BY_ONE + 2)}
    assert len(board.after(1)) == ONE_BY_ONE


def test_who_is_too_far_behind_is_told_that() -> None:
    board = board_at(12, reach=7)
    assert said(board.after(6)) == [{"topic": TOPIC, "change": LOST_TRACK, "version": 12}]


def test_who_knows_more_than_we_is_told_that_too() -> None:
    """Such as after a backup was put back."""
    assert [event["change"] for event in said(board_at(12).after(13))] == [LOST_TRACK]


def test_a_database_that_is_younger_than_before_begins_anew() -> None:
    board = board_at(12, reach=7)
    assert board.go_on(Reading(3, None, {}))
    assert said(board.after(12)) == [{"topic": TOPIC, "change": LOST_TRACK, "version": 3}]
    assert board.after(3) == []


def test_it_keeps_so_many() -> None:
    board = board_at(KEPT + 30, reach=0)
    assert len(board.pinned) == KEPT
    assert versions_told(board, 30) == [KEPT + 30]
    assert [event["change"] for event in said(board.after(29))] == [LOST_TRACK]


class TestReachingBack:
    def test_what_was_announced_before_the_first_reading_is_found(self) -> None:
        board = board_at(12, reach=10)
        assert not board.is_settled(6)
        board.reach_back(6, reading(range(7, 14)))
        assert board.is_settled(6)
        assert versions_told(board, 6) == [7, 8, 9, 10, 11, 12]
        assert versions_told(board, 10) == [11, 12]

    def test_what_is_forgotten_is_not_looked_for_again(self) -> None:
        board = board_at(12, reach=10)
        board.reach_back(4, Reading(12, None, {}))
        assert board.is_settled(4)
        assert board.is_settled(3)
        assert not board.is_settled(5)
        assert [event["change"] for event in said(board.after(4))] == [LOST_TRACK]

    def test_nobody_looks_further_back_than_it_keeps(self) -> None:
        assert board_at(KEPT * 3).is_settled(KEPT)

    @given(st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=6), st.integers(60, 80))
    def test_wherever_one_begins_nothing_is_missing_and_nothing_is_double(self, begun: list[int], last: int) -> None:
        board = board_at(60)
        for position in begun:
            if not board.is_settled(position):
                board.reach_back(position, reading(range(position + 1, 61)))
        board.go_on(reading(range(61, last + 1), last))
        expected = list(range(min([*begun, 60]) + 1, last + 1))
        assert [one.change.version for one in board.pinned] == expected


def test_a_board_that_is_taken_down_shows_nothing_and_begins_anew() -> None:
    board = board_at(12, reach=7)
    board.take_down()
    assert not board.is_public
    assert not board.pinned
    board.go_on(reading([], 15))
    assert board.is_public
    assert said(board.after(12)) == [{"topic": TOPIC, "change": LOST_TRACK, "version": 15}]


def test_where_many_listen_they_are_told_over_which_time_to_fetch() -> None:
    class Somebody:
        def wake(self) -> None:
            """Look."""

    board = board_at(1)
    board.listeners |= {Somebody() for _ in range(FETCHES * 3)}
    board.go_on(reading([2]))
    assert said(board.after(1))[0]["spread"] == 3


def test_behind_caches_the_few_wait_too() -> None:
    board = board_at(1)
    board.spread = 2
    board.go_on(reading([2]))
    assert said(board.after(1))[0]["spread"] == 2
