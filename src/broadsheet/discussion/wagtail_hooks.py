"""The discussions' place in the newsroom's admin: their addresses, an entry in the menu, a way from every article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page

from broadsheet.accounts.models import User
from broadsheet.discussion import newsroom_views
from broadsheet.discussion.actions import CLOSED, OPENED
from broadsheet.moderation.rights import may_moderate
from broadsheet.publication.models import ArticlePage


class DiscussionsMenuItem(MenuItem):
    """Leads to the discussions."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those who may decide."""
        assert not request.user.is_anonymous  # noqa: S101 - the admin lets nobody in unnamed
        return may_moderate(request.user)


@hooks.register("register_admin_urls")
def discussion_urls() -> list[URLPattern]:
    """Put the discussions below the admin's address."""
    return [
        path("discussions/", newsroom_views.threads, name="discussion_threads"),
        path("discussions/<uuid:key>/", newsroom_views.one, name="discussion_one"),
        path("discussions/<uuid:key>/close/", newsroom_views.close, name="discussion_close"),
        path("discussions/<uuid:key>/open/", newsroom_views.open_again, name="discussion_open_again"),
    ]


@hooks.register("register_admin_menu_item")
def discussions_menu_item() -> DiscussionsMenuItem:
    """Put the discussions into the menu, right after the desk."""
    return DiscussionsMenuItem(
        gettext_lazy("Discussions"), reverse_lazy("discussion_threads"), name="discussions", icon_name="comment",
        order=160,
    )  # fmt: skip


@hooks.register("register_page_listing_more_buttons")
@hooks.register("register_page_header_buttons")
def button_of_an_article(page: Page, user: User, *_args: Any, **_kwargs: Any) -> Iterator[Button]:
    """Lead a moderator from an article to how its discussion stands."""
    if issubclass(page.specific_class, ArticlePage) and may_moderate(user):
        key = (page.alias_of or page).translation_key
        yield Button(_("Discussion"), reverse("discussion_one", args=[key]), icon_name="comment", priority=90)


@hooks.register("register_log_actions")
def log_what_closes(actions: LogActionRegistry) -> None:
    """Say in the newsroom's log who closed a discussion and who opened it again."""
    actions.register_action(CLOSED, gettext_lazy("Close a discussion"), gettext_lazy("Discussion closed"))
    actions.register_action(OPENED, gettext_lazy("Open a discussion"), gettext_lazy("Discussion opened again"))
