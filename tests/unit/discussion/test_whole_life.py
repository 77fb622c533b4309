"""Posts, votes, edits, deletions and decisions in whatever order: rows, counters and orders are a naive model's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.actions import (
    Stranger,
    cast_vote,
    close_branch,
    close_thread,
    delete_comment,
    edit_comment,
    open_branch,
    open_thread_again,
    pick_comment,
    pin_comment,
    take_back_votes,
    unpick_comment,
    unpin_comment,
)
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, CommentEdit, Order, Thread
from broadsheet.discussion.reading import MOST_PINNED, CommentPage, first_page, page_after, page_before
from broadsheet.gate.keys import Key
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Standing
from tests import factories
from tests.unit.discussion.conftest import Say

PEOPLE = 4
AN_HOUR = timedelta(hours=1)

some_comment, somebody, whether = st.integers(0, 12), st.integers(0, PEOPLE - 1), st.booleans()
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.one_of(st.none(), some_comment), somebody, whether),
        st.tuples(st.just("vote"), some_comment, somebody, st.sampled_from([1, -1, 0])),
        st.tuples(st.just("vote"), some_comment, st.just(-1), st.sampled_from([1, -1])),
        st.tuples(st.just("edit"), some_comment, somebody, whether),
        st.tuples(st.just("delete"), some_comment, somebody, st.none()),
        st.tuples(st.just("decide"), some_comment, st.none(), st.sampled_from(["published", "rejected", "removed"])),
        st.tuples(st.just("decide_edit"), some_comment, st.none(), st.sampled_from(["published", "rejected"])),
        st.tuples(st.just("close"), st.none(), st.none(), whether),
        st.tuples(st.just("shut"), some_comment, st.none(), whether),
        st.tuples(st.just("pin"), some_comment, st.none(), whether),
        st.tuples(st.just("pick"), some_comment, st.none(), whether),
        st.tuples(st.just("leave"), st.none(), somebody, st.none()),
    ),
    max_size=40,
)


@dataclass(eq=False)
class Said:
    """A comment as one would keep it on paper."""

    pk: int
    author: int
    words: str
    standing: str
    above: Said | None = None
    waiting: str = ""
    is_deleted: bool = False
    is_shut: bool = False
    is_pinned: bool = False
    is_pick: bool = False
    below: list[Said] = field(default_factory=list)
    votes: dict[object, int] = field(default_factory=dict)

    @property
    def is_shown(self) -> bool:
        return self.standing == "published" or any(reply.is_shown for reply in self.below)

    @property
    def root(self) -> Said:
        return self.above.root if self.above else self

    @property
    def score(self) -> int:
        return sum(self.votes.values())

    def branch(self) -> Iterator[Said]:
        for reply in self.below:
            yield reply
            yield from reply.branch()


class Life:
    """Does every step for real and on paper; what paper does not allow must be refused, and change nothing."""

    def __init__(self, say: Say, thread: Thread, people: list[Profile], mo: User) -> None:
        self.say, self.thread, self.people, self.mo = say, thread, people, mo
        self.said: list[Said] = []
        self.is_closed = False
        self.numbers = count(1)

    def do(self, step: tuple[str, int | None, int | None, object]) -> None:
        verb, which, who, how = step
        on = self.said[which] if which is not None and which < len(self.said) else None
        if which is not None and on is None and verb != "say":
            return
        may = getattr(self, f"may_{verb}")(on, who, how)
        try:
            done = getattr(self, f"do_{verb}")(on, who, how)
        except Refusal:
            assert not may, step
        else:
            assert may, step
            getattr(self, f"note_{verb}")(on, who, how, done)

    def row(self, on: Said) -> Comment:
        return Comment.objects.select_related("thread").get(pk=on.pk)

    def words(self) -> str:
        return f"Words no. {next(self.numbers)}"

    def may_say(self, on: Said | None, who: int, is_held: bool) -> bool:
        return not self.is_closed and (on is None or (on.standing == "published" and not on.root.is_shut))

    def do_say(self, on: Said | None, who: int, is_held: bool) -> Comment:
        where = Thread.objects.get(pk=self.thread.pk)
        return self.say(self.words(), to=self.row(on) if on else None, by=self.people[who], held=is_held, where=where)

    def note_say(self, on: Said | None, who: int, is_held: bool, made: Comment) -> None:
        said = Said(made.pk, who, made.source, "held" if is_held else "published", on)
        self.said.append(said)
        if on:
            on.below.append(said)

    def may_vote(self, on: Said, who: int, value: int) -> bool:
        return on.standing == "published" and not self.is_closed and not on.root.is_shut and on.author != who

    def do_vote(self, on: Said, who: int, value: int) -> object:
        voter = self.people[who] if who >= 0 else Stranger()
        return cast_vote(self.row(on), by=voter, value=value).by

    def note_vote(self, on: Said, who: int, value: int, voter: object) -> None:
        on.votes[voter] = value

    def may_edit(self, on: Said, who: int, is_held: bool) -> bool:
        return self.may_delete(on, who, None) and not self.is_closed and not on.root.is_shut

    def do_edit(self, on: Said, who: int, is_held: bool) -> str:
        words, signs = self.words(), ("honeypot",) if is_held else ()
        key = Key.of("test-edit", words)
        edit_comment(self.row(on), by=self.people[who], body=words, key=key, within=AN_HOUR, spam_signs=signs)
        return words

    def note_edit(self, on: Said, who: int, is_held: bool, words: str) -> None:
        if is_held or on.standing == "held":
            on.waiting = words
        else:
            on.words, on.waiting = words, ""

    def may_delete(self, on: Said, who: int, _how: None) -> bool:
        return on.author == who and on.standing in ("published", "held")

    def do_delete(self, on: Said, who: int, _how: None) -> None:
        delete_comment(self.row(on), by=self.people[who], within=AN_HOUR)

    def note_delete(self, on: Said, who: int, _how: None, _done: None) -> None:
        on.standing, on.words, on.waiting, on.is_deleted = "removed", "", "", True
        on.is_pinned = on.is_pick = False

    def may_decide(self, on: Said, _who: None, standing: str) -> bool:
        allowed = {"held": ("published", "rejected", "removed"), "published": ("removed",)}
        return not on.is_deleted and standing in allowed.get(on.standing, ("published",))

    def do_decide(self, on: Said, _who: None, standing: str) -> None:
        decide(Comment.KIND, self.row(on).public_id, standing, by=self.mo, reason="So.", seen=on.standing)

    def note_decide(self, on: Said, _who: None, standing: str, _done: None) -> None:
        on.standing = standing
        if standing != "published":
            on.is_pinned = on.is_pick = False

    def may_decide_edit(self, on: Said, _who: None, standing: str) -> bool:
        return bool(on.waiting)

    def do_decide_edit(self, on: Said, _who: None, standing: str) -> None:
        edit = CommentEdit.objects.filter(comment=on.pk).order_by("-number").first()
        decide(CommentEdit.KIND, edit.public_id if edit else "", standing, by=self.mo, reason="So.")

    def note_decide_edit(self, on: Said, _who: None, standing: str, _done: None) -> None:
        on.words, on.waiting = on.waiting if standing == "published" else on.words, ""

    def may_close(self, _on: None, _who: None, is_closed: bool) -> bool:
        return True

    def do_close(self, _on: None, _who: None, is_closed: bool) -> None:
        act = close_thread if is_closed else open_thread_again
        act(self.thread, by=self.mo)

    def note_close(self, _on: None, _who: None, is_closed: bool, _done: None) -> None:
        self.is_closed = is_closed

    def may_shut(self, on: Said, _who: None, is_shut: bool) -> bool:
        return True

    def do_shut(self, on: Said, _who: None, is_shut: bool) -> None:
        act = close_branch if is_shut else open_branch
        act(self.row(on), by=self.mo)

    def note_shut(self, on: Said, _who: None, is_shut: bool, _done: None) -> None:
        on.root.is_shut = is_shut

    def may_pin(self, on: Said, _who: None, is_pinned: bool) -> bool:
        has_room = sum(one.is_pinned for one in self.said) < MOST_PINNED
        return not is_pinned or on.is_pinned or (on.above is None and on.standing == "published" and has_room)

    def do_pin(self, on: Said, _who: None, is_pinned: bool) -> None:
        act = pin_comment if is_pinned else unpin_comment
        act(self.row(on), by=self.mo)

    def note_pin(self, on: Said, _who: None, is_pinned: bool, _done: None) -> None:
        on.is_pinned = is_pinned

    def may_pick(self, on: Said, _who: None, is_pick: bool) -> bool:
        return not is_pick or on.standing == "published"

    def do_pick(self, on: Said, _who: None, is_pick: bool) -> None:
        act = pick_comment if is_pick else unpick_comment
        act(self.row(on), by=self.mo)

    def note_pick(self, on: Said, _who: None, is_pick: bool, _done: None) -> None:
        on.is_pick = is_pick

    def may_leave(self, _on: None, who: int, _how: None) -> bool:
        return True

    def do_leave(self, _on: None, who: int, _how: None) -> None:
        take_back_votes(self.people[who])

    def note_leave(self, _on: None, who: int, _how: None, _done: None) -> None:
        for said in self.said:
            said.votes.pop(self.people[who], None)


@pytest.mark.django_db
@settings(
    # Half of what the profile has: every example is a whole life, not a call. In `make soak` far over 10,000 steps.
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_happens_rows_and_pages_are_the_naive_models(
    say: Say, thread: Thread, mo: User, steps: list[tuple[str, int | None, int | None, object]]
) -> None:
    with transaction.atomic():
        try:
            people = [factories.make_guest(f"Person {number}") for number in range(PEOPLE)]
            life = Life(say, thread, people, mo)
            for step in steps:
                life.do(step)
            compare_rows(life)
            for order in Order:
                compare_pages(life, order)
        finally:
            transaction.set_rollback(True)


def compare_rows(life: Life) -> None:
    thread = Thread.objects.get(pk=life.thread.pk)
    assert thread.is_closed == life.is_closed
    assert thread.comment_count == sum(one.standing == "published" for one in life.said)
    assert thread.pick_count == sum(one.is_pick for one in life.said)
    for one in life.said:
        row = life.row(one)
        assert (row.standing, row.source, row.is_shown) == (one.standing, one.words, one.is_shown)
        assert (row.score, row.up_count + row.down_count) == (one.score, sum(map(abs, one.votes.values())))
        assert (row.is_pinned, row.is_pick, row.is_branch_closed) == (one.is_pinned, one.is_pick, one.is_shut)
        assert row.reply_count == sum(reply.is_shown for reply in one.below)
        assert one.above or row.branch_count == sum(reply.is_shown for reply in one.branch())
        held = CommentEdit.objects.filter(comment=one.pk, standing=Standing.HELD)
        assert list(held.values_list("source", flat=True)) == ([one.waiting] if one.waiting else [])
    assert list(broken_promises()) == []


def compare_pages(life: Life, order: Order) -> None:
    """All pages one after the other, to the last and back, are the paper's order, below what is pinned."""
    pinned = [one.pk for one in life.said if one.is_pinned][::-1]
    tops = [one for one in life.said if not one.above and one.is_shown and not one.is_pinned]
    if order is Order.MOST_VOTED:
        tops = sorted(tops, key=lambda one: (-one.score, -one.pk))
    elif order is Order.NEWEST:
        tops = tops[::-1]
    thread = Thread.objects.get(pk=life.thread.pk)
    page = first_page(thread, None, order)
    shown = shown_on(page)
    while page.after:
        page = page_after(thread, None, order, page.after)
        shown += shown_on(page)
    assert shown == [*pinned, *(one.pk for one in tops)]
    if page.before:
        assert shown_on(page_before(thread, None, order, page.before))[-1:] == shown[-len(page.branches) - 1 :][:1]


def shown_on(page: CommentPage) -> list[int]:
    return [branch.top.pk for branch in page.branches]
