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
from broadsheet.discussion.actions import ages, marks, threads
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
        path("discussions/<uuid:key>/leave-to-age/", newsroom_views.leave_to_age, name="discussion_leave_to_age"),
        path("discussions/<uuid:key>/off/", newsroom_views.switch_off, name="discussion_switch_off"),
        path("discussions/<uuid:key>/on/", newsroom_views.switch_on, name="discussion_switch_on"),
        path("discussions/<uuid:key>/slow/", newsroom_views.slow, name="discussion_slow"),
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


# What the newsroom's log calls what moderators do: as a thing to do, and done.
LOGGED = {
    threads.CLOSED: (gettext_lazy("Close a discussion"), gettext_lazy("Discussion closed")),
    threads.OPENED: (gettext_lazy("Open a discussion"), gettext_lazy("Discussion opened again")),
    ages.CLOSED_BY_AGE: (gettext_lazy("Close an old discussion"), gettext_lazy("Discussion closed by its age")),
    ages.OPENED_BY_RULE: (gettext_lazy("Open a young discussion"), gettext_lazy("Discussion opened by a new rule")),
    threads.LEFT_TO_AGE: (gettext_lazy("Leave a discussion to its age"), gettext_lazy("Discussion left to its age")),
    threads.SWITCHED_OFF: (gettext_lazy("Switch a discussion off"), gettext_lazy("Discussion switched off")),
    threads.SWITCHED_ON: (gettext_lazy("Switch a discussion on"), gettext_lazy("Discussion switched on")),
    threads.SLOWED: (gettext_lazy("Set slow mode"), gettext_lazy("Slow mode set")),
    marks.PINNED: (gettext_lazy("Pin a comment"), gettext_lazy("Comment pinned")),
    marks.UNPINNED: (gettext_lazy("Take a pinned comment down"), gettext_lazy("Comment no longer pinned")),
    marks.PICKED: (gettext_lazy("Pick a comment"), gettext_lazy("Comment picked by the editors")),
    marks.UNPICKED: (gettext_lazy("Take back an editors’ pick"), gettext_lazy("Comment no longer an editors’ pick")),
    marks.BRANCH_CLOSED: (gettext_lazy("Close a branch"), gettext_lazy("Branch closed")),
    marks.BRANCH_OPENED: (gettext_lazy("Open a branch"), gettext_lazy("Branch opened again")),
    marks.VERSIONS_HIDDEN: (gettext_lazy("Hide earlier versions"), gettext_lazy("Earlier versions hidden")),
    marks.VERSIONS_SHOWN: (gettext_lazy("Show earlier versions"), gettext_lazy("Earlier versions shown")),
}


@hooks.register("register_log_actions")
def log_what_moderators_do(actions: LogActionRegistry) -> None:
    """Say in the newsroom's log who did what to a discussion."""
    for name, (label, message) in LOGGED.items():
        actions.register_action(name, label, message)
