"""Questions to readers in Wagtail's admin: their addresses, and the way to them from every article."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets.button import Button

from broadsheet.annotation import newsroom_views
from broadsheet.annotation.actions import may_ask
from broadsheet.publication.models import ArticlePage


@hooks.register("register_admin_urls")
def register_questions() -> list[URLPattern]:
    """Give the questions their addresses."""
    one = "questions/<int:pk>/<slug:public_id>/"
    return [
        path("questions/<int:pk>/", newsroom_views.questions, name="annotation_questions"),
        path(f"{one}edit/", newsroom_views.edit, name="annotation_edit_question"),
        path(f"{one}close/", newsroom_views.close, name="annotation_close_question"),
        path(f"{one}open/", newsroom_views.open_again, name="annotation_open_question"),
        path(f"{one}remove/", newsroom_views.remove, name="annotation_remove_question"),
        path(f"{one}attach/", newsroom_views.attach, name="annotation_attach_passage"),
    ]


@hooks.register("register_page_header_buttons")
def offer_questions(page: Any, user: Any, view_name: str, next_url: str | None = None) -> list[Button]:
    """Offer the questions from the article's own menu."""
    if view_name != "edit" or not _takes_questions(page, user):
        return []
    return [_button(page)]


@hooks.register("register_page_listing_more_buttons")
def offer_questions_in_lists(page: Any, user: Any, next_url: str | None = None) -> list[Button]:
    """Offer the questions where articles are listed."""
    return [_button(page)] if _takes_questions(page, user) else []


def _takes_questions(page: Any, user: Any) -> bool:
    return isinstance(page, ArticlePage) and not page.alias_of_id and bool(page.live) and may_ask(user, page)


def _button(page: ArticlePage) -> Button:
    url = reverse("annotation_questions", args=[page.pk])
    return Button(_("Questions to readers"), url=url, icon_name="help", priority=26)
