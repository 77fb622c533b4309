"""What readers look through: search, archive, people, tags, corrections; and the publication's colours."""

from __future__ import annotations

import datetime
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe
from taggit.models import Tag
from wagtail.models import Site

from broadsheet.kernel import written
from broadsheet.publication import colour
from broadsheet.publication.freshness import etag_of_publication
from broadsheet.publication.lists import PAGE_LENGTH, page_of
from broadsheet.publication.models import (
    ArticlePage,
    ArticleQuerySet,
    Correction,
    Person,
    PublicationSettings,
)
from broadsheet.publication.search import found_articles, read_query
from broadsheet.publication.topics import show_publication

COLOURS_KEPT = "public, max-age=31536000, immutable"  # under their own address


def articles_here() -> ArticleQuerySet:
    """Return what a reader may read in the active language, newest first."""
    show_publication()
    articles: ArticleQuerySet = ArticlePage.objects.in_language(get_language() or "").readable().originals()
    return articles


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find articles by their words; any query at all is an answerable one."""
    query = read_query(request.GET.get("q", ""))
    found = found_articles(articles_here(), query)
    heading = _("Search") if not query else _("Search: %(query)s") % {"query": query}
    return render(
        request,
        "publication/search.html",
        {"query": query, "articles": page_of(found, request), "heading": heading},
    )


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """Show every month that something was published in, newest first, with how much."""
    counted = (
        articles_here()
        .order_by()
        .annotate(month=TruncMonth("first_published_at"))
        .exclude(month=None)
        .values_list("month", flat=False)
        .annotate(count=Count("pk"))
        .order_by("-month")
    )
    months = [{"month": timezone.localtime(month).date(), "count": count} for month, count in counted]
    years = [(year, list(group)) for year, group in groupby(months, key=lambda entry: entry["month"].year)]
    return render(request, "publication/archive.html", {"years": years, "heading": _("Archive")})


@require_safe
def archive_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Show what was published in one month, by the publication's clock."""
    try:
        first = datetime.date(year, month, 1)
        begin, end = _midnight(first), _midnight(datetime.date(year + month // 12, month % 12 + 1, 1))
    except (ValueError, OverflowError):
        raise Http404 from None
    articles = articles_here().filter(first_published_at__gte=begin, first_published_at__lt=end)
    heading = written.month(first, get_language() or "")
    return render(
        request,
        "publication/archive.html",
        {"articles": page_of(articles, request), "month": first, "heading": heading},
    )


@require_safe
def person(request: HttpRequest, slug: str) -> HttpResponse:
    """Show somebody of the newsroom, with what they wrote in the active language.

    Somebody of whom readers can find neither a line nor a word about them is not shown to exist.
    """
    shown = get_object_or_404(Person.objects.select_related("portrait").with_words(), slug=slug)
    language = get_language() or ""
    named = ArticlePage.objects.filter(pk__in=shown.bylines.values("page"))
    if not shown.biographies.all() and not named.readable().exists():
        raise Http404
    articles = articles_here().filter(pk__in=shown.bylines.values("page"))
    context = {
        "person": shown,
        "biography": shown.biography_in(language),
        "articles": page_of(articles, request),
        "heading": shown.name_in(language),
    }
    return render(request, "publication/person.html", context)


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is filed under a word; a word that only drafts bear is not shown to exist."""
    shown = get_object_or_404(Tag, slug=slug)
    articles = articles_here().filter(pk__in=shown.publication_articletag_items.values("content_object"))
    if not articles.exists():
        raise Http404
    context = {"tag": shown, "articles": page_of(articles, request), "heading": shown.name}
    return render(request, "publication/tag.html", context)


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """Show every correction to articles in the active language, newest first."""
    found = Correction.objects.of_articles(articles_here()).select_related("page", "page__locale")
    context: dict[str, Any] = {
        "corrections": Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page")),
        "heading": _("Corrections"),
    }
    return render(request, "publication/corrections.html", context)


@require_safe
@condition(etag_func=etag_of_publication)
def colours(request: HttpRequest) -> HttpResponse:
    """Answer with the publication's own colours as a stylesheet, laid over the design's; `v` names which are meant."""
    site = Site.find_for_request(request)
    palette = PublicationSettings.for_site(site).palette if site else colour.palette_of(colour.DEFAULT_ACCENT)
    response = HttpResponse(colour.stylesheet(palette), content_type="text/css; charset=utf-8")
    if request.GET.get("v") == colour.name_of(palette):
        response["Cache-Control"] = COLOURS_KEPT
    return response


def _midnight(day: datetime.date) -> datetime.datetime:
    # In UTC already: the year 1 began in Oslo before any year that Python knows.
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time())).astimezone(datetime.UTC)
