"""Articles as a list shows them, with all that a list needs fetched for the whole list at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page

from broadsheet.delivery.shown import shows
from broadsheet.delivery.topics import every
from broadsheet.discussion.models import Thread
from broadsheet.discussion.reading import comment_counts
from broadsheet.kernel import written
from broadsheet.publication.drawing import Arrival, Place, drawing_of, fetch_renditions, img
from broadsheet.publication.models import ArticlePage, Byline, Section
from broadsheet.site.context import Frame, frame_of

FULL_ROW = 3  # stories stand side by side on the front page
BESIDE_LEAD = 3
MOST_DISCUSSED = 4
# Of these, the most discussed are named: a front page is about these weeks, not about what was loved ten years ago.
NEWEST = 60


@dataclass(frozen=True)
class Story:
    """An article in a list."""

    article: ArticlePage
    url: str
    section: Page | None
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


@dataclass(frozen=True)
class FrontStories:
    """The stories of a front page: the first, those beside it, and the rows below them."""

    lead: Story
    beside: list[Story]
    desks: list[Desk]


@dataclass(frozen=True)
class Discussed:
    """An article that much is said about."""

    title: str
    url: str
    comments: int


def stories_of(articles: Sequence[ArticlePage], request: HttpRequest) -> list[Story]:
    """Return the articles as stories, in their order; the number of queries does not depend on how many they are.

    `articles` come from `for_lists()`, so that bylines and pictures are at hand.
    """
    fetch_renditions([article.lead_picture for article in articles if article.lead_picture], Place.LIST)
    return _stories(articles, frame_of(request), Place.LIST, Arrival.NEAR)


def front_stories_of(
    lead: ArticlePage,
    others: Sequence[ArticlePage],
    by_section: Sequence[tuple[Section, Sequence[ArticlePage]]],
    request: HttpRequest,
) -> FrontStories:
    """Return the stories of a front page; their number of queries does not depend on how many they are."""
    frame = frame_of(request)
    below = [article for _section, group in by_section for article in group]
    pictures = [article.lead_picture for article in (lead, *others, *below) if article.lead_picture]
    fetch_renditions(pictures, Place.FRONT, Place.LIST)
    counts = comment_counts([lead, *others, *below])
    [first] = _stories([lead], frame, Place.FRONT, Arrival.NOW, counts)
    rest = _stories([*others, *below], frame, Place.LIST, Arrival.NEAR, counts)
    latest, rest = rest[: len(others)], rest[len(others) :]
    desks = [Desk("latest", _("Latest"), "", latest[BESIDE_LEAD:])] if latest[BESIDE_LEAD:] else []
    return FrontStories(first, latest[:BESIDE_LEAD], [*desks, *_desks(by_section, rest, frame)])


def most_discussed(request: HttpRequest) -> list[Discussed]:
    """Return those of the active language's newest articles that most is said about, the most first."""
    shows(every("thread"))
    newest = ArticlePage.objects.in_language(get_language() or "").readable().originals()
    keys = newest.values("translation_key")[:NEWEST]
    talked = Thread.objects.filter(translation_key__in=keys, comment_count__gt=0, is_off=False)
    threads = talked.order_by("-comment_count", "-pk")
    counts = dict(threads.values_list("translation_key", "comment_count")[:MOST_DISCUSSED])
    articles = newest.filter(translation_key__in=counts).select_related("locale").defer_streamfields() if counts else []
    discussed = [
        Discussed(article.title, frame_of(request).url_of(article), counts[article.translation_key])
        for article in articles
    ]
    return sorted(discussed, key=lambda article: -article.comments)


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


def _stories(
    articles: Sequence[ArticlePage],
    frame: Frame,
    place: Place,
    arrival: Arrival,
    counts: dict[int, int] | None = None,
) -> list[Story]:
    known = comment_counts(articles) if counts is None else counts
    sections = {page.path: page for page in frame.children}
    return [
        Story(
            article=article,
            url=frame.url_of(article),
            section=(section := sections.get(_path_above(article))),
            section_url=frame.url_of(section),
            byline=byline_of(article),
            comments=known[article.pk],
            picture=_picture_of(article, place, arrival),
        )
        for article in articles
    ]


def _desks(
    by_section: Sequence[tuple[Section, Sequence[ArticlePage]]], stories: Sequence[Story], frame: Frame
) -> list[Desk]:
    """Return a desk for every section that fills a row, and one for what the other sections have, the newest first."""
    by_article = {story.article.pk: story for story in stories}
    rows = [(section, [by_article[article.pk] for article in group]) for section, group in by_section]
    desks = [
        Desk(str(section.pk), section.title, frame.url_of(section), row)
        for section, row in rows
        if len(row) >= FULL_ROW
    ]
    others = [story for _section, row in rows if len(row) < FULL_ROW for story in row]
    others.sort(key=lambda story: story.article.first_published_at or story.article.last_published_at, reverse=True)
    return [*desks, *([Desk("others", _("More from the paper"), "", others)] if others else [])]


def _picture_of(article: ArticlePage, place: Place, arrival: Arrival) -> SafeString:
    drawing = drawing_of(article.lead_picture, place, article.lead_alt) if article.lead_picture else None
    return img(drawing, arrival) if drawing else SafeString()


def _path_above(page: Page) -> str:
    return str(page.path[: -page.steplen])
