"""What the newsroom's list of users does besides: the address given to a colleague is the one they sign in with."""

from __future__ import annotations

from django.http import HttpRequest
from wagtail import hooks

from broadsheet.accounts.actions import settle_colleague
from broadsheet.accounts.models import User


@hooks.register("after_create_user")
@hooks.register("after_edit_user")
def settle(request: HttpRequest, user: User) -> None:
    """Keep what the list says and what signing in believes the same."""
    settle_colleague(user)
