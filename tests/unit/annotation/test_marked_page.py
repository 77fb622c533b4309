"""The article page with marks, as readers get it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.actions import profile_of
from broadsheet.accounts.models import User
from broadsheet.annotation.models import Passage, Prompt
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, PublishedText
from tests.unit.annotation.conftest import OPENING, Mark, body_of, passage_of, publish
from tests.unit.discussion.conftest import PageRead, read

pytestmark = pytest.mark.django_db
DESK = "so that she could see both"


def marks(page: PageRead) -> list[tuple[str, str]]:
    """Every marked stretch of the page: its words with its count, and where it leads."""
    found = page.root.iterfind(".//a[@class]")
    return [("".join(a.itertext()), a.get("href")) for a in found if "passage" in a.get("class").split()]


def test_a_passage_is_marked_with_its_count(story: ArticlePage, mark: Mark, stan: Client) -> None:
    passage = passage_of(mark(DESK))
    mark(DESK)
    page = read(stan, story.url)
    assert marks(page) == [(f"{DESK}2 comments", f"#{passage.element_id}")]
    assert page.root.find(f".//*[@id='{passage.element_id}']") is not None
    assert b"set-cookie" not in str(page.response.headers).lower().encode()


def test_in_an_interview_the_voice_is_not_a_part_of_the_words(story: ArticlePage, mark: Mark, stan: Client) -> None:
    mark("My second week.", "a-1")
    page = read(stan, story.url)
    assert [words for words, _href in marks(page)] == ["My second week.1 comment"]
    assert page.words(".//p[@data-block='a-1']/span").startswith("Elias Haug")


def test_a_prompt_without_answers_is_marked_without_a_count(
    story: ArticlePage, mark: Mark, stan: Client, ed: User
) -> None:
    passage = passage_of(mark(DESK, held=True))
    assert marks(read(stan, story.url)) == []
    Prompt.objects.create(passage=passage, question="And now?", by=profile_of(ed))
    page = read(stan, story.url)
    assert marks(page) == [(DESK, f"#{passage.element_id}")]
    assert page.root.find(f".//*[@id='{passage.element_id}']") is not None


def test_a_held_or_removed_comment_leaves_no_mark(story: ArticlePage, mark: Mark, stan: Client) -> None:
    held = mark(DESK, held=True)
    assert marks(read(stan, story.url)) == []
    held.standing = Standing.REMOVED
    held.save()
    assert marks(read(stan, story.url)) == []


def test_marks_stand_on_what_was_published_anew(story: ArticlePage, mark: Mark, stan: Client) -> None:
    mark(DESK)
    publish(story, body_of(opening=f"<b>Now</b> then. {OPENING.replace('she could', 'she <i>always</i> could')}"))
    page = read(stan, story.url)
    assert [words for words, _href in marks(page)] == ["so that she always could see both1 comment"]


def test_an_orphan_is_not_marked(story: ArticlePage, mark: Mark, stan: Client) -> None:
    mark(DESK)
    publish(story, body_of(opening="Gone."))
    page = read(stan, story.url)
    assert marks(page) == []
    assert DESK in page.words(".//nav[@class='index']")


def test_no_mark_is_drawn_while_a_passage_was_not_carried_over(story: ArticlePage, mark: Mark, stan: Client) -> None:
    mark(DESK)
    text = PublishedText.objects.get(page=story)
    publish(story, body_of(opening=f"Now then. {OPENING}"))
    Passage.objects.update(live_text=text, carried_to=text, live_start=1, live_end=9, live_digest="0" * 64)
    page = read(stan, story.url)
    assert marks(page) == []
    assert "Now then." in page.words()


def test_a_draft_in_the_newsroom_shows_no_mark_on_other_words(story: ArticlePage, mark: Mark, as_ed: Client) -> None:
    mark(DESK)
    draft = story.get_latest_revision_as_object()
    draft.body = ArticlePage._meta.get_field("body").stream_block.to_python(body_of(opening=f"Now then. {OPENING}"))
    revision = draft.save_revision()
    page = read(as_ed, f"/admin/pages/{story.pk}/revisions/{revision.pk}/view/")
    assert page.status == 200
    assert marks(page) == []


@pytest.mark.parametrize(("number", "most"), [(0, 2), (1, 3), (12, 3)])
def test_passages_cost_three_queries_at_most(
    story: ArticlePage, mark: Mark, stan: Client, number: int, most: int
) -> None:
    for at in range(number):
        mark(OPENING.split()[at + 3] + " " + " ".join(OPENING.split()[at + 4 : at + 7]))
    stan.get(story.url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        stan.get(story.url)
    ours = [query["sql"] for query in queries if "annotation_" in query["sql"]]
    assert len(ours) <= most
