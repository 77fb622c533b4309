"""Atom feeds: what is new, in all or in a section, and what was corrected."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape, format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import condition, require_safe
from wagtail.models import Page, Site

from broadsheet.publication.freshness import etag_of_publication
from broadsheet.publication.models import (
    ArticlePage,
    ArticleQuerySet,
    Byline,
    Correction,
    FrontPage,
    PublicationSettings,
    Section,
)
from broadsheet.publication.provenance import provenance_sentence, with_full_stop
from broadsheet.publication.public import absolute, canonical_address_of
from broadsheet.publication.rendering import story_of
from broadsheet.publication.restrictions import is_restricted
from broadsheet.publication.rich_text import printable
from broadsheet.publication.views import articles_here

ENTRIES = 20

_SOURCES = re.compile(r' (?:srcset|sizes|loading|decoding|fetchpriority|data-block|class|id)="[^"]*"')
_OWN_LINK = re.compile(r' (href|src)="/')
_PLACE_LINK = re.compile(r' href="#')
_AUTHORS = (Byline.Role.WRITER, Byline.Role.INTERVIEWER)


class Feed(Atom1Feed):
    """An Atom feed whose entries have all their authors, their own language and their whole text."""

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        """Say in which language an entry is written."""
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Write an entry; its authors besides the first, and its text as HTML, come last."""
        super().add_item_elements(handler, item)
        for name, uri in item["authors"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", name)
            if uri:
                handler.addQuickElement("uri", uri)
            handler.endElement("author")
        handler.addQuickElement("content", item["content"], {"type": "html"})


@require_safe
@condition(etag_func=etag_of_publication)
def newest(request: HttpRequest) -> HttpResponse:
    """Answer with the newest articles in the active language."""
    front = _front_page()
    feed = _feed(request, front, description=front.motto if front else "")
    return _answer(request, feed, articles_here())


@require_safe
@condition(etag_func=etag_of_publication)
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the newest articles of a section."""
    sections = Section.objects.live().exclude(is_restricted()).filter(locale__language_code=get_language())
    shown = get_object_or_404(sections, slug=slug)
    feed = _feed(request, shown, part=shown.title, description=shown.introduction)
    return _answer(request, feed, shown.articles())


@require_safe
@condition(etag_func=etag_of_publication)
def corrections(request: HttpRequest) -> HttpResponse:
    """Answer with the newest corrections to articles in the active language."""
    feed = _feed(request, None, part=_("Corrections"))
    feed.feed["link"] = absolute(reverse("publication:corrections"))
    found = Correction.objects.of_articles(articles_here()).select_related("page", "page__locale")
    for correction in found[:ENTRIES]:
        address = f"{canonical_address_of(correction.page, request)}#{correction.element_id}"
        title = _("Correction: %(headline)s") % {"headline": correction.page.title}
        text = printable(correction.text)
        add_entry(
            feed,
            title=title,
            address=address,
            key=uuid.uuid5(correction.page.translation_key, f"{correction.page.language}/{correction.pk}"),
            published=correction.at,
            updated=correction.at,
            language=correction.page.language,
            summary=text,
            content=format_html("<p>{}</p>", text),
        )
    return written_feed(feed)


def _answer(request: HttpRequest, feed: Feed, articles: ArticleQuerySet) -> HttpResponse:
    dated = articles.exclude(first_published_at=None)
    for article in dated.for_lists().prefetch_related("provenance_steps", "tagged_items__tag")[:ENTRIES]:
        add_entry(
            feed,
            title=article.title,
            address=canonical_address_of(article, request),
            key=uuid.uuid5(article.translation_key, article.language),
            published=article.first_published_at,
            updated=article.last_published_at or article.first_published_at,
            language=article.language,
            summary=article.standfirst,
            content=content_of(article, canonical_address_of(article, request)),
            authors=_authors(article),
            categories=[printable(item.tag.name) for item in article.tagged_items.all()],
        )
    return written_feed(feed)


def content_of(article: ArticlePage, address: str) -> str:
    """Return the article as a feed reader shows it: standfirst, provenance, text; every link in it an absolute one.

    `address` is the article's own, which links to places within it need.
    """
    sentence = with_full_stop(provenance_sentence(article.provenance_chain))
    parts = [
        format_html("<p><strong>{}</strong></p>", article.standfirst) if article.standfirst else "",
        format_html("<p><em>{}</em></p>", sentence.html) if sentence else "",
        story_of(article).html,
    ]
    html = _SOURCES.sub("", "\n".join(part for part in parts if part))
    html = _OWN_LINK.sub(lambda found: f' {found[1]}="{absolute("/")}', html)
    return printable(_PLACE_LINK.sub(f' href="{address}#', html))


def _authors(article: ArticlePage) -> list[tuple[str, str]]:
    """The names, with their pages' addresses, of who wrote it; of everybody it names where nobody is said to have."""
    writers = [credit for credit in article.credits if credit.role in _AUTHORS] or article.credits
    people = {credit.person_id: credit.person for credit in writers}.values()
    return [(printable(person.name_in(article.language)), absolute(person.url)) for person in people]


def _feed(request: HttpRequest, page: Page | None, *, part: str = "", description: str = "") -> Feed:
    """An empty feed of what stands on `page`, the front page if that is None."""
    front = page if isinstance(page, FrontPage) else _front_page()
    name = front.title if front else _name(request)
    shown = page or front
    return Feed(
        title=printable(f"{name}: {part}" if part else name),
        link=(canonical_address_of(shown, request) if shown else "") or absolute(reverse("wagtail_serve", args=[""])),
        description="",
        subtitle=printable(description) or None,
        language=get_language(),
        author_name=printable(name),
        feed_url=absolute(request.path),
        feed_guid=absolute(request.path),
    )


def _front_page() -> FrontPage | None:
    front: FrontPage | None = (
        FrontPage.objects.live().exclude(is_restricted()).filter(locale__language_code=get_language()).first()
    )
    return front


def _name(request: HttpRequest) -> str:
    site = Site.find_for_request(request)
    return PublicationSettings.for_site(site).name if site else ""


def add_entry(
    feed: Feed,
    *,
    title: str,
    address: str,
    key: uuid.UUID,
    published: Any,
    updated: Any,
    language: str,
    summary: str,
    content: str,
    authors: Iterable[tuple[str, str]] = (),
    categories: Iterable[str] = (),
    **besides: Any,
) -> None:
    """Add an entry; whatever a person typed may stand in it as it is, `content` is HTML."""
    feed.add_item(
        title=printable(title),
        link=address,
        description=escape(printable(summary)),  # written as HTML
        unique_id=key.urn,
        pubdate=published,
        updateddate=updated,
        categories=list(categories),
        language=language,
        content=content,
        authors=list(authors),
        **besides,
    )


def written_feed(feed: Feed) -> HttpResponse:
    """Answer with a feed."""
    return HttpResponse(feed.writeString("utf-8"), content_type=Feed.content_type)
