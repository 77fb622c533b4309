"""What the newsroom's list of users does besides: addresses that hold for signing in, nobody deleted who left words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages

from broadsheet.accounts.actions import settle_colleague
from broadsheet.accounts.models import User


@hooks.register("after_create_user")
@hooks.register("after_edit_user")
def settle(request: HttpRequest, user: User) -> None:
    """Keep what the list says and what signing in believes the same."""
    settle_colleague(user)


@hooks.register("before_delete_user")
def keep_who_is_needed(request: HttpRequest, user: User) -> HttpResponse | None:
    """Do not delete somebody whose comments or decisions stand; say what to do instead."""
    return _refusal_to_delete(request, [user])


@hooks.register("before_bulk_action")
def keep_those_who_are_needed(
    request: HttpRequest, action: str, chosen: Sequence[Any], view: object
) -> HttpResponse | None:
    """The same for several users chosen in the list."""
    is_about_users = action == "delete" and bool(chosen) and isinstance(chosen[0], User)
    return _refusal_to_delete(request, chosen) if is_about_users else None


def _refusal_to_delete(request: HttpRequest, users: Sequence[User]) -> HttpResponse | None:
    try:
        Collector(using=DEFAULT_DB_ALIAS).collect(users)
    except (ProtectedError, RestrictedError):
        sentence = _("Not deleted: comments or decisions would be left without their author. Untick “Active” instead.")
        messages.error(request, sentence)
        return redirect("wagtailusers_users:index")
    return None
