"""What an answer shows is noted for who asked to know, and for nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from broadsheet.delivery.shown import IN_ENVIRON, Showing, shown_by, shows, true_until, with_notes_of_what_is_shown
from broadsheet.delivery.topics import every, names_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_topics_are_gathered() -> None:
    def draw() -> None:
        shows("article:12", "thread:7")
        shows("article:12")

    assert shown_by(draw).topics == {"article:12", "thread:7"}


def test_of_several_ends_the_first_counts() -> None:
    def draw() -> None:
        for moment in (NOON, None, NOON - timedelta(hours=1), NOON + timedelta(hours=1)):
            true_until(moment)

    assert shown_by(draw).until == NOON - timedelta(hours=1)
    assert shown_by(lambda: None).until is None


def test_nobody_need_listen() -> None:
    shows("article:12")
    true_until(NOON)


def test_an_application_notes_for_the_request_that_asks_for_it() -> None:
    def page(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        shows(f"article:{environ['number']}")
        return [b""]

    application = with_notes_of_what_is_shown(page)
    first, second = Showing(), Showing()

    def ask(number: int, showing: Showing | None) -> None:
        application(
            {"number": number, IN_ENVIRON: showing} if showing else {"number": number}, lambda *_: lambda _: None
        )

    threads = [threading.Thread(target=ask, args=pair) for pair in ((1, first), (2, second), (3, None))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(4, None)
    assert (first.topics, second.topics) == ({"article:1"}, {"article:2"})


def test_a_page_may_show_something_of_every_topic_of_a_kind() -> None:
    assert every("article") in names_of("article:12")
    assert every("article") not in names_of("publication:lists")
    assert "article:12" in names_of("article:12")
