"""How many comments are about a passage, and which come first: known at any number without reading them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import Profile, User
from broadsheet.annotation import invariants
from broadsheet.annotation.actions import ask
from broadsheet.annotation.anchoring import Selection
from broadsheet.annotation.models import FIRST_COMMENTS, Annotation, Passage
from broadsheet.annotation.reading import ROOM, counts, passages_of, said_of
from broadsheet.discussion import invariants as of_discussion
from broadsheet.discussion.actions import delete_comment
from broadsheet.discussion.models import Comment, InlineCount, Thread
from broadsheet.discussion.reading import PAGE_LENGTH
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, Section
from tests import factories
from tests.factories import make_article
from tests.unit.annotation.conftest import Mark, body_of, passage_of, publish
from tests.unit.discussion.conftest import read
from tests.unit.discussion.test_orders import ORDERS, check_plan, plan_of

pytestmark = pytest.mark.django_db

Decide = Callable[[Comment, Standing], None]


@pytest.fixture
def rule() -> Decide:
    mo = factories.make_user("mo", "Moderator")

    def rule(comment: Comment, standing: Standing) -> None:
        comment.refresh_from_db()
        decide("comment", comment.public_id, standing, by=mo, seen=Standing(comment.standing), reason="abuse")

    return rule


def promises() -> list[str]:
    return [*invariants.broken_promises(), *of_discussion.broken_promises()]


def many_about(passage: Passage, by: Profile, count: int) -> list[Comment]:
    """Let one say much about a passage, all in the same moment, without all that follows when people do."""
    thread = Thread.objects.of(passage.article)
    before = thread.comment_count
    made = Comment.objects.bulk_create(
        Comment(
            thread=thread, author=by, source=f"No. {number}", html=f"<p>No. {number}</p>", is_inline=True,
            about=passage.public_id,
        )
        for number in range(count)
    )  # fmt: skip
    Annotation.objects.bulk_create(Annotation(comment=comment, passage=passage) for comment in made)
    Thread.objects.filter(pk=thread.pk).update(comment_count=before + count, inline_count=before + count)
    tally, _is_new = InlineCount.objects.get_or_create(about=passage.public_id)
    InlineCount.objects.filter(pk=tally.pk).update(comment_count=tally.comment_count + count)
    return made


def test_the_count_follows_all_that_becomes_of_a_comment(story: ArticlePage, mark: Mark, rule: Decide) -> None:
    first, held = mark(), mark(held=True)
    passage = passage_of(first)
    assert counts(story) == {passage.pk: 1}
    rule(held, Standing.PUBLISHED)
    assert counts(story) == {passage.pk: 2}
    rule(first, Standing.REMOVED)
    assert counts(story) == {passage.pk: 1}
    rule(first, Standing.PUBLISHED)
    assert counts(story) == {passage.pk: 2}
    delete_comment(held, by=held.author, within=timedelta(hours=1))
    rule(first, Standing.REMOVED)
    assert counts(story) == {}
    assert promises() == []


def test_so_do_the_first_comments(story: ArticlePage, mark: Mark, rule: Decide) -> None:
    said = [mark(body=f"No. {number}", held=number == 1) for number in range(FIRST_COMMENTS + 3)]

    def first() -> list[str]:
        passages = passages_of(story)
        return [one.source for one in said_of(passages).first[passages[0].pk]]

    assert first() == ["No. 0", "No. 2", "No. 3"]
    rule(said[0], Standing.REMOVED)
    rule(said[1], Standing.PUBLISHED)
    assert first() == ["No. 1", "No. 2", "No. 3"]
    Comment.objects.filter(pk=said[2].pk).update(is_pinned=True)
    assert first() == ["No. 1", "No. 2", "No. 3"]


def test_the_more_passages_the_fewer_of_each(story: ArticlePage, mark: Mark, gus: Profile) -> None:
    passage = passage_of(mark())
    half = ROOM // 2

    def first() -> list[int]:
        passages = passages_of(story)
        return [len(comments) for comments in said_of(passages).first.values()]

    for number in range(1, half + 1):
        passage.pk, passage.public_id = None, f"bcdfghjkm{number:03}"
        passage.start, passage.end = number, number + 1
        passage.save(force_insert=True)
        many_about(passage, gus, 3)
        if number == half - 1:
            assert first() == [1] + [2] * (half - 1)
    assert first() == [1] * (half + 1)


def test_a_reply_is_about_its_comment(story: ArticlePage, mark: Mark, gus: Profile) -> None:
    comment = mark()
    factories.make_comment(comment.thread, "Is it?", by=gus, parent=comment)
    assert counts(story) == {passage_of(comment).pk: 1}
    assert promises() == []


def test_a_wrong_count_and_a_wrong_name_are_found(mark: Mark) -> None:
    comment = mark()
    passage = passage_of(comment)
    InlineCount.objects.update(comment_count=2)
    assert promises() == [f"{passage.public_id} counts 2 comments about it and has 1"]
    InlineCount.objects.all().delete()
    assert promises() == [f"{passage.public_id} counts 0 comments about it and has 1"]
    Comment.objects.update(about="")
    assert promises() == [f"comment {comment.public_id} says that it is about '' and is about '{passage.public_id}'"]
    Comment.objects.update(about=passage.public_id, is_inline=False)
    assert f"comment {comment.public_id} says that it is about '{passage.public_id}'" in promises()[0]


def test_what_was_written_before_is_named_and_counted(
    story: ArticlePage, section: Section, mark: Mark, rule: Decide
) -> None:
    """By the migration that brought the counts."""
    removed = mark("one room")
    rule(removed, Standing.REMOVED)
    before = [mark(), mark(), mark("two windows"), mark("the hill", held=True)] and counts(story)
    elsewhere = mark(where=publish(make_article(section, "Withdrawn"), body_of()))
    ArticlePage.objects.get(title="Withdrawn").delete()  # whose comments stay without it
    InlineCount.objects.all().delete()
    Comment.objects.update(about="")
    import_module("broadsheet.annotation.migrations.0003_name_passages").name(apps, None)
    assert counts(story) == before
    elsewhere.refresh_from_db()
    assert (elsewhere.is_inline, elsewhere.about) == (True, "")
    assert promises() == []


def test_comments_outlive_the_article(story: ArticlePage, mark: Mark, rule: Decide) -> None:
    removed, kept = mark(), mark()
    story.delete()
    rule(removed, Standing.REMOVED)
    kept.refresh_from_db()
    assert kept.about == removed.about != ""
    assert promises() == []


def test_a_wrong_count_keeps_nobody_from_anything(
    story: ArticlePage, mark: Mark, rule: Decide, ed: User, stan: Client
) -> None:
    first, second = mark(), mark()
    ask(story, selection=Selection("opening", "so that she could see both"), by=ed, question="Is it?")
    InlineCount.objects.update(comment_count=0)
    assert stan.get(story.url).status_code == 200
    rule(first, Standing.REMOVED)
    InlineCount.objects.all().delete()
    rule(second, Standing.REMOVED)
    assert promises() == []


def test_nothing_is_read_that_is_not_shown(story: ArticlePage, mark: Mark, gus: Profile) -> None:
    many_about(passage_of(mark()), gus, 300)
    factories.make_comment(Thread.objects.of(story), "Of the whole.", by=gus)
    with CaptureQueriesContext(connection) as captured:
        passages = passages_of(story)
        said_of(passages)
    assert (len(captured), passages[0].count) == (2, 301)
    plan = plan_of(captured[0]["sql"])
    assert plan.count("discussion_about") >= FIRST_COMMENTS
    assert not [line for line in plan.splitlines() if "SCAN discussion" in line or "Seq Scan on discussion" in line]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("way", ["first", "after", "before"])
def test_a_passages_own_page_is_a_range_of_an_index(
    mark: Mark, gus: Profile, stan: Client, order: str, way: str
) -> None:
    """However few are about it among however many others."""
    passage, other = passage_of(mark()), passage_of(mark("the hill"))
    many_about(other, gus, 40 * PAGE_LENGTH)
    comments = many_about(passage, gus, 3 * PAGE_LENGTH)
    middle = comments[len(comments) // 2]
    place = f"{middle.public_id}.{middle.score}" if order == "most-voted" else middle.public_id
    query = {"order": order} | ({} if way == "first" else {way: place})
    with CaptureQueriesContext(connection) as captured:
        page = read(stan, f"/passages/{passage.public_id}/", **query)
    assert page.comments
    assert set(page.comments) <= {one.public_id for one in Comment.objects.filter(about=passage.public_id)}
    tops = [one["sql"] for one in captured if "cut" in one["sql"] and "discussion_comment" in one["sql"]]
    index = "discussion_about_by_score" if order == "most-voted" else "discussion_about"
    check_plan(plan_of(tops[0]), index, is_range=False)
