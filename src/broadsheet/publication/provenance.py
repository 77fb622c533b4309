"""Where a text comes from: a chain of steps becomes one sentence for readers and JSON-LD for machines."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.core import get_locale_identifier, parse_locale
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from broadsheet.kernel import written
from broadsheet.publication.addresses import is_web_address
from broadsheet.publication.provenance_clauses import CLAUSES

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_CREATIVE_COMMONS = "https://creativecommons.org/"
_CC_NAME = re.compile(r"CC[ -](BY(?:-(?:NC|SA|ND)){0,2})[ -](\d\.\d)", re.IGNORECASE)
_CC_PATH = re.compile(r"/licenses/(by(?:-(?:nc|sa|nd)){0,2})/(\d\.\d)(?:/.*)?")
_CC_ZERO = re.compile(r"CC0(?:[ -]1\.0)?|/publicdomain/zero/1\.0(?:/.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One thing that happened to a text on its way here; all but `kind` may be unknown, that is '' or None.

    `kind` is one of the keys of `CLAUSES`. `language` is that of the text, or the one it was translated from, as a tag
    ("ru", "pt-BR"); `url` is where the text is found, or else its publisher; `licence` a name or an address.
    """

    kind: str
    publisher: str | None = ""
    url: str | None = ""
    language: str | None = ""
    person: str | None = ""
    date: datetime.date | None = None
    licence: str | None = ""

    def __post_init__(self) -> None:
        """Tidy white space, so that a field of nothing but spaces is an unknown one."""
        for name in ("publisher", "url", "language", "person", "licence"):
            object.__setattr__(self, name, " ".join((getattr(self, name) or "").split()))
        if isinstance(self.date, datetime.datetime):
            object.__setattr__(self, "date", self.date.date())


@dataclass(frozen=True)
class Part:
    """A stretch of the sentence: plain words; a name; with `url` a link; with `date` a time."""

    text: str
    url: str = ""
    hreflang: str = ""
    date: datetime.date | None = None
    is_name: bool = False

    @property
    def html(self) -> SafeString:
        """The stretch as HTML; names keep their own direction within a text of another."""
        if self.url and self.hreflang:
            return format_html('<a href="{}" hreflang="{}" dir="auto">{}</a>', self.url, self.hreflang, self.text)
        if self.url:
            return format_html('<a href="{}" dir="auto">{}</a>', self.url, self.text)
        if self.date:
            return format_html('<time datetime="{}">{}</time>', self.date.isoformat(), self.text)
        return format_html("<bdi>{}</bdi>", self.text) if self.is_name else conditional_escape(self.text)


Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Sentence:
    """What a chain of steps says, in the language that was active; `str()` is its plain text, for feeds and mail."""

    parts: Parts = ()

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def html(self) -> SafeString:
        """The sentence with its links and times."""
        return format_html_join("", "{}", ((part.html,) for part in self.parts))


def provenance_sentence(steps: Iterable[Step]) -> Sentence:
    """The chain in the active language, without a full stop; a step of an unknown kind is left out."""
    said: Parts = ()
    for step in steps:
        for clause in _clauses(step, is_first=not said):
            joined = {"clauses": said, "clause": clause}
            said = _fill(pgettext("provenance", "%(clauses)s; %(clause)s"), joined) if said else clause
    return Sentence(said)


def with_full_stop(sentence: Sentence) -> Sentence:
    """The sentence ended as the active language ends one; nothing stays nothing."""
    if not sentence:
        return sentence
    return Sentence(_fill(pgettext("provenance", "%(sentence)s."), {"sentence": sentence.parts}))


def provenance_json_ld(steps: Iterable[Step]) -> dict[str, Any]:
    """What the chain adds to an article's JSON-LD; a property that nothing is known of is left out.

    `isBasedOn` lists the works behind the article, `translationOfWork` is the one that the last translation was made
    of, `license` is the last one named, for it holds for the text as it stands here.
    """
    known = [step for step in steps if step.kind in CLAUSES]
    translations = [step for step in known if step.kind == "translated"]
    fragment = {
        "isBasedOn": [work for step in known if (work := _work(step))],
        "translationOfWork": _translated_work(known),
        "translator": [maker for step in translations if (maker := _person(step) or _organization(step))],
        "sourceOrganization": _source(known),
        "license": next((_licence_ld(step) for step in reversed(known) if step.licence), None),
    }
    return {name: value for name, value in fragment.items() if value}


def language_name(tag: str) -> str:
    """The language's name in the active language, from CLDR; what is no tag of a language CLDR knows stays as it is."""
    names = _interface().languages
    try:
        parts = get_locale_identifier(parse_locale(tag, sep="-" if "-" in tag else "_")).split("_")
    except ValueError:
        return tag
    shorter_and_shorter = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((names[code] for code in shorter_and_shorter if code in names), tag)


# Clauses.


def _clauses(step: Step, *, is_first: bool) -> Iterator[Parts]:
    """What the step says: what happened, and under which licence."""
    if step.kind not in CLAUSES:
        return
    names = _names(step)
    forms = CLAUSES[step.kind][" ".join(names)]
    clause = _fill(str(forms.first if is_first else forms.following), names)
    if step.url and not (step.publisher or step.person):
        clause = (_linked(Part("".join(part.text for part in clause)), step),)
    if step.date:
        day = Part(written.day(step.date, get_language() or "en"), date=step.date)
        clause = _fill(pgettext("provenance", "%(clause)s, %(date)s"), {"clause": clause, "date": (day,)})
    yield clause
    if step.licence:
        name, url = _licence(step.licence)
        yield _fill(_("licence: %(licence)s"), {"licence": (Part(name, url=url, is_name=True),)})


