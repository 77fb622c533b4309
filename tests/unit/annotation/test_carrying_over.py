"""An editor publishes a changed text: every passage stands on its words again, or is an orphan."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broadsheet.annotation import carried, invariants
from broadsheet.annotation.carried import carry_over, carry_over_missed
from broadsheet.annotation.models import Passage
from broadsheet.annotation.reading import passages_of
from broadsheet.publication.models import ArticlePage, PublishedText
from broadsheet.site.timetable import TIMETABLE
from tests.factories import interview
from tests.unit.annotation.conftest import ANSWER, LATER, OPENING, Mark, body_of, passage_of, publish, words_of

pytestmark = pytest.mark.django_db
DESK = "so that she could see both"


@pytest.fixture(autouse=True)
def _promises_are_kept(db: None) -> Iterator[None]:
    yield
    assert list(invariants.broken_promises()) == []


def test_in_an_unchanged_block_it_stays(story: ArticlePage, mark: Mark) -> None:
    comment = mark(DESK)
    publish(story, body_of(later="Something else altogether."))

    passage = passage_of(comment)
    assert (words_of(passage), passage.live_block_id, passage.is_orphan) == (DESK, "opening", False)
    assert passage.live_text == passage.carried_to == PublishedText.objects.filter(page=story).first()
    assert passage.text != passage.live_text


def test_it_moves_along_with_its_block(story: ArticlePage, mark: Mark) -> None:
    comment = mark(DESK)
    opening, *others = body_of()
    publish(story, [*others, opening])

    passage = passage_of(comment)
    assert (words_of(passage), passage.live_block_id) == (DESK, "opening")


def test_an_answer_of_an_interview_is_a_block(story: ArticlePage, mark: Mark) -> None:
    comment = mark("You cannot run with a cello", block="a-1")
    body = body_of()
    body[2] = interview(("And then?", "Nothing."), ("When did you first hold the boat?", ANSWER)) | {"id": "talk"}
    first, second = body[2]["value"]["exchanges"]
    first["id"], second["id"] = "new", "exchange-1"
    for turn, name in zip(first["value"] + second["value"], ("q-9", "a-9", "q-1", "a-1"), strict=True):
        turn["id"] = name
    publish(story, body)

    assert (words_of(passage_of(comment)), passage_of(comment).live_block_id) == ("You cannot run with a cello", "a-1")


def test_words_are_added_before_and_within(story: ArticlePage, mark: Mark) -> None:
    comment = mark(DESK)
    publish(story, body_of(opening="It is small. " + OPENING.replace("could see both", "could always see both")))

    assert words_of(passage_of(comment)) == "so that she could always see both"


def test_what_is_deleted_is_an_orphan_with_its_comments_and_old_words(story: ArticlePage, mark: Mark) -> None:
    comment = mark(DESK)
    publish(story, body_of(opening=OPENING.replace(f" {DESK}", "")))

    passage = passage_of(comment)
    assert passage.is_orphan
    assert (passage.exact, words_of(passage)) == (DESK, DESK)
    assert [(one.is_orphan, one.count) for one in passages_of(story)] == [(True, 1)]


def test_it_does_not_jump_to_a_twin(story: ArticlePage, mark: Mark) -> None:
    twin = f"{LATER} She had placed her desk {DESK}, once."
    publish(story, body_of(later=twin))
    comment = mark(DESK)
    publish(story, body_of(opening=OPENING.replace(f" {DESK}", ""), later=twin))

    assert passage_of(comment).is_orphan


def test_a_block_that_is_taken_out_and_comes_back(story: ArticlePage, mark: Mark) -> None:
    comment = mark("kept by a system in another county", block="later")
    without = [block for block in body_of() if block["id"] != "later"]
    publish(story, without)
    assert passage_of(comment).is_orphan

    publish(story, [*without, {"type": "text", "id": "again", "value": f"<p>{LATER}</p>"}])
    passage = passage_of(comment)
    assert not passage.is_orphan
    assert (words_of(passage), passage.live_block_id) == ("kept by a system in another county", "again")


def test_the_same_text_published_again_brings_back_the_very_place(story: ArticlePage, mark: Mark) -> None:
    comment = mark(DESK)
    first = passage_of(comment)
    publish(story, body_of(opening="All is new here."))
    assert passage_of(comment).is_orphan

    revision = story.revisions.order_by("pk").first()
    assert revision
    revision.publish()
    passage = passage_of(comment)
    assert (passage.live_text, passage.live_start, passage.orphaned_at) == (first.text, first.start, None)


def test_a_block_cut_in_two(story: ArticlePage, mark: Mark) -> None:
    comment = mark("for three decades that was the transport policy")
    head, tail = OPENING.split(" She placed", 1)
    opening, *others = body_of(opening=head)
    publish(story, [opening, {"type": "text", "id": "tail", "value": f"<p>She placed{tail}</p>"}, *others])

    passage = passage_of(comment)
    assert (words_of(passage), passage.live_block_id) == ("for three decades that was the transport policy", "tail")


def test_a_draft_and_a_schedule_carry_nothing_before_their_time(story: ArticlePage, mark: Mark) -> None:
    comment = mark(DESK)
    draft = story.get_latest_revision_as_object()
    draft.body = ArticlePage._meta.get_field("body").stream_block.to_python(body_of(opening="Gone."))
    draft.go_live_at = timezone.now() + datetime.timedelta(hours=1)
    revision = draft.save_revision()
    revision.publish()
    assert not passage_of(comment).is_orphan

    revision = ArticlePage.objects.get(pk=story.pk).latest_revision
    assert revision
    revision.approved_go_live_at = timezone.now() - datetime.timedelta(seconds=1)
    revision.content["go_live_at"] = None
    revision.save()
    call_command("publish_scheduled")
    assert passage_of(comment).is_orphan


def test_to_carry_twice_changes_nothing_more(story: ArticlePage, mark: Mark) -> None:
    mark(DESK)
    mark("kept by a system", block="later")
    publish(story, body_of(later="Gone."))
    before = list(Passage.objects.order_by("pk").values())

    assert carry_over(story) == carry_over_missed() == 0
    assert list(Passage.objects.order_by("pk").values()) == before


class Killed(BaseException):
    """Nobody catches it: what a kill does to a transaction."""


def test_a_publishing_that_fails_carries_nothing(story: ArticlePage, mark: Mark) -> None:
    comment = mark(DESK)
    before = Passage.objects.filter(annotations__comment=comment).values().get()

    @transaction.atomic
    def killed() -> None:
        publish(story, body_of(opening="Gone."))
        assert passage_of(comment).is_orphan
        raise Killed

    with pytest.raises(Killed):
        killed()

    assert Passage.objects.filter(annotations__comment=comment).values().get() == before


@pytest.mark.parametrize("statement", range(1, 5))
def test_a_carry_that_breaks_off_anywhere_is_done_by_the_clock(
    story: ArticlePage, mark: Mark, statement: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The newsroom publishes all the same, no passage is half carried, and nothing is drawn until it is."""
    comment = mark(DESK)
    count = 0

    def fail(execute: object, sql: str, *arguments: object) -> object:
        nonlocal count
        if "annotation_passage" in sql or count:
            count += 1
        if count == statement:
            raise DatabaseError("the disk is full")
        return execute(sql, *arguments)  # type: ignore[operator]

    with connection.execute_wrapper(fail):
        publish(story, body_of(opening=f"Well. {OPENING}"))
    newest = PublishedText.objects.filter(page=story).first()
    assert newest
    assert newest.text.startswith("Well.")
    assert passage_of(comment).carried_to != newest
    assert "were not carried over" in caplog.text

    job = next(job for job in TIMETABLE if job.name == "carry-passages-over")
    job.work()
    assert passage_of(comment).carried_to == newest
    assert words_of(passage_of(comment)) == DESK


def test_check_tells_of_what_was_left_behind(story: ArticlePage, mark: Mark, monkeypatch: pytest.MonkeyPatch) -> None:
    passage = passage_of(mark(DESK))
    newest = PublishedText.objects.create(
        page=story, revision=99, digest="x", published_at=timezone.now() + datetime.timedelta(minutes=5),
        language="en", headline="", text="", blocks=[],
    )  # fmt: skip
    assert list(invariants.broken_promises()) == []
    PublishedText.objects.exclude(pk=newest.pk).update(published_at=timezone.now() - datetime.timedelta(days=1))
    PublishedText.objects.filter(pk=newest.pk).update(published_at=timezone.now() - datetime.timedelta(hours=1))
    (sentence,) = invariants.broken_promises()
    assert passage.public_id in sentence
    assert carried.carry_over_missed() == 1
