"""The ways to say no that several actions share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from broadsheet.kernel.refusal import Refusal


def closed() -> Refusal:
    """Return what is said where nothing new is taken."""
    return Refusal("thread-closed", _("This discussion is closed: everything stays, nothing new is taken."), status=403)


def too_many() -> Refusal:
    """Return what is said beyond a limit; what was typed is kept by whoever shows the form again."""
    return Refusal("too-many", _("This was too much in a short time. Wait a while and try again."), status=429)
