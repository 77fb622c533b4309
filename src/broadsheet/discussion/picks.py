"""Editors' picks: the comments that the newsroom commends, each by itself, wherever in the thread it stands."""

from __future__ import annotations

from functools import partial

from django.utils.translation import get_language, pgettext

from broadsheet.discussion.models import Comment, CommentQuerySet, Order, Thread
from broadsheet.discussion.reading import (
    PAGE_LENGTH,
    Among,
    Branch,
    CommentPage,
    More,
    Place,
    in_order,
    place_among,
)
from broadsheet.discussion.talk import Talk
from broadsheet.kernel import written

PICKS = "picks"  # as the address of a thread names them


def offer_picks(talk: Talk, after: str | None = None, before: str | None = None) -> None:
    """Let readers choose to see the editors' picks, if there are any. The thread knows how many: no query."""
    count = talk.thread.pick_count
    if count:
        pattern = pgettext("which comments", "Editors’ picks ({count})")
        label = pattern.format(count=written.number(count, get_language() or ""))
        talk.offer_page(PICKS, label, partial(_read, talk.thread, talk.order, after, before))


def picks_page(thread: Thread, order: Order, after: str | None = None, before: str | None = None) -> CommentPage:
    """Return a page of the editors' picks, each with the way to its replies. Raises Refusal `no-such-page`."""
    picks = _for_drawing(Comment.objects.filter(thread=thread.pk, is_pick=True))
    cursor = _cursor(thread, picks, order, after, before)
    found = list(in_order(picks, order, cursor)[: PAGE_LENGTH + 1])
    shown, goes_on = found[:PAGE_LENGTH], len(found) > PAGE_LENGTH
    return CommentPage(
        [_by_itself(pick) for pick in shown],
        order,
        before=Place.of(shown[0]).named(order) if cursor and shown else "",
        after=Place.of(shown[-1]).named(order) if goes_on else "",
    )


def _read(thread: Thread, order: Order, after: str | None, before: str | None, _among: Among) -> CommentPage:
    return picks_page(thread, order, after, before)


def _cursor(
    thread: Thread, picks: CommentQuerySet, order: Order, after: str | None, before: str | None
) -> Place | None:
    """The place that the page begins behind. What names it may be no pick any more."""
    known = Comment.objects.filter(thread=thread.pk)
    if after is not None:
        return place_among(known, order, after)
    if before is None:
        return None
    back = list(in_order(picks, order, place_among(known, order, before), forwards=False)[: PAGE_LENGTH + 1])
    return Place.of(back[-1]) if len(back) > PAGE_LENGTH else None


def _for_drawing(picks: CommentQuerySet) -> CommentQuerySet:
    """Fetch along who wrote them, what they answer and whether their branch is closed."""
    words = [f"{of}__{name}" for of in ("root", "parent") for name in ("source", "html")]
    return picks.select_related("author", "root", "parent__author").defer("source", *words)


def _by_itself(pick: Comment) -> Branch:
    left = pick.reply_count if pick.depth else pick.branch_count
    return Branch(pick, (), {pick.pk: More(left)} if left else {}, is_closed=pick.is_in_closed_branch)
