"""Who keeps the books."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from broadsheet.accounts.models import User

KEEP_BOOKS = "funding.keep_books"


def may_keep_books(user: User | AnonymousUser) -> bool:
    """Whether `user` makes campaigns and books gifts: a treasurer, or an administrator."""
    return user.has_perm(KEEP_BOOKS)
