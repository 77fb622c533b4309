"""The map of everything readable, for search engines: every page with its language versions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import condition, require_safe
from wagtail.models import Page

from broadsheet.publication.freshness import etag_of_publication
from broadsheet.publication.models import ArticlePage, FrontPage, Section, StandardPage
from broadsheet.publication.public import absolute, address_of
from broadsheet.publication.restrictions import is_restricted

# A search engine takes 50,000 addresses at a time; each of ours may bring a few versions along.
PAGES_A_PART = 5_000


@require_safe
@condition(etag_func=etag_of_publication)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Answer with the map, or with the list of its parts if it is a long one; `part` asks for one of these."""
    pages = (
        Page.objects.live()
        .exclude(is_restricted())
        .filter(alias_of=None)
        .type(ArticlePage, Section, FrontPage, StandardPage)
    )
    parts = max(1, -(-pages.count() // PAGES_A_PART))
    asked = request.GET.get("part", "1" if parts == 1 else "")
    if not asked:
        addresses = [f"{absolute(request.path)}?part={part}" for part in range(1, parts + 1)]
        return _xml(request, "sitemap_parts.xml", {"parts": addresses})
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6 and 1 <= int(asked) <= parts):
        raise Http404
    start = (int(asked) - 1) * PAGES_A_PART
    # A page and its versions lie together, so that few are parted from each other.
    slice_of = pages.select_related("locale").order_by("translation_key", "pk")[start : start + PAGES_A_PART]
    return _xml(request, "sitemap.xml", {"entries": list(_entries(slice_of, request))})


def _entries(pages: Iterable[Page], request: HttpRequest) -> Iterable[dict[str, object]]:
    for _key, group in groupby(pages, key=lambda page: page.translation_key):
        versions = [(page, address) for page in group if (address := address_of(page, request))]
        alternates = [(page.locale.language_code, address) for page, address in versions]
        for page, address in versions:
            yield {
                "address": address,
                "changed": page.last_published_at,
                "alternates": alternates if len(alternates) > 1 else [],
            }


def _xml(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    return render(request, f"publication/{template}", context, content_type="application/xml; charset=utf-8")
