"""What the answer at hand shows, and until when it is true: said where the thing is read, gathered around the answer.

A page that says what it shows can be kept and given to many. One that says nothing is made anew for everybody, which is
slow and never wrong. To say too much costs a drawing now and then; to say too little shows readers what is no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Where whoever asks an application puts the Showing that they want to have filled.
IN_ENVIRON = "broadsheet.showing"


@dataclass
class Showing:
    """The topics of one answer, and until when it is true whatever is announced."""

    topics: set[str] = field(default_factory=set)
    until: datetime | None = None


_at_hand: ContextVar[Showing | None] = ContextVar("showing", default=None)


def shows(*topics: str) -> None:
    """Say that the answer at hand shows these topics, or something of all topics of a kind (topics.every)."""
    showing = _at_hand.get()
    if showing is not None:
        showing.topics.update(topics)


def true_until(moment: datetime | None) -> None:
    """Say that the answer at hand is no longer true from `moment` on; of several moments the first counts."""
    showing = _at_hand.get()
    if showing is not None and moment is not None:
        showing.until = min(showing.until or moment, moment)


def with_notes_of_what_is_shown(application: WSGIApplication) -> WSGIApplication:
    """Return `application` so that what an answer shows ends up in the Showing that its request brings along."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        token = _at_hand.set(environ.get(IN_ENVIRON))
        try:
            return application(environ, start_response)
        finally:
            _at_hand.reset(token)

    return answer


def shown_by(draw: Callable[[], object]) -> Showing:
    """Draw something and return what it said it shows. For whoever wants to know, such as tests."""
    showing = Showing()
    token = _at_hand.set(showing)
    try:
        draw()
    finally:
        _at_hand.reset(token)
    return showing
