"""Who may see to mail that does not arrive."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from broadsheet.accounts.models import User

SEE_TO_MAIL = "notification.see_to_mail"


def may_see_to_mail(user: User | AnonymousUser) -> bool:
    """Whether `user` may look at the outbox, which shows readers' addresses, and decide on what is stuck there."""
    return user.has_perm(SEE_TO_MAIL)
