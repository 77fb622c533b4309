"""The editors' side of publication in Wagtail's admin: lists, the workbench, the home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.admin.widgets.button import Button

from broadsheet.publication import workbench_views
from broadsheet.publication.models import ArticlePage, Byline, Person, StandardPage

DRAFTS_SHOWN = 8


class ArticleListing(PageListingViewSet):
    """All articles, wherever they stand in the tree."""

    model = ArticlePage
    name = "publication_articles"
    url_prefix = "articles"
    icon = "doc-full"
    menu_label = _("Articles")
    menu_order = 90
    add_to_admin_menu = True


class StandardPageListing(PageListingViewSet):
    """The pages that are no stories."""

    model = StandardPage
    name = "publication_standard_pages"
    url_prefix = "standard-pages"
    icon = "doc-empty"
    menu_label = _("Standard pages")
    menu_order = 95
    add_to_admin_menu = True


@hooks.register("register_admin_viewset")
def register_article_listing() -> ArticleListing:
    """Let editors work from the list of articles."""
    return ArticleListing()


@hooks.register("register_admin_viewset")
def register_standard_page_listing() -> StandardPageListing:
    """Let editors find imprint and privacy without a tree."""
    return StandardPageListing()


@hooks.register("register_admin_urls")
def register_workbench() -> list[URLPattern]:
    """Give the workbench its addresses."""
    return [
        path("interviews/new/", workbench_views.new_interview, name="publication_new_interview"),
        path("interviews/<int:pk>/", workbench_views.append_interview, name="publication_append_interview"),
    ]


class WorkbenchMenuItem(MenuItem):
    """Shown to those who may write somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether there is a section this person may write in."""
        return bool(workbench_views.sections_open_to(request.user))  # type: ignore[arg-type]


@hooks.register("register_admin_menu_item")
def register_workbench_menu_item() -> WorkbenchMenuItem:
    """Put the workbench beside the articles."""
    return WorkbenchMenuItem(
        _("Paste an interview"),
        reverse("publication_new_interview"),
        icon_name="group",
        order=92,
        name="paste-interview",
    )


@hooks.register("register_page_header_buttons")
def offer_the_workbench(page: Any, user: Any, view_name: str, next_url: str | None = None) -> list[Button]:
    """Offer the workbench from the article's own menu."""
    if view_name != "edit" or not isinstance(page, ArticlePage) or not page.permissions_for_user(user).can_edit():
        return []
    url = reverse("publication_append_interview", args=[page.pk])
    return [Button(_("Paste an interview"), url=url, icon_name="group", priority=25)]


class EditorsPanel(Component):
    """The first thing on the admin's home: write something, or go on with what is half-written."""

    name = "publication_editors"
    template_name = "publication/admin/home.html"
    order = 50

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """What this person may write, and the drafts that wait."""
        request: HttpRequest = parent_context["request"]
        drafts = ArticlePage.objects.filter(Q(live=False) | Q(has_unpublished_changes=True))
        mine = [
            page
            for page in drafts.order_by("-latest_revision_created_at")[: DRAFTS_SHOWN * 3]
            if _may_edit(page, request)
        ]
        return {
            "may_write": bool(workbench_views.sections_open_to(request.user)),  # type: ignore[arg-type]
            "drafts": mine[:DRAFTS_SHOWN],
        }


@hooks.register("construct_homepage_panels")
def put_editors_first(request: HttpRequest, panels: list[Component]) -> None:
    """Put what editors came for above Wagtail's own panels."""
    panels.append(EditorsPanel())


@hooks.register("construct_page_chooser_queryset")
def keep_drafts_among_writers(pages: Any, request: HttpRequest) -> Any:
    """Let those who write nowhere choose among what is published only; Wagtail shows every draft's headline to all."""
    return pages if workbench_views.sections_open_to(request.user) else pages.filter(live=True)  # type: ignore[arg-type]


@hooks.register("before_delete_snippet")
def keep_people_who_stand_by_stories(request: HttpRequest, snippets: Iterable[Any]) -> HttpResponse | None:
    """Say why somebody cannot be deleted whom an article names; the database would only fail."""
    people = [snippet for snippet in snippets if isinstance(snippet, Person)]
    if not Byline.objects.filter(person__in=people).exists():
        return None
    messages.error(request, _("This person stands by an article. Take the name from its bylines first."))
    return redirect("wagtailsnippets_publication_person:list")


def _may_edit(page: ArticlePage, request: HttpRequest) -> bool:
    return bool(page.permissions_for_user(request.user).can_edit())
