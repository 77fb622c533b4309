"""The parts of an article's page that publication draws, and what the page says of itself."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from wagtail.models import Page, Site

from broadsheet.kernel import written
from broadsheet.publication import json_ld as data
from broadsheet.publication.drawing import Arrival, Place, drawing_of, img, lead_picture_of
from broadsheet.publication.languages import direction_of, own_name
from broadsheet.publication.meta import meta_of
from broadsheet.publication.models import ArticlePage, Byline, Person, PublicationSettings
from broadsheet.publication.provenance import provenance_sentence, with_full_stop
from broadsheet.publication.public import path_of
from broadsheet.publication.rendering import story_of
from broadsheet.publication.rich_text import paragraphs_of

register = template.Library()


@register.inclusion_tag("publication/parts/provenance.html")
def provenance(article: ArticlePage) -> dict[str, Any]:
    """Where the text comes from, in one sentence; nothing for a text of our own."""
    return {"sentence": with_full_stop(provenance_sentence(article.provenance_chain))}


@register.inclusion_tag("publication/parts/bylines.html")
def bylines(article: ArticlePage) -> dict[str, Any]:
    """Who had which part in it: each role once, with everybody who had it."""
    language = get_language() or ""
    roles: dict[str, list[SafeString]] = {}
    for credit in article.credits:
        link = format_html('<a href="{}">{}</a>', credit.person.url, credit.person.name_in(language))
        roles.setdefault(credit.role, []).append(link)
    return {"roles": [(Byline.Role(role).label, _together(people)) for role, people in roles.items()]}


@register.simple_tag
def article_body(page: Page) -> SafeString:
    """The body, block by block."""
    return story_of(page).html


@register.inclusion_tag("publication/parts/questions.html")
def questions_table(article: ArticlePage) -> dict[str, Any]:
    """A table of the questions of a long interview."""
    return {"exchanges": story_of(article).listed_questions}


@register.inclusion_tag("publication/parts/corrections.html")
def corrections(article: ArticlePage) -> dict[str, Any]:
    """What was corrected, newest first."""
    return {"corrections": article.shown_corrections}


@register.inclusion_tag("publication/parts/dates.html")
def dates(article: ArticlePage) -> dict[str, Any]:
    """When it was published and corrected, and how long one reads."""
    corrected = article.shown_corrections
    return {"article": article, "corrected": corrected[0] if corrected else None, "minutes": story_of(article).minutes}


@register.inclusion_tag("publication/parts/language_versions.html", takes_context=True)
def language_versions(context: template.Context, article: ArticlePage) -> dict[str, Any]:
    """Links to the other languages' versions."""
    near = context.get("request")
    return {"links": _together([_language_link(version, near) for version in article.language_versions()])}


@register.inclusion_tag("publication/parts/lead_picture.html")
def lead_picture(article: ArticlePage) -> dict[str, Any]:
    """The picture above the text, with its caption and credit; nothing where there is none."""
    picture = lead_picture_of(article)
    drawing = drawing_of(picture, Place.LEAD, article.lead_alt) if picture else None
    return {
        "img": img(drawing, Arrival.NOW) if drawing else "",
        "caption": article.lead_caption,
        "credit": article.lead_credit or (picture.credit if picture else ""),
    }


@register.simple_tag
def portrait(person: Person) -> SafeString:
    """Somebody's picture; nothing where there is none."""
    drawing = drawing_of(person.portrait, Place.PORTRAIT, "") if person.portrait else None
    return img(drawing, Arrival.NOW) if drawing else SafeString()


@register.filter
def rich(source: str) -> SafeString:
    """Stored rich text that stands outside a story: a footer, a biography."""
    return format_html_join("\n", "<{0}>{1}</{0}>", ((part.tag, part.html) for part in paragraphs_of(source, {})))


@register.inclusion_tag("publication/parts/meta.html", takes_context=True)
def page_meta(context: template.Context, page: Page) -> dict[str, Any]:
    """What the page says of itself in its head."""
    return {"meta": meta_of(page, _identity(context), context.get("request"))}


@register.simple_tag(takes_context=True)
def json_ld(context: template.Context, article: ArticlePage, **more: Any) -> SafeString:
    """The article as data; the site may add what it alone knows: `{% json_ld article commentCount=count %}`."""
    described = data.article_json_ld(article, _identity(context), context.get("request"))
    return data.script(described | data.tidy(more))


def _language_link(version: ArticlePage, near: object | None) -> SafeString:
    code = version.language
    name, direction = own_name(code), direction_of(code)
    pattern = '<a href="{}" lang="{}" hreflang="{}" dir="{}">{}</a>'
    return format_html(pattern, path_of(version, near), code, code, direction, name)


def _together(links: list[SafeString]) -> SafeString:
    """The links one after the other, as the active language writes a list."""
    places = [f"{{{at}}}" for at in range(len(links))]
    return format_html(written.together(places, get_language() or ""), *links) if links else SafeString()


def _identity(context: template.Context) -> PublicationSettings | None:
    request = context.get("request")
    site = Site.find_for_request(request) if isinstance(request, HttpRequest) else None
    return PublicationSettings.for_request(request) if site else None
