"""The kinds of topic that publication owns: an article, and what many of its pages show."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.delivery.shown import shows
from broadsheet.delivery.topics import Figures, TopicKind, topic
from broadsheet.publication.models import ArticlePage, Correction

# `lists` changes with every article; `everywhere` with what is on any page: names, pictures, navigation, settings.
PUBLICATION_TOPICS = ("lists", "everywhere")


def _readable(key: str) -> ArticlePage | None:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    article: ArticlePage | None = ArticlePage.objects.readable().filter(pk=int(key)).first()
    return article


def _title(key: str) -> str:
    article = _readable(key)
    return article.title if article else ""


def _url(key: str) -> str:
    article = _readable(key)
    return (article.url or "") if article else ""


def show_publication() -> None:
    """Say that the answer at hand shows something that any page may show, and lists of articles."""
    shows(*(topic("publication", key) for key in PUBLICATION_TOPICS))


def _figures(key: str, names: Collection[str]) -> Mapping[str, Figures]:
    """How many mistakes were put right, in the original where the story stands in a second place."""
    article = _readable(key)
    corrected = (
        Correction.objects.filter(page=article.alias_of_id or article.pk) if article else Correction.objects.none()
    )
    return {"": {"corrections": corrected.count()}}


ARTICLE = TopicKind(
    name="article", title=_title, url=_url, may_see=lambda key: _readable(key) is not None, figures=_figures
)
PUBLICATION = TopicKind(
    name="publication",
    title=lambda key: _("The publication"),
    url=lambda key: reverse("wagtail_serve", args=[""]),
    may_see=lambda key: key in PUBLICATION_TOPICS,
)
