"""Somebody comments on words of an article."""

import pytest

from broadsheet.accounts.models import Profile
from broadsheet.annotation.actions import annotate
from broadsheet.annotation.anchoring import PASSAGE_LIMIT, Selection
from broadsheet.annotation.models import Annotation, Passage
from broadsheet.annotation.reading import counts, passages_by_comment, passages_of
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.keys import Key
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage, PublishedText
from tests.unit.annotation.conftest import OPENING, Mark, passage_of, words_of

pytestmark = pytest.mark.django_db


def test_a_comment_is_about_the_selected_words(story: ArticlePage, mark: Mark) -> None:
    comment = mark("so that she could see both")

    passage = passage_of(comment)
    assert passage.exact == words_of(passage) == "so that she could see both"
    assert passage.prefix + passage.exact + passage.suffix in OPENING
    assert passage.text == PublishedText.objects.get(page=story)
    assert (passage.block_id, OPENING[passage.start : passage.end]) == ("opening", passage.exact)
    assert comment.thread == Thread.objects.of(story)
    assert passages_by_comment([comment]) == {comment.pk: passage}


def test_two_comments_on_the_same_words_share_a_passage(story: ArticlePage, mark: Mark) -> None:
    mark("so that she could see both")
    mark(" so  that\nshe COULD see both ")
    mark("she could see both, and")

    assert sorted(counts(story).values()) == [1, 2]


def test_a_held_comment_gives_no_mark_and_is_not_announced(story: ArticlePage, mark: Mark) -> None:
    before = versions_of([story.topic])
    comment = mark(held=True)

    assert comment.is_held
    assert passages_of(story) == []
    assert versions_of([story.topic]) == before


def test_a_published_comment_announces_the_article(story: ArticlePage, mark: Mark) -> None:
    before = versions_of([story.topic])[story.topic]
    mark()
    assert versions_of([story.topic])[story.topic] == before + 1


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        (Selection("opening", ""), "selection-empty"),
        (Selection("opening", " \n\t "), "selection-empty"),
        (Selection("opening", "\u00ad\u200b"), "selection-empty"),
        (Selection("opening", "x" * 100_000), "selection-too-long"),
        (Selection("opening", "x" * (PASSAGE_LIMIT + 1)), "selection-too-long"),
        (Selection("opening", "transport policy.\nShe retired"), "selection-across-blocks"),
        (Selection("opening", "so that she", end_block_id="later"), "selection-across-blocks"),
        (Selection("opening", "words that nobody wrote"), "selection-gone"),
        (Selection("opening", "the"), "selection-unclear"),
        (Selection("no-such-block", "the"), "selection-gone"),
        (Selection("x" * 100_000, "\x00\ud800"), "selection-empty"),
    ],
)
def test_what_cannot_be_placed_is_refused_and_leaves_nothing(
    story: ArticlePage, gus: Profile, selection: Selection, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        annotate(story, selection=selection, by=gus, body="Hm.", key=Key.of("test", "once"))

    assert refused.value.code == code
    assert not Passage.objects.exists()
    assert not Comment.objects.exists()


def test_a_repeat_gets_the_first_answer_even_when_the_words_are_gone(story: ArticlePage, gus: Profile) -> None:
    key = Key.of("test", "twice")
    first = annotate(story, selection=Selection("opening", "one room"), by=gus, body="Small.", key=key)
    again = annotate(story, selection=Selection("opening", "no such words"), by=gus, body="Small.", key=key)

    assert (again.comment, again.is_repeat) == (first.comment, True)
    assert Annotation.objects.count() == 1


def test_on_a_passage_that_is_marked_already(story: ArticlePage, mark: Mark, gus: Profile) -> None:
    passage = passage_of(mark())
    annotate(story, selection=passage, by=gus, body="Me too.", key=Key.of("test", "passage"))
    assert counts(story) == {passage.pk: 2}
