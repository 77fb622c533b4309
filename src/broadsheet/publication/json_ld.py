"""An article as data, in the words of schema.org."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override
from wagtail.images.models import SourceImageIOError

from broadsheet.publication.drawing import SHARED, lead_picture_of
from broadsheet.publication.models import ArticlePage, Byline, Correction, Person, Picture, PublicationSettings
from broadsheet.publication.provenance import provenance_json_ld
from broadsheet.publication.public import absolute, canonical_address_of
from broadsheet.publication.rendering import Exchange, Turn, story_of
from broadsheet.publication.rich_text import printable

# In a script element only these end it or begin a comment; as JSON escapes they mean the same.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_PROPERTIES = {
    Byline.Role.WRITER: "author",
    Byline.Role.INTERVIEWER: "author",
    Byline.Role.TRANSLATOR: "translator",
    Byline.Role.EDITOR: "editor",
    Byline.Role.PHOTOGRAPHER: "contributor",
}


def script(data: dict[str, Any]) -> SafeString:
    """Write `data` as a data block of a page: nothing in it can end the block, and no browser runs it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped


def article_json_ld(
    article: ArticlePage, identity: PublicationSettings | None, near: object | None = None
) -> dict[str, Any]:
    """Describe an article as readers get it, in its own language; what is unknown is left out."""
    with override(article.language):
        address = canonical_address_of(article, near)
        story = story_of(article)
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "@id": address,
            "url": address,
            "mainEntityOfPage": address,
            "headline": article.title,
            "description": article.standfirst,
            "inLanguage": article.language,
            "datePublished": _time(article.first_published_at),
            "dateModified": _time(article.last_published_at or article.first_published_at),
            "articleSection": article.section.title if article.section else "",
            "keywords": [tag.name for tag in article.filed_under],
            "timeRequired": f"PT{story.minutes}M",
            "isAccessibleForFree": True,
            "image": picture_of(article),
            "publisher": publisher(identity),
            **_joined(_people(article), provenance_json_ld(article.provenance_chain)),
            "workTranslation": [_version(version, near) for version in article.language_versions()],
            "hasPart": [_question(exchange, address) for exchange in story.exchanges],
            "correction": [_correction(correction) for correction in article.shown_corrections],
        }
    tidied: dict[str, Any] = tidy(data)
    return tidied


def publisher(identity: PublicationSettings | None) -> dict[str, Any]:
    """Describe the publication itself."""
    if identity is None or not identity.name:
        return {}
    logo = _image(identity.logo, "max-600x600|format-png") if identity.logo else {}
    return {"@type": "NewsMediaOrganization", "name": identity.name, "url": f"{settings.PUBLIC_ADDRESS}/", "logo": logo}


def picture_of(article: ArticlePage) -> dict[str, Any]:
    """Describe the article's lead picture as other sites show it."""
    picture = lead_picture_of(article)
    if picture is None:
        return {}
    return _image(picture, SHARED) | {
        "caption": article.lead_caption,
        "creditText": article.lead_credit or picture.credit,
    }


def tidy(value: Any) -> Any:
    """Return `value` without empty members and without characters that nothing can show."""
    if isinstance(value, dict):
        members = ((key, tidy(member)) for key, member in value.items())
        return {key: member for key, member in members if member not in ("", None, [], {})}
    if isinstance(value, list | tuple):
        return [member for member in map(tidy, value) if member not in ("", None, [], {})]
    return printable(value) if isinstance(value, str) else value


def _people(article: ArticlePage) -> dict[str, list[dict[str, Any]]]:
    people: dict[str, list[dict[str, Any]]] = {}
    for credit in article.credits:
        described = _person(credit.person, article.language)
        found = people.setdefault(_PROPERTIES[Byline.Role(credit.role)], [])
        if described not in found:
            found.append(described)
    return people


def _joined(people: dict[str, list[dict[str, Any]]], provenance: dict[str, Any]) -> dict[str, Any]:
    """The translators whom the bylines name, then those whom only the provenance does; each once."""
    named = {person["name"] for person in people.get("translator", [])}
    others = [person for person in provenance.get("translator", []) if person["name"] not in named]
    return people | provenance | {"translator": [*people.get("translator", []), *others]}


def _person(person: Person, language: str) -> dict[str, Any]:
    return {"@type": "Person", "name": person.name_in(language), "url": absolute(person.url)}


def _version(article: ArticlePage, near: object | None) -> dict[str, Any]:
    address = canonical_address_of(article, near)
    return {"@type": "NewsArticle", "@id": address, "url": address, "inLanguage": article.language}


def _question(exchange: Exchange, address: str) -> dict[str, Any]:
    asked = next((turn for turn in exchange.turns if turn.kind == "question"), None)
    return {
        "@type": "Question",
        "@id": f"{address}#{exchange.element_id}",
        "url": f"{address}#{exchange.element_id}",
        "position": exchange.number,
        "name": exchange.question,
        "text": exchange.question,
        "author": _voice(asked),
        "acceptedAnswer": _one_or_all(
            {"@type": "Answer", "text": turn.text, "author": _voice(turn)} for turn in exchange.answers if turn.text
        ),
    }


def _voice(turn: Turn | None) -> dict[str, Any]:
    return {"@type": "Person", "name": turn.voice} if turn and turn.voice else {}


def _one_or_all(members: Iterable[dict[str, Any]]) -> Any:
    found = list(members)
    return found[0] if len(found) == 1 else found


def _correction(correction: Correction) -> dict[str, Any]:
    return {"@type": "CorrectionComment", "text": correction.text, "datePublished": _time(correction.at)}


def _image(picture: Picture, spec: str) -> dict[str, Any]:
    try:
        rendition = picture.get_rendition(spec)
    except (SourceImageIOError, OSError):
        return {}
    return {
        "@type": "ImageObject",
        "url": absolute(rendition.url),
        "width": rendition.width,
        "height": rendition.height,
    }


def _time(moment: Any) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
