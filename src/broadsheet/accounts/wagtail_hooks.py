"""What the newsroom's admin does about accounts: addresses that hold for signing in, nobody deleted who left words, who
belongs told of, everybody's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry

from broadsheet.accounts import newsroom_views
from broadsheet.accounts.actions import TOKEN_REVOKED, settle_colleague
from broadsheet.accounts.belonging import announce_accounts
from broadsheet.accounts.models import User
from broadsheet.accounts.rights import may_see_to_tokens


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


@hooks.register("after_bulk_action")
def tell_who_belongs(request: HttpRequest, action: str, chosen: Sequence[Any], view: object) -> None:
    """Tell of users who are locked out or let in together, which no signal does; in the transaction that does it."""
    if action == "set_active_state":
        announce_accounts()


class TokensMenuItem(MenuItem):
    """Leads to everybody's tokens."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those who may see to them."""
        assert not request.user.is_anonymous  # noqa: S101 - the admin lets nobody in unnamed
        return may_see_to_tokens(request.user)


@hooks.register("register_admin_urls")
def token_urls() -> list[URLPattern]:
    """Put the tokens below the admin's address."""
    return [
        path("tokens/", newsroom_views.tokens, name="accounts_tokens"),
        path("tokens/<slug:public_id>/revoke/", newsroom_views.revoke, name="accounts_revoke_token"),
    ]


@hooks.register("register_settings_menu_item")
def tokens_menu_item() -> TokensMenuItem:
    """Put the tokens among the settings, below the users."""
    return TokensMenuItem(
        gettext_lazy("API tokens"), reverse_lazy("accounts_tokens"), name="tokens", icon_name="key", order=620
    )


@hooks.register("register_permissions")
def token_permissions() -> QuerySet[Permission]:
    """Let an administrator give groups the rights around tokens."""
    codenames = ("see_to_tokens", "write_without_limits")
    return Permission.objects.filter(content_type__app_label="accounts", codename__in=codenames)


@hooks.register("register_log_actions")
def log_who_revokes(actions: LogActionRegistry) -> None:
    """Say in the newsroom's log who revoked another person's token."""
    actions.register_action(TOKEN_REVOKED, gettext_lazy("Revoke an API token"), gettext_lazy("API token revoked"))


def _refusal_to_delete(request: HttpRequest, users: Sequence[User]) -> HttpResponse | None:
    try:
        Collector(using=DEFAULT_DB_ALIAS).collect(users)
    except (ProtectedError, RestrictedError):
        sentence = _("Not deleted: comments or decisions would be left without their author. Untick “Active” instead.")
        messages.error(request, sentence)
        return redirect("wagtailusers_users:index")
    return None
