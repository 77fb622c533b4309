"""The newsroom's list of discussions, where moderators close one and open it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.discussion.actions import close_thread, open_thread_again
from broadsheet.discussion.models import Thread
from broadsheet.moderation.desk_views import moderator_of, moderators_only
from broadsheet.publication.models import ArticlePage

PER_PAGE = 50


@moderators_only
@require_safe
def threads(request: HttpRequest) -> HttpResponse:
    """Show all discussions, the latest begun first."""
    versions = ArticlePage.objects.filter(translation_key=OuterRef("translation_key")).order_by("pk")
    found: QuerySet[Any] = Thread.objects.annotate(headline=Subquery(versions.values("title")[:1])).order_by("-pk")
    paginator = WagtailPaginator(found.filter(headline__isnull=False), PER_PAGE)
    shown = paginator.get_page(request.GET.get("p"))
    context = {
        "items": shown,
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "page_title": _("Discussions"),
        "header_icon": "comment",
    }
    return render(request, "discussion/newsroom/threads.html", context)


@moderators_only
@require_safe
def one(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show how the discussion of one article stands; nobody needs to have written there."""
    article = _article(key)
    context = {
        "thread": Thread.objects.of(article),
        "page_title": _("Discussion"),
        "page_subtitle": article.title,
        "header_icon": "comment",
    }
    return render(request, "discussion/newsroom/one.html", context)


@moderators_only
@require_POST
def close(request: HttpRequest, key: UUID) -> HttpResponse:
    """Close the discussion of an article."""
    article = _article(key)
    close_thread(Thread.objects.of(article), by=moderator_of(request))
    messages.success(request, _("The discussion of {headline} is closed.").format(headline=article.title))
    return _back(request, key)


@moderators_only
@require_POST
def open_again(request: HttpRequest, key: UUID) -> HttpResponse:
    """Open the discussion of an article again."""
    article = _article(key)
    open_thread_again(Thread.objects.of(article), by=moderator_of(request))
    messages.success(request, _("The discussion of {headline} is open again.").format(headline=article.title))
    return _back(request, key)


def _back(request: HttpRequest, key: UUID) -> HttpResponse:
    return redirect("discussion_threads") if request.POST.get("from") == "list" else redirect("discussion_one", key)


def _article(key: UUID) -> ArticlePage:
    """The first version of an article, however it stands: the newsroom sees its own drafts."""
    article: ArticlePage | None = ArticlePage.objects.filter(translation_key=key, alias_of=None).order_by("pk").first()
    if article is None:
        raise Http404
    return article
