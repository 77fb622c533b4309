"""Deciding: a moderator's word changes what everybody sees, once, and stays on record."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.models import Comment, CommentDecision
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.actions import decide
from broadsheet.moderation.kinds import moderated_kinds
from broadsheet.moderation.models import Standing


def is_public(comment: Comment) -> bool:
    """Whether everybody may read it."""
    return comment in Comment.objects.visible_to(None)


def decisions() -> list[tuple[str, str, str, User]]:
    """Return what was decided, in its order: on what, how, why, by whom."""
    rows = CommentDecision.objects.order_by("pk")
    return [(row.subject.public_id, row.standing, row.reason, row.by) for row in rows]


def test_what_is_published_everybody_reads(held: Comment, mo: User) -> None:
    topic = held.thread.topic
    assert not is_public(held)
    decide("comment", held.public_id, Standing.PUBLISHED, by=mo)
    assert is_public(held)
    assert decisions() == [(held.public_id, "published", "", mo)]
    assert versions_of([topic]) == {topic: 1}
    held.thread.refresh_from_db()
    assert held.thread.comment_count == 1


def test_what_is_rejected_nobody_reads_and_the_reason_is_kept(held: Comment, mo: User, gus: Profile) -> None:
    decide("comment", held.public_id, Standing.REJECTED, by=mo, reason="  an\nadvertisement ")
    assert not Comment.objects.visible_to(gus).exists()
    assert decisions() == [(held.public_id, "rejected", "an advertisement", mo)]
    assert versions_of([held.thread.topic]) == {held.thread.topic: 0}


def test_what_was_published_can_be_removed_and_brought_back(held: Comment, mo: User) -> None:
    decide("comment", held.public_id, Standing.PUBLISHED, by=mo)
    decide("comment", held.public_id, Standing.REMOVED, by=mo, seen=Standing.PUBLISHED, reason="names a child")
    assert not is_public(held)
    decide("comment", held.public_id, Standing.PUBLISHED, by=mo, seen=Standing.REMOVED)
    assert is_public(held)
    assert [standing for _, standing, _, _ in decisions()] == ["published", "removed", "published"]


def refusal_of(*args: object, **kwargs: object) -> Refusal:
    """Decide what is refused, and return the refusal."""
    with pytest.raises(Refusal) as refused:
        decide(*args, **kwargs)  # type: ignore[arg-type]
    return refused.value


@pytest.mark.parametrize("second", [Standing.PUBLISHED, Standing.REJECTED, Standing.REMOVED])
def test_the_second_decision_on_the_same_thing_is_not_heard(
    held: Comment, mo: User, second_mo: User, second: Standing
) -> None:
    decide("comment", held.public_id, Standing.PUBLISHED, by=mo)
    refusal = refusal_of("comment", held.public_id, second, by=second_mo, reason="spam")
    assert (refusal.code, refusal.status) == ("already-decided", 409)
    assert "How it stands now: published." in str(refusal.sentence)
    assert is_public(held)
    assert len(decisions()) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("others", [Standing.PUBLISHED, Standing.REJECTED])
def test_of_moderators_who_decide_at_once_one_is_heard(
    held: Comment, mo: User, second_mo: User, others: Standing
) -> None:
    ready = threading.Barrier(8)

    def decide_at_once(by: User, standing: Standing) -> str:
        try:
            ready.wait(20)
            decide("comment", held.public_id, standing, by=by, reason="spam")
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "heard"

    moderators = [(mo, Standing.PUBLISHED), (second_mo, others)] * 4
    with ThreadPoolExecutor(8) as threads:
        sent = [threads.submit(decide_at_once, by, standing) for by, standing in moderators]
        outcomes = sorted(one.result(30) for one in sent)
    assert outcomes == ["already-decided"] * 7 + ["heard"]
    assert len(decisions()) == 1
    held.refresh_from_db()
    assert held.standing == decisions()[0][1]


def test_only_moderators_decide(held: Comment, ed: User, rita: User, tess: User) -> None:
    nobody = AnonymousUser()
    for person in (rita, tess, nobody):
        refusal = refusal_of("comment", held.public_id, Standing.PUBLISHED, by=person)
        assert (refusal.code, refusal.status) == ("not-a-moderator", 403)
    assert decisions() == []
    decide("comment", held.public_id, Standing.PUBLISHED, by=ed)
    assert is_public(held)


def test_a_moderator_who_left_decides_no_more(held: Comment, mo: User) -> None:
    mo.is_active = False
    assert refusal_of("comment", held.public_id, Standing.PUBLISHED, by=mo).code == "not-a-moderator"


@pytest.mark.parametrize(
    ("kind", "key"),
    [("comment", "bcdfghjkmnpq"), ("comment", ""), ("comment", "\0"), ("comment", "x" * 5000), ("weather", "1")],
)
def test_what_does_not_exist_is_not_found(mo: User, kind: str, key: str) -> None:
    refusal = refusal_of(kind, key, Standing.PUBLISHED, by=mo)
    assert (refusal.code, refusal.status) == ("not-found", 404)


@pytest.mark.parametrize(
    ("standing", "seen"),
    [("held", "held"), ("rejected", "published"), ("published", "published"), ("gone", "held"), ("published", "")],
)
def test_what_cannot_be_decided_is_refused(held: Comment, mo: User, standing: str, seen: str) -> None:
    assert refusal_of("comment", held.public_id, standing, by=mo, seen=seen, reason="why").code == "no-such-decision"
    assert decisions() == []


@pytest.mark.parametrize(
    ("reason", "code"), [("", "reason-missing"), (" \n", "reason-missing"), ("x" * 201, "reason-too-long")]
)
def test_a_rejection_has_a_reason_of_a_line(held: Comment, mo: User, reason: str, code: str) -> None:
    refusal = refusal_of("comment", held.public_id, Standing.REJECTED, by=mo, reason=reason)
    assert (refusal.code, refusal.field) == (code, "reason")
    assert decisions() == []


def test_a_decision_is_never_changed(held: Comment, mo: User) -> None:
    decide("comment", held.public_id, Standing.PUBLISHED, by=mo)
    decision = CommentDecision.objects.get()
    decision.reason = "another"
    with pytest.raises(TypeError):
        decision.save()
    assert CommentDecision.objects.get().reason == ""


def test_a_decision_that_fails_half_way_changes_nothing(
    held: Comment, mo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.discussion.models.comments.announce", _fail)
    with pytest.raises(RuntimeError):
        decide("comment", held.public_id, Standing.PUBLISHED, by=mo)
    assert not is_public(held)
    assert decisions() == []


def test_kinds_come_in_the_order_of_their_names() -> None:
    names = [kind.name for kind in moderated_kinds()]
    assert "comment" in names
    assert names == sorted(names)


def _fail(topic: str, change: str, about: str = "") -> None:
    raise RuntimeError("the disk is full")
