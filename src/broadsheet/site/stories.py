"""Articles as a list shows them, with all that a list needs fetched for the whole list at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page

from broadsheet.kernel import written
from broadsheet.publication.models import ArticlePage, Byline, Section


@dataclass(frozen=True)
class Story:
    """An article in a list."""

    article: ArticlePage
    url: str
    section: Section | None
    section_url: str
    byline: str


def stories_of(articles: Sequence[ArticlePage], request: HttpRequest) -> list[Story]:
    """Return the articles as stories, in their order; the number of queries does not depend on how many they are.

    `articles` come from `for_lists()`, so that bylines and pictures are at hand.
    """
    pictures = [article.lead_picture for article in articles if article.lead_picture]
    if pictures:
        prefetch_related_objects(pictures, "renditions")
    sections = _sections_of(articles)
    return [_story(article, sections.get(_path_above(article)), request) for article in articles]


def byline_of(article: ArticlePage) -> str:
    """Return who made an article in one line, as its own language says it; '' where nobody is named."""
    language = get_language() or ""
    names: dict[str, list[str]] = {}
    for byline in article.bylines.all():
        names.setdefault(byline.role, []).append(byline.person.name_in(language))
    authors = written.together([*names.get(Byline.Role.WRITER, []), *names.get(Byline.Role.INTERVIEWER, [])], language)
    translators = written.together(names.get(Byline.Role.TRANSLATOR, []), language)
    if authors and translators:
        return _("%(authors)s; translated by %(translators)s") % {"authors": authors, "translators": translators}
    if translators:
        return _("Translated by %(translators)s") % {"translators": translators}
    return authors


def _story(article: ArticlePage, section: Section | None, request: HttpRequest) -> Story:
    return Story(
        article=article,
        url=article.get_url(request) or "",
        section=section,
        section_url=(section.get_url(request) or "") if section else "",
        byline=byline_of(article),
    )


def _sections_of(articles: Sequence[ArticlePage]) -> dict[str, Section]:
    paths = {_path_above(article) for article in articles}
    return {section.path: section for section in Section.objects.filter(path__in=paths)} if paths else {}


def _path_above(page: Page) -> str:
    return str(page.path[: -page.steplen])
