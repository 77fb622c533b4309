"""Articles as a list shows them, with all that a list needs fetched for the whole list at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page

from broadsheet.discussion.models import Thread
from broadsheet.discussion.reading import comment_counts
from broadsheet.kernel import written
from broadsheet.publication.drawing import Arrival, Place, drawing_of, fetch_renditions, img
from broadsheet.publication.models import ArticlePage, Byline, Section

FULL_ROW = 3  # stories stand side by side on the front page
MOST_DISCUSSED = 4
# Of these, the most discussed are named: a front page is about these weeks, not about what was loved ten years ago.
NEWEST = 60


@dataclass(frozen=True)
class Story:
    """An article in a list."""

    article: ArticlePage
    url: str
    section: Section | None
    section_url: str
    byline: str
    comments: int
    picture: SafeString


@dataclass(frozen=True)
class Desk:
    """A row of stories on the front page, under one heading; without a url where they are of several sections."""

    name: str
    title: str
    url: str
    stories: list[Story]


def stories_of(
    articles: Sequence[ArticlePage], request: HttpRequest, place: Place = Place.LIST, arrival: Arrival = Arrival.NEAR
) -> list[Story]:
    """Return the articles as stories, in their order; the number of queries does not depend on how many they are.

    `articles` come from `for_lists()`, so that bylines and pictures are at hand.
    """
    fetch_renditions([article.lead_picture for article in articles if article.lead_picture], place)
    sections = _sections_of(articles)
    counts = comment_counts(articles)
    return [
        Story(
            article=article,
            url=article.get_url(request) or "",
            section=(section := sections.get(_path_above(article))),
            section_url=(section.get_url(request) or "") if section else "",
            byline=byline_of(article),
            comments=counts[article.pk],
            picture=_picture_of(article, place, arrival),
        )
        for article in articles
    ]


def desks_of(by_section: Sequence[tuple[Section, Sequence[ArticlePage]]], request: HttpRequest) -> list[Desk]:
    """Return a desk for every section that fills a row, and one for what the other sections have, the newest first."""
    articles = [article for _of, group in by_section for article in group]
    stories = {story.article.pk: story for story in stories_of(articles, request)}
    desks = [
        Desk(str(section.pk), section.title, section.get_url(request) or "", [stories[a.pk] for a in group])
        for section, group in by_section
        if len(group) >= FULL_ROW
    ]
    others = [stories[a.pk] for _of, group in by_section if len(group) < FULL_ROW for a in group]
    others.sort(key=lambda story: story.article.first_published_at or story.article.last_published_at, reverse=True)
    return [*desks, *([Desk("others", _("More from the paper"), "", others)] if others else [])]


def most_discussed(language: str) -> list[ArticlePage]:
    """Return those of a language's newest articles that most is said about, the most first."""
    newest = ArticlePage.objects.in_language(language).readable().originals()
    keys = list(newest.values_list("translation_key", flat=True)[:NEWEST])
    threads = Thread.objects.filter(translation_key__in=keys, comment_count__gt=0).order_by("-comment_count", "-pk")
    ranked = list(threads.values_list("translation_key", flat=True)[:MOST_DISCUSSED])
    articles = newest.for_lists().filter(translation_key__in=ranked)
    return sorted(articles, key=lambda article: ranked.index(article.translation_key))


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


def _picture_of(article: ArticlePage, place: Place, arrival: Arrival) -> SafeString:
    drawing = drawing_of(article.lead_picture, place, article.lead_alt) if article.lead_picture else None
    return img(drawing, arrival) if drawing else SafeString()


def _sections_of(articles: Sequence[ArticlePage]) -> dict[str, Section]:
    paths = {_path_above(article) for article in articles}
    return {section.path: section for section in Section.objects.filter(path__in=paths)} if paths else {}


def _path_above(page: Page) -> str:
    return str(page.path[: -page.steplen])
