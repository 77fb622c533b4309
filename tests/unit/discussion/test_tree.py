"""Whatever is said and decided, in whatever order: tree, counters and pages are those of a naive model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.drawing import entries
from broadsheet.discussion.models import Comment, CommentDecision, Thread
from broadsheet.discussion.reading import Order, first_page
from broadsheet.moderation.models import Standing
from tests.unit.discussion.conftest import Say

Step = tuple[str, int, bool]

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 30), st.booleans()),
        st.tuples(st.sampled_from(["published", "removed", "rejected", "held"]), st.integers(0, 30), st.just(False)),
    ),
    max_size=25,
)


@dataclass(eq=False)
class Said:
    """A comment as the naive model has it."""

    pk: int
    above: Said | None
    standing: str
    below: list[Said] = field(default_factory=list)

    @property
    def is_shown(self) -> bool:
        return self.standing == "published" or any(reply.is_shown for reply in self.below)

    @property
    def depth(self) -> int:
        return self.above.depth + 1 if self.above else 0

    def branch(self) -> Iterator[Said]:
        for reply in self.below:
            yield reply
            yield from reply.branch()


class Naive:
    """A discussion as one would write it down on paper."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def add(self, comment: Comment, above: Said | None) -> None:
        said = Said(comment.pk, above, comment.standing)
        self.said.append(said)
        if above:
            above.below.append(said)

    def drawn(self) -> list[int]:
        """The comments in the order of the page, newest first, nothing left out."""
        tops = [one for one in reversed(self.said) if not one.above and one.is_shown]
        return [one.pk for top in tops for one in (top, *top.branch()) if one.is_shown]


@pytest.mark.django_db
# What a fixture has made is the same for every example, and each example is rolled back.
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_tree_and_counters_are_those_of_the_naive_model(
    say: Say, thread: Thread, gus: Profile, mo: User, steps: list[Step]
) -> None:
    with transaction.atomic():
        try:
            naive = play(say, mo, steps)
            compare(naive, thread)
        finally:
            transaction.set_rollback(True)


def play(say: Say, mo: User, steps: list[Step]) -> Naive:
    naive = Naive()
    for verb, which, flag in steps:
        chosen = naive.said[which % len(naive.said)] if naive.said and which < 25 else None
        if verb == "say" and (chosen is None or chosen.standing == "published"):
            to = Comment.objects.get(pk=chosen.pk) if chosen else None
            naive.add(say(to=to, held=flag), chosen)
        elif verb != "say" and chosen is not None:
            comment = Comment.objects.get(pk=chosen.pk)
            comment.decided(CommentDecision.objects.create(subject=comment, standing=verb, by=mo))
            chosen.standing = verb
    return naive


def compare(naive: Naive, thread: Thread) -> None:
    thread.refresh_from_db()
    assert thread.comment_count == sum(one.standing == "published" for one in naive.said)
    rows = {row.pk: row for row in Comment.objects.all()}
    assert set(rows) == {one.pk for one in naive.said}
    for one in naive.said:
        row = rows[one.pk]
        assert row.is_shown == one.is_shown
        assert row.depth == one.depth
        assert row.parent_id == (one.above.pk if one.above else None)
        assert row.reply_count == sum(reply.is_shown for reply in one.below)
        if one.above is None:
            branch = list(one.branch())
            assert row.branch_count == sum(reply.is_shown for reply in branch)
            assert row.last_position == len(branch)
            assert sorted(rows[reply.pk].position for reply in branch) == list(range(1, len(branch) + 1))
    compare_page(naive, thread)


def compare_page(naive: Naive, thread: Thread) -> None:
    """The page is the paper's, but that of a long branch only the first replies that came are drawn."""
    page = first_page(thread, None, Order.NEWEST)
    drawn = [entry.comment.pk for branch in page.branches for entry in entries(branch) if not entry.more]
    left_out = sum(more.count or 0 for branch in page.branches for more in branch.more.values())
    assert len(drawn) + left_out == len(naive.drawn())
    assert drawn == [pk for pk in naive.drawn() if pk in set(drawn)]
    assert all(comment.standing == Standing.PUBLISHED or comment.reply_count for comment in page.comments)
