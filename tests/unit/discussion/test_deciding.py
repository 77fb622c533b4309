"""What a moderator decides changes what is shown and counted, once, however often and by however many it is decided."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.models import Comment, CommentDecision, Thread
from broadsheet.moderation.kinds import moderated_kind
from broadsheet.moderation.models import Ruling, Standing
from tests.unit.discussion.conftest import Decide, Say


def version(thread: Thread) -> int:
    """How often the thread has changed for everybody."""
    return versions_of([thread.topic])[thread.topic]


def counts(thread: Thread) -> tuple[int, dict[str, tuple[bool, int, int]]]:
    """The thread's count, and of each comment whether it is shown, its replies and its branch."""
    thread.refresh_from_db()
    rows = Comment.objects.values_list("source", "is_shown", "reply_count", "branch_count")
    return thread.comment_count, {source: (shown, replies, branch) for source, shown, replies, branch in rows}


@pytest.mark.django_db
class TestADecision:
    def test_publishes_what_was_held(self, say: Say, decide: Decide, thread: Thread) -> None:
        top = say("top")
        held = say("held", to=top, held=True)
        assert counts(thread) == (1, {"top": (True, 0, 0), "held": (False, 0, 0)})
        before = version(thread)
        decide(held, "published")
        assert counts(thread) == (2, {"top": (True, 1, 1), "held": (True, 0, 0)})
        assert version(thread) == before + 1

    def test_made_again_changes_nothing_more(self, say: Say, decide: Decide, thread: Thread) -> None:
        held = say("held", held=True)
        for _ in range(3):
            decide(held, "published")
        assert counts(thread) == (1, {"held": (True, 0, 0)})
        for _ in range(3):
            decide(held, "removed")
        assert counts(thread) == (0, {"held": (False, 0, 0)})
        assert CommentDecision.objects.count() == 6

    def test_to_reject_tells_nobody(self, say: Say, decide: Decide, thread: Thread) -> None:
        held = say("held", held=True)
        before = version(thread)
        decide(held, "rejected", "It sells boats.")
        assert version(thread) == before
        assert (held.standing, held.standing_reason) == (Standing.REJECTED, "It sells boats.")

    def test_to_remove_takes_empty_tombstones_along_and_to_publish_brings_them_back(
        self, say: Say, decide: Decide, thread: Thread
    ) -> None:
        top = say("top")
        middle = say("middle", to=top)
        low = say("low", to=middle)
        decide(top, "removed")
        decide(middle, "removed")
        assert counts(thread) == (1, {"top": (True, 1, 2), "middle": (True, 1, 0), "low": (True, 0, 0)})
        decide(low, "removed")
        assert counts(thread) == (0, {"top": (False, 0, 0), "middle": (False, 0, 0), "low": (False, 0, 0)})
        decide(low, "published")
        assert counts(thread) == (1, {"top": (True, 1, 2), "middle": (True, 1, 0), "low": (True, 0, 0)})
        decide(top, "published")
        assert counts(thread) == (2, {"top": (True, 1, 2), "middle": (True, 1, 0), "low": (True, 0, 0)})

    def test_that_the_desk_records_is_kept_with_its_author(self, say: Say, mo: User) -> None:
        held = say("held", held=True)
        kind = moderated_kind("comment")
        assert kind
        row = kind.row(kind.rows().get(public_id=held.public_id))
        assert (row.author, row.reason, row.standing, row.key) == ("Gus", "honeypot", "held", held.public_id)
        assert (row.html, row.context) == ("<p>held</p>\n", "The ferry keeps its winter hours")
        kind.record(held, "published", "fine", Ruling.objects.create(verb="publish", by=mo), None)
        decision = CommentDecision.objects.get()
        assert (decision.subject, decision.standing, decision.reason, decision.by) == (held, "published", "fine", mo)
        assert held.is_published


@pytest.mark.django_db(transaction=True)
def test_decisions_and_replies_at_once_count_right(say: Say, thread: Thread, mo: User) -> None:
    """Moderators decide on a chain of comments while readers answer it: nobody waits for ever, all is counted."""
    top = say("top")
    middle = say("middle", to=top)
    held = [say(f"held {n}", to=middle, held=True) for n in range(10)]

    def decide(comment: Comment, standing: str) -> None:
        try:
            with transaction.atomic():
                row = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
                row.decided(CommentDecision.objects.create(subject=row, standing=standing, by=mo))
        finally:
            connection.close()

    def answer(number: int) -> None:
        try:
            say(f"answer {number}", to=top)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(decide, comment, "published") for comment in held for _ in range(2)]
        jobs += [pool.submit(answer, number) for number in range(15)]
        jobs += [pool.submit(decide, middle, standing) for standing in ("removed", "published", "removed")]
    for job in jobs:
        job.result()
    published = Comment.objects.filter(standing=Standing.PUBLISHED).count()
    thread.refresh_from_db()
    top.refresh_from_db()
    middle.refresh_from_db()
    assert thread.comment_count == published
    assert middle.reply_count == 10
    assert top.reply_count == 15 + 1
    assert top.branch_count == 15 + 1 + 10
