"""What moderators decide of a whole discussion: closed or open, off or on, how fast one may write."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import announce
from broadsheet.discussion.actions.refusals import check_moderator
from broadsheet.discussion.models import LONGEST_PAUSE, Thread
from broadsheet.kernel.refusal import Refusal

# In Wagtail's log, with who did it.
CLOSED, OPENED = "broadsheet.close_thread", "broadsheet.open_thread"
LEFT_TO_AGE = "broadsheet.leave_thread_to_age"
SWITCHED_OFF, SWITCHED_ON = "broadsheet.switch_off_thread", "broadsheet.switch_on_thread"
SLOWED = "broadsheet.slow_thread"


def close_thread(thread: Thread, *, by: User) -> Thread:
    """Let nobody write in a thread any more; one where nobody wrote yet can be closed too. Closed again is closed.

    What people are writing at this moment is refused, and theirs to copy. What a moderator closes no change of the rule
    for old discussions opens again. Raises Refusal `not-a-moderator`.
    """
    is_not_yet = Q(is_closed=False) | Q(closed_after_days__gt=0)
    to = {"is_closed": True, "stays_open": False, "closed_after_days": 0}
    return _change(thread, by, CLOSED, "thread-closed", is_not_yet, **to)


def open_thread_again(thread: Thread, *, by: User) -> Thread:
    """Let people write in a thread again, however old it is. Raises Refusal `not-a-moderator`."""
    to = {"is_closed": False, "stays_open": True, "closed_after_days": 0}
    return _change(thread, by, OPENED, "thread-opened", Q(is_closed=True), **to)


def leave_thread_to_age(thread: Thread, *, by: User) -> Thread:
    """Let a thread that was opened again be closed by its age like all others. Raises Refusal `not-a-moderator`."""
    return _change(thread, by, LEFT_TO_AGE, "thread-left-to-age", Q(stays_open=True), stays_open=False)


def switch_off_thread(thread: Thread, *, by: User) -> Thread:
    """Take a whole discussion from readers: what was said, what invites to it, every mail about it. Nothing is lost.

    Raises Refusal `not-a-moderator`.
    """
    return _change(thread, by, SWITCHED_OFF, "thread-switched-off", Q(is_off=False), is_off=True)


def switch_on_thread(thread: Thread, *, by: User) -> Thread:
    """Give a discussion back to readers as it was. Raises Refusal `not-a-moderator`."""
    return _change(thread, by, SWITCHED_ON, "thread-switched-on", Q(is_off=True), is_off=False)


def slow_thread(thread: Thread, *, minutes: int, by: User) -> Thread:
    """Let everybody write one comment in so many minutes; 0: as they like.

    Raises Refusal `not-a-moderator`, `no-such-pause`.
    """
    if not 0 <= minutes <= LONGEST_PAUSE:
        raise no_such_pause()
    return _change(thread, by, SLOWED, "thread-slowed", ~Q(slow_minutes=minutes), slow_minutes=minutes)


def no_such_pause() -> Refusal:
    """Return what is said of minutes that slow mode cannot be set to."""
    sentence = _("Give a whole number of minutes, at most {limit}; 0 lets everybody write as they like.")
    return Refusal("no-such-pause", sentence.format(limit=LONGEST_PAUSE), field="minutes")


def _change(thread: Thread, by: User, log_as: str, change: str, where: Q, **to: object) -> Thread:
    """Change a thread where it is not so yet, in one statement; tell log and world of it. Made where there is none."""
    check_moderator(by)
    with transaction.atomic():
        kept = Thread.objects.begun(thread.translation_key)
        if Thread.objects.filter(where, pk=kept.pk).update(**to):
            log(kept, log_as, user=by, data=to)
            announce(kept.topic, change)
    kept.refresh_from_db()
    return kept
