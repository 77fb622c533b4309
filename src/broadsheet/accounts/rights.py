"""Who is of the newsroom."""

from __future__ import annotations

from broadsheet.accounts.models import User


def may_enter_newsroom(user: User) -> bool:
    """Whether somebody can open the newsroom's admin."""
    return user.is_active and user.has_perm("wagtailadmin.access_admin")
