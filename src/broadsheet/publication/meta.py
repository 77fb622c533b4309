"""What a page says of itself in its head: to search engines, and to sites where somebody shares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from wagtail.models import Page

from broadsheet.publication.json_ld import picture_of
from broadsheet.publication.models import ArticlePage, PublicationSettings
from broadsheet.publication.public import canonical_address_of
from broadsheet.publication.rich_text import printable

DESCRIPTION_LENGTH = 300  # characters; what shows a description cuts it sooner


@dataclass(frozen=True)
class Meta:
    """A page in a few words. `picture` has url, width, height and alt; `properties` are Open Graph's for articles."""

    address: str
    title: str
    description: str
    kind: str
    site_name: str
    locale: str
    default_version: str
    picture: dict[str, Any]
    properties: tuple[tuple[str, str], ...]


def meta_of(page: Page, identity: PublicationSettings | None, near: object | None = None) -> Meta:
    """Return what `page` says of itself; words that are only its looks (its picture, its dates) for articles."""
    article = page if isinstance(page, ArticlePage) else None
    words = page.search_description or getattr(page, "standfirst", "") or getattr(page, "introduction", "")
    return Meta(
        address=canonical_address_of(page, near),
        title=printable(page.seo_title or page.title),
        description=printable(" ".join((words or getattr(page, "motto", "")).split())[:DESCRIPTION_LENGTH]),
        kind="article" if article else "website",
        site_name=identity.name if identity else "",
        locale=page.locale.language_code.replace("-", "_"),
        default_version=_default_version(article, near) if article else "",
        picture=_picture(article) if article else {},
        properties=tuple(_properties(article)) if article else (),
    )


def _default_version(article: ArticlePage, near: object | None) -> str:
    """The version for readers of none of the languages, where there is a choice: the main language's."""
    main = next((version for version in article.versions if version.language == settings.LANGUAGE_CODE), None)
    return canonical_address_of(main, near) if main and len(article.versions) > 1 else ""


def _picture(article: ArticlePage) -> dict[str, Any]:
    picture = picture_of(article)
    if "url" not in picture or article.lead_picture is None:
        return {}
    return picture | {"alt": article.lead_alt or article.lead_picture.default_alt_text}


def _properties(article: ArticlePage) -> list[tuple[str, str]]:
    times = {
        "article:published_time": article.first_published_at,
        "article:modified_time": article.last_published_at,
    }
    said = [(name, time.isoformat(timespec="seconds")) for name, time in times.items() if time]
    if article.section:
        said.append(("article:section", article.section.title))
    return [*said, *(("article:tag", tag.name) for tag in article.filed_under)]
