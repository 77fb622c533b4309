"""Where the discussion of an article is switched off, its passages are gone with it, questions to readers too."""

from __future__ import annotations

import pytest
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.annotation.actions import annotate, ask
from broadsheet.annotation.anchoring import Selection
from broadsheet.annotation.models import Passage
from broadsheet.discussion.actions import switch_off_thread, switch_on_thread
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.keys import Key
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage
from tests.unit.annotation.conftest import Mark, passage_of
from tests.unit.annotation.test_marked_page import marks
from tests.unit.discussion.conftest import post, read

pytestmark = pytest.mark.django_db

ASKED = "transport policy"


@pytest.fixture
def passages(story: ArticlePage, mark: Mark, ed: User) -> list[Passage]:
    """One that Gus marked, and one that Ed asks about."""
    asked = ask(story, selection=Selection("opening", ASKED), by=ed, question="And today?")
    return [passage_of(mark()), asked.passage]


@pytest.fixture
def thread_of_story(passages: list[Passage], story: ArticlePage, mo: User) -> Thread:
    """Its thread, switched off."""
    return switch_off_thread(Thread.objects.of(story), by=mo)


def test_the_text_stands_bare(
    thread_of_story: Thread, story: ArticlePage, stan: Client, as_gus: Client, as_ed: Client
) -> None:
    for client in (stan, as_gus, as_ed):
        page = read(client, story.url, passages="on")
        assert page.status == 200
        assert marks(page) == []
        html = page.response.content.decode()
        for trace in (
            "And today?",
            "The desk is still there.",
            'class="notes"',
            'class="choose"',
            "passages=on#",
            "comment-on-this",
        ):
            assert trace not in html, trace
        assert ASKED in page.words()


def test_nothing_of_it_is_found(thread_of_story: Thread, passages: list[Passage], as_gus: Client) -> None:
    mark_url = f"/threads/{thread_of_story.translation_key}/passages/"
    for url in (mark_url, *(f"/passages/{one.public_id}/" for one in passages)):
        assert as_gus.get(url).status_code == 404
    for url in (mark_url, *(f"/passages/{one.public_id}/comments/" for one in passages)):
        refused = post(as_gus, url, body="I remember.", block="opening", exact="two windows")
        assert refused.status == 404
        assert "I remember." in refused.words()
    assert Comment.objects.count() == 1


def test_the_action_itself_refuses(thread_of_story: Thread, story: ArticlePage, gus: Profile) -> None:
    with pytest.raises(Refusal) as refused:
        annotate(story, selection=Selection("opening", "two windows"), by=gus, body="Late", key=Key.of("t", "1"))
    assert refused.value.code == "not-found"


def test_switched_on_all_of_it_is_back(
    thread_of_story: Thread, passages: list[Passage], story: ArticlePage, mo: User, stan: Client
) -> None:
    switch_on_thread(thread_of_story, by=mo)
    page = read(stan, story.url)
    assert {href for _words, href in marks(page)} == {f"#{one.element_id}" for one in passages}
    assert "And today?" in page.words()
    assert stan.get(f"/passages/{passages[0].public_id}/").status_code == 200
