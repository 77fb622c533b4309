"""An article with passages to try things on: somebody marks words, an editor publishes a changed text."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from broadsheet.accounts.models import Profile
from broadsheet.annotation.actions import annotate
from broadsheet.annotation.anchoring import Selection
from broadsheet.annotation.models import Passage
from broadsheet.discussion.models import Comment
from broadsheet.gate.keys import Key
from broadsheet.publication.models import ArticlePage, Section
from tests.factories import interview, make_article

_numbers = itertools.count(1)

OPENING = (
    "The ferry office is one room with two windows. Through the first you see the quay; through the second, the hill. "
    "She placed her desk so that she could see both, and for three decades that was the transport policy."
)
LATER = "She retired in January. The timetable is kept by a system in another county."
ANSWER = "My second week. There was a boy with a cello at the top of the hill. You cannot run with a cello."

Mark = Callable[..., Comment]


def body_of(opening: str = OPENING, later: str = LATER, answer: str = ANSWER) -> list[dict[str, Any]]:
    """The blocks of an article: two texts and an interview of one exchange."""
    return [
        {"type": "text", "id": "opening", "value": f"<p>{opening}</p>"},
        {"type": "text", "id": "later", "value": f"<p>{later}</p>"},
        interview(("When did you first hold the boat?", answer)) | {"id": "talk"},
    ]


@pytest.fixture
def story(section: Section) -> ArticlePage:
    """A published article of several blocks."""
    return make_article(section, "The ferry that learned to wait", body=body_of())


@pytest.fixture
def mark(story: ArticlePage, gus: Profile) -> Mark:
    """Let somebody, Gus if nobody else is named, comment on words of a block."""

    def mark(
        words: str = "so that she could see both",
        block: str = "opening",
        *,
        body: str = "The desk is still there.",
        held: bool = False,
        by: Profile | None = None,
        where: ArticlePage | None = None,
    ) -> Comment:
        return annotate(
            where or story,
            selection=Selection(block, words),
            by=by or gus,
            body=body,
            key=Key.of("test", str(next(_numbers))),
            spam_signs=("honeypot",) if held else (),
        ).comment

    return mark


def publish(article: ArticlePage, body: Iterable[Mapping[str, Any]]) -> ArticlePage:
    """Publish a new text, as the editor does; return the article as readers get it."""
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    draft.body = ArticlePage._meta.get_field("body").stream_block.to_python([dict(block) for block in body])
    draft.save_revision().publish()
    return ArticlePage.objects.get(pk=article.pk)


def passage_of(comment: Comment) -> Passage:
    """The passage a comment is about, as it stands in the database."""
    return Passage.objects.get(annotations__comment=comment)


def words_of(passage: Passage) -> str:
    """The words where a passage stands now, else stood last."""
    return passage.live_text.block_texts()[passage.live_block_id][passage.live_start : passage.live_end]
