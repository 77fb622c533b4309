"""Who is of the newsroom, and what its administrators may do with tokens."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from broadsheet.accounts.models import User

ENTER = "wagtailadmin.access_admin"
SEE_TO_TOKENS = "accounts.see_to_tokens"
WRITE_WITHOUT_LIMITS = "accounts.write_without_limits"


def may_enter_newsroom(user: User) -> bool:
    """Whether somebody can open the newsroom's admin."""
    return user.is_active and user.has_perm(ENTER)


def may_see_to_tokens(user: User | AnonymousUser) -> bool:
    """Whether `user` may look at everybody's tokens and revoke them."""
    return user.has_perm(SEE_TO_TOKENS)


def may_write_without_limits(user: User) -> bool:
    """Whether a program of `user` may write more in a time than a person does."""
    return user.has_perm(WRITE_WITHOUT_LIMITS)
