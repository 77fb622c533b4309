"""The ways to say no that several actions share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.discussion.models import Thread
from broadsheet.discussion.reading import not_found
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.rights import may_moderate


def check_open(thread: Thread) -> None:
    """Raise Refusal `not-found` for a thread that readers do not see at all, `thread-closed` where nothing is taken."""
    if thread.is_off:
        raise not_found()
    if thread.is_closed:
        raise closed()


def closed() -> Refusal:
    """Return what is said where nothing new is taken."""
    return Refusal("thread-closed", _("This discussion is closed: everything stays, nothing new is taken."), status=403)


def too_many() -> Refusal:
    """Return what is said beyond a limit; what was typed is kept by whoever shows the form again."""
    return Refusal("too-many", _("This was too much in a short time. Wait a while and try again."), status=429)


def check_moderator(user: User) -> None:
    """Raise Refusal `not-a-moderator` for anybody else."""
    if not may_moderate(user):
        raise Refusal("not-a-moderator", _("Only moderators decide."), status=403)