def _names(step: Step) -> dict[str, Parts]:
    """The names that the step knows, in the order of the keys in `CLAUSES`, the publisher or else the person linked."""
    names: dict[str, Parts] = {}
    if step.publisher:
        names["publisher"] = (_linked(Part(step.publisher, is_name=True), step),)
    if step.language:
        names["language"] = (Part(_inflected_name(step)),)
    if step.person:
        person = Part(step.person, is_name=True)
        names["person"] = (person if step.publisher else _linked(person, step),)
    return names


def _linked(part: Part, step: Step) -> Part:
    is_of_the_text = step.kind != "translated"  # whose language is the one translated from
    return replace(part, url=_web(step.url), hreflang=_tag(step.language) if is_of_the_text else "")


def _inflected_name(step: Step) -> str:
    """The language's name as it stands in the step's clauses: a catalogue may list forms that CLDR does not have."""
    if step.kind == "translated":
        # Translators: list languages whose names change here, "ru=русского; fr=французского", or leave "-".
        forms = pgettext("languages from which a text is translated, as in: fr=French; ru=Russian", "-")
    else:
        # Translators: list languages whose names change here, "ru=русском; fr=французском", or leave "-".
        forms = pgettext("languages in which a text is written, as in: fr=French; ru=Russian", "-")
    listed = dict(_pair(entry) for entry in forms.split(";"))
    tag = step.language or ""
    return listed.get(tag.lower()) or language_name(tag)


def _pair(entry: str) -> tuple[str, str]:
    code, _equals, name = entry.partition("=")
    return code.strip().lower(), name.strip()


def _interface() -> Locale:
    try:
        return Locale.parse(get_language() or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _fill(pattern: str, values: Mapping[str, Parts]) -> Parts:
    """The pattern's words with the values at their places: what `%` does for strings."""
    parts: list[Part] = []
    for at, piece in enumerate(_PLACEHOLDER.split(pattern)):
        if at % 2:
            parts += values.get(piece, ())
        elif piece:
            parts.append(Part(piece.replace("%%", "%")))
    return tuple(parts)


def _web(url: str | None) -> str:
    return url if url and is_web_address(url) else ""


def _tag(language: str | None) -> str:
    tag = (language or "").replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""


# Licences.


def _licence(licence: str) -> tuple[str, str]:
    """A licence's name and address, of which one was given; those of Creative Commons tell each other."""
    url = _web(licence)
    path = urlsplit(url).path if urlsplit(url).hostname in ("creativecommons.org", "www.creativecommons.org") else ""
    if found := _CC_PATH.fullmatch(path) or _CC_NAME.fullmatch(licence):
        terms, version = found[1], found[2]
        return f"CC {terms.upper()} {version}", f"{_CREATIVE_COMMONS}licenses/{terms.lower()}/{version}/"
    if _CC_ZERO.fullmatch(path or licence):
        return "CC0 1.0", f"{_CREATIVE_COMMONS}publicdomain/zero/1.0/"
    return (url.partition("://")[2].rstrip("/"), url) if url else (licence, "")


# JSON-LD.


def _work(step: Step) -> dict[str, Any]:
    """The work that the step took the text from, {} when nothing is known of it."""
    if step.kind == "translated":
        return {}
    known = {"url": _web(step.url), "inLanguage": _tag(step.language), "publisher": _organization(step)}
    if step.kind != "adapted":  # whose person, date and licence are those of the adaptation
        known |= {
            "contributor" if step.kind == "interview" else "author": _person(step),
            "datePublished": step.date.isoformat() if step.date else "",
            "license": _licence_ld(step),
        }
    properties = {name: value for name, value in known.items() if value}
    return {"@type": "CreativeWork" if step.kind == "interview" else "Article", **properties} if properties else {}


def _translated_work(steps: Sequence[Step]) -> dict[str, Any]:
    """The work that the last translation was made of: the one before it, unless that is in another language."""
    last = max((at for at, step in enumerate(steps) if step.kind == "translated"), default=None)
    if last is None:
        return {}
    language = _tag(steps[last].language)
    work = next((work for step in reversed(steps[:last]) if (work := _work(step))), {})
    if language and work.get("inLanguage", language) != language:
        work = {}
    language_ld = {"inLanguage": language} if language else {}
    return {"@type": "CreativeWork", **work, **language_ld} if work or language else {}


def _source(steps: Sequence[Step]) -> dict[str, Any]:
    """On whose behalf the text was made: its first publisher, else who was given the interview, else who had it."""
    for kind in ("original", "interview", "republished", "adapted"):
        for step in steps:
            if step.kind == kind and step.publisher:
                return _organization(step)
    return {}


def _organization(step: Step) -> dict[str, Any]:
    return {"@type": "Organization", "name": step.publisher} if step.publisher else {}


def _person(step: Step) -> dict[str, Any]:
    return {"@type": "Person", "name": step.person} if step.person else {}


def _licence_ld(step: Step) -> str | dict[str, Any]:
    if not step.licence:
        return ""
    name, url = _licence(step.licence)
    return url or {"@type": "CreativeWork", "name": name}
