"""Slow mode: in a thread that moderators slowed down everybody has one comment in so many minutes.

Whom we know has written by their profile, whatever became of the comment. Whoever is new counts by name and connection
together: many may share one of them. Moderators write as they like, and so does what programs of ours bring.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.limits import Limit, network_of
from broadsheet.kernel import written
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.rights import may_moderate


@dataclass(frozen=True)
class Pacer:
    """Who wants to write: the profile that we know them by, the user they sign in as, and what a guest is called.

    `is_new` says that the name is new to us; a known guest leaves it behind for who comes back without their cookie.
    """

    known: Profile | None
    user: User | None
    name: str
    is_new: bool
    client: str

    @property
    def is_exempt(self) -> bool:
        """Whether slow mode is not for them."""
        return not self.client or (self.user is not None and may_moderate(self.user))

    def called_in(self, thread: Thread) -> str:
        """What a guest counts as in a thread besides their profile."""
        return f"{thread.translation_key} {network_of(self.client)} {self.name.casefold()}"


def too_soon(thread: Thread, who: Pacer) -> Refusal | None:
    """Return the refusal `slow-mode` for who has written in a thread a moment ago; before anything is written."""
    if not thread.slow_minutes or who.is_exempt:
        return None
    known = [who.known.pk] if who.known else []
    ends = [_own_pause_ends(thread, known)]
    if who.is_new:
        ends.append(_turn(thread).ends_at(who.called_in(thread)))
    return _refusal(thread, ends)


def keep_pace(comment: Comment, who: Pacer) -> None:
    """Take the turn of who has just written a comment. Raises Refusal `slow-mode`, and then nothing is written.

    In the comment's transaction, when it holds the thread's row: of two at once the second sees the first.
    """
    thread = Thread.objects.get(pk=comment.thread_id)
    if not thread.slow_minutes or who.is_exempt:
        return
    authors = {comment.author_id, who.known.pk if who.known else comment.author_id}
    ends = [_own_pause_ends(thread, authors, but=comment)]
    if who.user is None:
        called = who.called_in(thread)
        is_free = _turn(thread).take(called)
        ends += [] if is_free or not who.is_new else [_turn(thread).ends_at(called)]
    refusal = _refusal(thread, ends)
    if refusal:
        raise refusal


def _own_pause_ends(thread: Thread, authors: Collection[int], but: Comment | None = None) -> datetime | None:
    """When the last of the authors' comments in a thread is long enough ago; what was taken away counts too."""
    pause = timedelta(minutes=thread.slow_minutes)
    own = Comment.objects.filter(author__in=authors, thread=thread.pk, created_at__gt=timezone.now() - pause)
    last: Comment | None = own.exclude(pk=but.pk if but else None).order_by("created_at").last() if authors else None
    return last.created_at + pause if last else None


def _turn(thread: Thread) -> Limit:
    return Limit("slow-mode", 1, timedelta(minutes=thread.slow_minutes))


def _refusal(thread: Thread, ends: Collection[datetime | None]) -> Refusal | None:
    last = max((end for end in ends if end), default=None)
    if last is None:
        return None
    language = get_language() or ""
    left = max(1, ceil((last - timezone.now()).total_seconds() / 60))
    sentence = _(
        "Slow mode is on: everybody can post one comment in {pause} here. You can post again in {left}."
    ).format(pause=written.minutes(thread.slow_minutes, language), left=written.minutes(left, language))
    return Refusal("slow-mode", sentence, status=429)
