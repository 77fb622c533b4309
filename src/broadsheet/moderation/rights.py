"""Who may decide at the desk."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from broadsheet.accounts.models import User

MODERATE = "moderation.moderate"


def may_moderate(user: User | AnonymousUser) -> bool:
    """Whether `user` decides on what others submit: a member of a group with that right, or an administrator."""
    return user.has_perm(MODERATE)
