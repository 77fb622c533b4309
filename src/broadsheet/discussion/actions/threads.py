"""Closing a discussion, and opening it again."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import announce
from broadsheet.discussion.models import Thread
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.rights import may_moderate

CLOSED, OPENED = "broadsheet.close_thread", "broadsheet.open_thread"  # in Wagtail's log, with who did it


def close_thread(thread: Thread, *, by: User) -> Thread:
    """Let nobody write in a thread any more; one where nobody wrote yet can be closed too. Closed again is closed.

    What people are writing at this moment is refused, and theirs to copy. Raises Refusal `not-a-moderator`.
    """
    return _set(thread, is_closed=True, by=by)


def open_thread_again(thread: Thread, *, by: User) -> Thread:
    """Let people write in a thread again. Raises Refusal `not-a-moderator`."""
    return _set(thread, is_closed=False, by=by)


def _set(thread: Thread, *, is_closed: bool, by: User) -> Thread:
    if not may_moderate(by):
        raise Refusal("not-a-moderator", _("Only moderators decide."), status=403)
    with transaction.atomic():
        kept = Thread.objects.get_or_create(translation_key=thread.translation_key)[0]
        if Thread.objects.filter(pk=kept.pk, is_closed=not is_closed).update(is_closed=is_closed):
            log(kept, CLOSED if is_closed else OPENED, user=by)
            announce(kept.topic, "thread-closed" if is_closed else "thread-opened")
    kept.refresh_from_db()
    return kept
