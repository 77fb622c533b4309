"""Lists of articles, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page as ListPage
from django.core.paginator import Paginator
from django.db.models import F, Window
from django.db.models.functions import RowNumber, Substr
from django.http import HttpRequest

if TYPE_CHECKING:
    from broadsheet.publication.models.pages import ArticleQuerySet, Section

PAGE_LENGTH = 20
STORIES = 6  # beside the lead on the front page
STORIES_A_SECTION = 4


def page_of(articles: ArticleQuerySet, request: HttpRequest) -> ListPage[Any]:
    """Return the page of the list that the request asks for; a number that is none, or too large, is led back."""
    return Paginator(articles.for_lists(), PAGE_LENGTH).get_page(request.GET.get("page"))


def front_page_lists(articles: ArticleQuerySet, sections: Sequence[Section]) -> dict[str, Any]:
    """Return `lead`, the newest article, `stories`, the next, and `by_section`, each section with its newest others.

    Sections with nothing left to show are left out. The number of queries does not depend on how many there are.
    """
    newest = list(articles.readable().originals().for_lists()[: STORIES + 1])
    others = articles.exclude(pk__in=[article.pk for article in newest])
    of_section = _newest_by_path(others, sections)
    return {
        "lead": newest[0] if newest else None,
        "stories": newest[1:],
        "by_section": [(section, of_section[section.path]) for section in sections if section.path in of_section],
    }


def _newest_by_path(articles: ArticleQuerySet, sections: Sequence[Section]) -> dict[str, list[Any]]:
    """The newest articles of each section, by the section's path in the tree of pages."""
    if not sections:
        return {}
    above = Substr("path", 1, len(sections[0].path))
    place = Window(RowNumber(), partition_by=[above], order_by=[F("first_published_at").desc(), F("pk").desc()])
    ranked = articles.readable().originals().annotate(place=place).filter(place__lte=STORIES_A_SECTION)
    found: dict[str, list[Any]] = {}
    for article in ranked.for_lists():
        found.setdefault(article.path[: -article.steplen], []).append(article)
    return found
